"""Decline: a signer refuses with a reason, and the envelope ends there."""

from __future__ import annotations

from app.core import signing
from app.core.envelope import Act, RecipientState, Role, Status, advance
from app.core.evidence import EventKind
from app.core.signing import SigningCaller
from app.errors import BadInput
from app.services import Services
from app.store import audit
from app.store import signing as store
from app.store.database import Session
from app.store.signing import Desk
from app.store.tables import Delivery

MAX_REASON = 1_000


def decline(services: Services, caller: SigningCaller, reason: str) -> None:
    """End the envelope as declined by the caller; again changes nothing.

    Raises BadInput (no reason, or too long), NotYourTurn, WrongState.
    """
    told = reason.strip()
    with services.database.transaction() as session:
        desk = store.locked_desk(session, caller.envelope_id, caller.recipient_id)
        if RecipientState(desk.me.state) is RecipientState.DECLINED:
            return
        signing.require_ready(desk.stage(services.now()))
        if not told or len(told) > MAX_REASON:
            raise BadInput("Please say in a few words why.", field="reason")
        now, envelope = services.now(), desk.envelope
        envelope.status = advance(Status(envelope.status), Act.DECLINE, desk.seats).value
        envelope.reason = desk.me.reason = told
        envelope.finished_at = now
        desk.me.state = RecipientState.DECLINED.value
        event = audit.record(
            session,
            envelope,
            EventKind.DECLINED,
            at=now,
            actor=caller.actor,
            ip=caller.ip,
            browser=caller.browser,
            data={"name": desk.me.name, "reason": told},
        )
        _tell(services, session, desk)
        services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)


def _tell(services: Services, session: Session, desk: Desk) -> None:
    """Ask for a message to the sender, and to every other signer who had been asked."""
    told = {"": ("email", desk.envelope.sender_email)}
    asked = (RecipientState.INVITED.value, RecipientState.SIGNED.value)
    for person in desk.recipients:
        if person.role == Role.SIGNER.value and person.state in asked:
            told[person.id] = signing.code_address("email", person.email, person.phone)
    known = {desk.envelope.sender_email} if desk.envelope.sender_email else set()
    for recipient_id, (channel, address) in told.items():
        if not address or (recipient_id and address in known):
            continue
        delivery = Delivery(
            id=services.new_id(),
            key=f"declined:{desk.envelope.id}:{recipient_id or 'sender'}",
            portal_id=desk.envelope.portal_id,
            envelope_id=desk.envelope.id,
            recipient_id=recipient_id,
            purpose="declined",
            channel=channel,
            address=address,
            created_at=services.now(),
        )
        session.add(delivery)
        services.jobs.enqueue(session, "message", f"message:{delivery.id}", delivery.id)
