"""In person: a colleague opens the document on their own device and hands it to the signer beside them."""

from __future__ import annotations

from datetime import timedelta

from app.core.envelope import RecipientState, Status, whose_turn
from app.core.evidence import EventKind
from app.core.record import PortalUser, RecordKey
from app.core.signing import LinkPurpose
from app.crm.people import own_name
from app.errors import NotAllowed, NotFound, NotYourTurn, WrongState
from app.services import Services
from app.store import audit, deliveries, drafts, envelopes
from app.store import signing as store
from app.store.database import Session
from app.store.tables import Envelope, Recipient, SigningLink

MINUTES = 60
ONESELF = "Nobody is their own witness. Please use “Sign now”."


def open_here(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str, recipient_id: str
) -> str:
    """Return the address where the person signs on this device; who is present is recorded.

    It opens for MINUTES and shows nothing once they have signed. Raises NotAllowed, NotYourTurn, WrongState,
    NotFound.
    """
    with services.database.reading() as session:
        # Before the portal is asked: what is not there looks alike, whatever the portal would say.
        _signer(session, drafts.on_record(session, who, record, envelope_id), recipient_id)
    witness = own_name(services.portals.client(who.portal_id, who.user_id))
    now, token = services.now(), services.secrets.token()
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        person = _signer(session, envelope, recipient_id)
        if person.portal_user_id == who.user_id:
            raise NotAllowed(ONESELF)
        deliveries.revoke_links(session, person.id, now, purpose=LinkPurpose.HERE.value)
        session.add(
            SigningLink(
                id=services.new_id(),
                portal_id=envelope.portal_id,
                recipient_id=person.id,
                purpose=LinkPurpose.HERE.value,
                token_hash=services.secrets.keyed_hash(store.LINK_HASH, token),
                witness_id=who.user_id,
                witness=witness,
                created_at=now,
                expires_at=now + timedelta(minutes=MINUTES),
            )
        )
        data = {"name": person.name, "witness": witness}
        event = audit.record(
            session, envelope, EventKind.IN_PERSON, at=now, actor=who.actor, data=data
        )
        services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)
    return f"{services.settings.base_url}/s/{token}"


def _signer(session: Session, envelope: Envelope, recipient_id: str) -> Recipient:
    """Return the person whose turn it is."""
    people = envelopes.recipients(session, envelope.id)
    person = next((p for p in people if p.id == recipient_id), None)
    if person is None:
        raise NotFound
    if envelope.status != Status.SENT or person.state == RecipientState.SIGNED:
        raise WrongState
    if person.id not in {seat.id for seat in whose_turn(envelopes.seats(people))}:
        raise NotYourTurn("Someone else signs first.")
    return person
