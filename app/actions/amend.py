"""What a sender may still change on the way: an address, a deadline; and what the CRM changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.core.draft import check_email
from app.core.envelope import RecipientState, Status
from app.core.evidence import EventKind
from app.core.proposal import CHANNELS
from app.core.record import PortalUser, RecordKey
from app.crm.people import own_name
from app.delivery import phones
from app.errors import BadInput, NotFound, WrongState
from app.services import Services
from app.store import audit, deliveries, drafts, envelopes, layouts, signing_links
from app.store.database import Session
from app.store.tables import Envelope, Layout, Recipient

LONGEST_DAYS = 365
REASON_CHARS = 500
CODE_NEEDS_ADDRESS = (
    "The one-time code needs an address to go to. Keep one, or lift the code and say why."
)


@dataclass(frozen=True, slots=True)
class Address:
    """How a recipient is reached from now on, as typed."""

    channel: str
    email: str = ""
    phone: str = ""
    lifts_code: bool = False
    """From now on this person signs without the one-time code that was asked for."""
    because: str = ""
    """Why the code is lifted; written to the trail."""


def correct(
    services: Services,
    who: PortalUser,
    record: RecordKey,
    envelope_id: str,
    recipient_id: str,
    address: Address,
) -> bool:
    """Keep the new address and channel; links to the old one end. Return whether to call this person again.

    A one-time code that was asked for is asked for still, unless it is lifted with a reason: only lifted, the
    links stay good. Raises BadInput naming the input, WrongState for who has signed or when it is over, NotFound.
    """
    email, phone = _checked(address)
    client = services.portals.client(who.portal_id, who.user_id)
    lifted_by = own_name(client) if address.lifts_code else ""
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        person = _waiting(session, envelope, recipient_id)
        data = {"recipient": person.id, "name": person.name}
        if person.needs_code and address.lifts_code:
            person.needs_code = False
            lifted = {**data, "witness": lifted_by, "reason": address.because}
            _record(services, session, envelope, EventKind.CODE_LIFTED, who.actor, lifted)
            if (person.channel, person.email, person.phone) == (address.channel, email, phone):
                return False
        if person.needs_code and not (email or phone):
            raise BadInput(CODE_NEEDS_ADDRESS, field="email")
        person.email, person.phone, person.channel = email, phone, address.channel
        deliveries.reopen_fallback(session, person.id)
        for purpose in ("sign", "copied"):
            deliveries.revoke_links(session, person.id, services.now(), purpose=purpose)
        _record(services, session, envelope, EventKind.CORRECTED, who.actor, data)
        return person.state == RecipientState.INVITED and address.channel != "link"


def extend(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str, until: date
) -> datetime:
    """Move the deadline to the end of the day `until` (UTC), and that of the links with it; return the deadline.

    Raises BadInput for a day that is past, before the present deadline, or more than a year away.
    """
    deadline = datetime.combine(until, time(23, 59, 59), UTC)
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        if envelope.status != Status.SENT:
            raise WrongState
        now = services.now()
        if deadline <= (envelope.deadline or now) or deadline <= now:
            raise BadInput("Choose a later day than the present deadline.", field="until")
        if deadline > now + timedelta(days=LONGEST_DAYS + 1):
            raise BadInput("Choose a day within a year.", field="until")
        envelope.deadline = deadline
        people = [person.id for person in envelopes.recipients(session, envelope_id)]
        signing_links.prolong(session, people, deadline)
        deliveries.reopen_warnings(session, envelope_id)
        data = {"until": until.isoformat()}
        _record(services, session, envelope, EventKind.EXTENDED, who.actor, data)
    return deadline


def layout_to_resend(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str
) -> tuple[str, str, str]:
    """Return the layout to send this envelope anew by, and kind and id of its document ("" by the layout).

    A document of the portal's generator is generated anew, because it holds the old figures. Raises WrongState
    once everyone has signed, NotFound when the layout is gone.
    """
    with services.database.reading() as session:
        envelope = drafts.on_record(session, who, record, envelope_id)
        if envelope.status not in (Status.SENT, Status.VOIDED):
            raise WrongState
        kept = _layout_of(session, who, envelope)
        source = dict(envelope.source)
    if kept is None:
        raise NotFound
    template_id = source.get("template_id", "")
    is_old_paper = (
        source.get("kind") == "portal_document" and template_id and not source.get("more")
    )
    return (kept.id, *(("portal_template", template_id) if is_old_paper else ("", "")))


def layout_left(services: Services, who: PortalUser, record: RecordKey, envelope_id: str) -> str:
    """Return the layout by which an envelope that ended unsigned is corrected and sent again, "" for none."""
    with services.database.reading() as session:
        kept = _layout_of(session, who, drafts.on_record(session, who, record, envelope_id))
    return kept.id if kept else ""


def _layout_of(session: Session, who: PortalUser, envelope: Envelope) -> Layout | None:
    """Return the layout this envelope left; if it was used since, the one that fits this person and client."""
    left = layouts.of_envelope(session, who.portal_id, envelope.id)
    if left is not None:
        return left
    people = envelopes.recipients(session, envelope.id)
    taste = layouts.Taste(who.user_id, tuple(p.contact_id for p in people if p.contact_id))
    types = (envelope.document_type,)
    found = layouts.used_last(session, who.portal_id, types=types, taste=taste, limit=1)
    return found[0] if found else None


def _checked(address: Address) -> tuple[str, str]:
    if address.channel not in CHANNELS:
        raise BadInput("Choose how to reach this person.", field="channel")
    email = check_email(address.email) if address.email.strip() else ""
    phone = phones.normalise(address.phone) if address.phone.strip() else ""
    if address.channel == "email" and not email:
        raise BadInput("An e-mail address is needed for this.", field="email")
    if address.channel == "sms" and not phone:
        raise BadInput("A phone number is needed for this.", field="phone")
    if address.lifts_code and not 0 < len(address.because) <= REASON_CHARS:
        raise BadInput("Please say in a few words why.", field="because")
    return email, phone


def _waiting(session: Session, envelope: Envelope, recipient_id: str) -> Recipient:
    if envelope.status != Status.SENT:
        raise WrongState
    people = envelopes.recipients(session, envelope.id)
    person = next((one for one in people if one.id == recipient_id), None)
    if person is None:
        raise NotFound
    if person.state not in (RecipientState.WAITING, RecipientState.INVITED):
        raise WrongState("This person has already signed.")
    return person


def _record(
    services: Services,
    session: Session,
    envelope: Envelope,
    kind: EventKind,
    actor: str,
    data: dict[str, str],
) -> None:
    event = audit.record(session, envelope, kind, at=services.now(), actor=actor, data=data)
    services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)
