"""Hand over: a signer names a colleague, the sender answers, and the colleague is invited instead.

The colleague is a row of their own, so that what the first person did stays under the first person's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.core import signing, snapshot
from app.core.draft import check_email
from app.core.envelope import RecipientState, Role, Status
from app.core.evidence import EventKind
from app.core.record import PortalUser, RecordKey
from app.core.signing import LinkPurpose, SigningCaller
from app.crm.changes import add_contact
from app.delivery.channel import Kind
from app.errors import BadInput, LinkExpired, NotAllowed, NotFound
from app.services import Services
from app.store import audit, drafts
from app.store import signing as store
from app.store.database import Session
from app.store.signing import Desk
from app.store.tables import Delivery, Envelope, Recipient, SigningLink

MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Question:
    """What the sender is asked. `is_open` is false once it was answered, taken back or overtaken."""

    envelope: Envelope
    person: Recipient
    colleague: Recipient
    is_open: bool


def propose(services: Services, caller: SigningCaller, *, name: str, email: str) -> None:
    """Ask the sender to let a colleague sign; a second proposal takes the first one's place.

    Raises BadInput (name, email), NotYourTurn, WrongState, NotAllowed when the sender cannot be asked.
    """
    name, email = " ".join(name.split()), check_email(email)
    if not name or len(name) > MAX_NAME:
        raise BadInput("Please enter the name of your colleague.", field="name")
    with services.database.transaction() as session:
        desk = store.locked_desk(session, caller.envelope_id, caller.recipient_id)
        if desk.proposal is not None:
            desk.proposal.role = Role.REFUSED.value
            session.flush()
            desk = store.desk(session, caller.envelope_id, caller.recipient_id)
        signing.require_ready(desk.stage(services.now()))
        if not desk.envelope.sender_email:
            raise NotAllowed("The sender cannot be asked from here. Please write to them.")
        colleague = _colleague(services, session, desk, name, email)
        data = {"name": desk.me.name, "colleague": name, "address": email}
        _record(services, session, desk, caller, EventKind.HANDOVER_ASKED, data)
        _ask(services, session, desk, colleague)


def _colleague(
    services: Services, session: Session, desk: Desk, name: str, email: str
) -> Recipient:
    me = desk.me
    colleague = Recipient(
        id=services.new_id(),
        portal_id=me.portal_id,
        envelope_id=me.envelope_id,
        role_key=me.role_key,
        role=Role.PROPOSED.value,
        order=me.order,
        name=name,
        company=me.company,
        email=email,
        channel=Kind.EMAIL.value,
        lang=me.lang,
        is_lang_told=me.is_lang_told,
        zone=me.zone,
        needs_code=me.needs_code,
    )
    session.add(colleague)
    session.flush()
    return colleague


def _ask(services: Services, session: Session, desk: Desk, colleague: Recipient) -> None:
    """Make the sender's link and the message that carries it."""
    now, token, delivery_id = services.now(), services.secrets.token(), services.new_id()
    envelope = desk.envelope
    session.add(
        SigningLink(
            id=services.new_id(),
            portal_id=envelope.portal_id,
            recipient_id=colleague.id,
            purpose=LinkPurpose.APPROVE.value,
            token_hash=services.secrets.keyed_hash(store.LINK_HASH, token),
            created_at=now,
            expires_at=envelope.deadline or now + timedelta(days=services.settings.link_days),
        )
    )
    session.add(
        Delivery(
            id=delivery_id,
            key=f"handover:{colleague.id}",
            portal_id=envelope.portal_id,
            envelope_id=envelope.id,
            purpose="handover",
            channel=Kind.EMAIL.value,
            address=envelope.sender_email,
            secret_enc=services.secrets.encrypt(f"delivery:{delivery_id}", token),
            created_at=now,
        )
    )
    services.jobs.enqueue(session, "message", f"message:{delivery_id}", delivery_id)


def take_back(services: Services, caller: SigningCaller) -> None:
    """End the caller's own proposal: they sign themselves after all. Without one nothing changes."""
    with services.database.transaction() as session:
        desk = store.locked_desk(session, caller.envelope_id, caller.recipient_id)
        if desk.proposal is None or desk.me.role != Role.SIGNER.value:
            return
        desk.proposal.role = Role.REFUSED.value
        data = {"name": desk.me.name, "colleague": desk.proposal.name}
        _record(services, session, desk, caller, EventKind.HANDOVER_TAKEN_BACK, data)


def question(services: Services, token: str) -> Question:
    """Return what the holder of the sender's link is asked; raises NotFound, LinkExpired."""
    with services.database.reading() as session:
        return _question(services, session, token)


def is_question(services: Services, token: str) -> bool:
    """Whether `token` is the sender's to answer, rather than a signer's."""
    hashed = services.secrets.keyed_hash(store.LINK_HASH, token)
    with services.database.reading() as session:
        link = store.link_by_hash(session, hashed)
    return link is not None and link.purpose == LinkPurpose.APPROVE.value


def _question(services: Services, session: Session, token: str) -> Question:
    link = store.link_by_hash(session, services.secrets.keyed_hash(store.LINK_HASH, token))
    if link is None or link.purpose != LinkPurpose.APPROVE.value:
        raise NotFound
    if link.expires_at <= services.now():
        raise LinkExpired
    return _question_about(session, store.recipient(session, link.recipient_id))


def _question_about(session: Session, colleague: Recipient) -> Question:
    envelope = store.envelope_of(session, colleague)
    person = _first_person(session, colleague)
    is_open = (
        colleague.role == Role.PROPOSED.value
        and person.state != RecipientState.SIGNED.value
        and envelope.status == Status.SENT.value
    )
    return Question(envelope, person, colleague, is_open)


def _first_person(session: Session, colleague: Recipient) -> Recipient:
    """Return who proposed: the signer in that role, or whom the colleague replaced since."""
    if colleague.role == Role.SIGNER.value:
        return store.replaced_by(session, colleague)
    return store.signer_of(session, colleague.envelope_id, colleague.role_key)


def answer(services: Services, token: str, *, agrees: bool, ip: str, browser: str) -> Question:
    """Count the sender's answer and return the question; answered already, nothing changes.

    Agreed: the colleague takes the seat and is invited as soon as it is their turn.
    """
    with services.database.transaction() as session:
        asked = _question(services, session, token)
        store.locked_desk(session, asked.envelope.id, asked.person.id)
        asked = _question(services, session, token)
        actor = f"portal_user:{asked.envelope.created_by}"
        return _answered(services, session, asked, agrees=agrees, who=(actor, ip, browser))


def answer_in_portal(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str, *, agrees: bool
) -> Question | None:
    """Count the answer of a colleague who sees the record, and return the question; None when nothing is asked.

    The same as by the link in the mail, which then finds the question answered.
    """
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        colleague = store.proposed(session, envelope.id)
        if colleague is None:
            return None
        asked = _question_about(session, colleague)
        return _answered(services, session, asked, agrees=agrees, who=(who.actor, "", ""))


def keep_as_contact(services: Services, who: PortalUser, colleague: Recipient) -> str:
    """Make the colleague a contact of the CRM with this person's rights; return its id. Raises PortalErrors."""
    with services.database.reading() as session:
        taken = store.envelope_of(session, colleague).snapshot_digest
    company = snapshot.from_json(services.files.get(taken)).client.company_id if taken else ""
    contact_id = add_contact(
        services.portals.client(who.portal_id, who.user_id),
        name=colleague.name,
        email=colleague.email,
        company_id=company,
    )
    with services.database.transaction() as session:
        store.recipient(session, colleague.id).contact_id = contact_id
    return contact_id


def _answered(
    services: Services,
    session: Session,
    asked: Question,
    *,
    agrees: bool,
    who: tuple[str, str, str],
) -> Question:
    if not asked.is_open:
        return asked
    _settle(asked, agrees=agrees)
    kind = EventKind.HANDED_OVER if agrees else EventKind.HANDOVER_REFUSED
    named = asked.colleague if agrees else asked.person
    data = {"name": named.name, "instead_of": asked.person.name, "address": named.email}
    actor, ip, browser = who
    event = audit.record(
        session,
        asked.envelope,
        kind,
        at=services.now(),
        actor=actor,
        ip=ip,
        browser=browser,
        data=data,
    )
    _tell(services, session, asked, event.number)
    return asked


def _settle(asked: Question, *, agrees: bool) -> None:
    if not agrees:
        asked.colleague.role = Role.REFUSED.value
        return
    asked.person.role = Role.REPLACED.value
    asked.colleague.role = Role.SIGNER.value
    asked.colleague.state = RecipientState.WAITING.value


def _tell(services: Services, session: Session, asked: Question, number: int) -> None:
    envelope_id, enqueue = asked.envelope.id, services.jobs.enqueue
    if asked.colleague.role == Role.SIGNER.value:
        enqueue(session, "deliver", f"deliver:{envelope_id}:{asked.colleague.id}", envelope_id)
    enqueue(session, "card", f"card:{envelope_id}:{number}", envelope_id)


def _record(
    services: Services,
    session: Session,
    desk: Desk,
    caller: SigningCaller,
    kind: EventKind,
    data: dict[str, str],
) -> None:
    event = audit.record(
        session,
        desk.envelope,
        kind,
        at=services.now(),
        actor=caller.actor,
        ip=caller.ip,
        browser=caller.browser,
        data=data,
    )
    card = f"card:{desk.envelope.id}:{event.number}"
    services.jobs.enqueue(session, "card", card, desk.envelope.id)
