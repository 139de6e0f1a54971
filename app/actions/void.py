"""Void: the sender takes the envelope back; nobody can sign it any more, and those who were asked are told."""

from __future__ import annotations

from app.core.envelope import Act, Forbidden, RecipientState, Role, Status, advance
from app.core.evidence import EventKind
from app.errors import WrongState
from app.services import Services
from app.store import audit, deliveries, envelopes
from app.store.database import Session
from app.store.tables import Delivery, Envelope

REASON_CHARS = 500


def void(services: Services, envelope_id: str, *, actor: str, reason: str) -> None:
    """End the envelope as voided. A second time changes nothing; raises WrongState when it is signed already.

    actor: as in the audit, "portal_user:<id>".
    """
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status == Status.VOIDED:
            return
        try:
            envelope.status = advance(Status(envelope.status), Act.VOID)
        except Forbidden as error:
            raise WrongState(
                "This document can no longer be voided: everyone has signed or it is over."
            ) from error
        envelope.reason, envelope.finished_at = reason.strip()[:REASON_CHARS], now
        event = audit.record(
            session,
            envelope,
            EventKind.VOIDED,
            at=now,
            actor=actor,
            data={"reason": envelope.reason},
        )
        _tell_the_invited(services, session, envelope, actor)
        services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)


def _tell_the_invited(services: Services, session: Session, envelope: Envelope, actor: str) -> None:
    """Ask for a message to everyone who was asked to sign, but not to who takes the document back."""
    asked = (RecipientState.INVITED, RecipientState.SIGNED)
    for person in envelopes.recipients(session, envelope.id):
        key = f"voided:{person.id}"
        address = person.email or person.phone
        is_known = deliveries.by_key(session, key) is not None
        did_it = bool(person.portal_user_id) and actor == f"portal_user:{person.portal_user_id}"
        was_asked = person.role == Role.SIGNER and person.state in asked
        if not was_asked or did_it or not address or is_known:
            continue
        delivery = Delivery(
            id=services.new_id(),
            key=key,
            portal_id=envelope.portal_id,
            envelope_id=envelope.id,
            recipient_id=person.id,
            purpose="voided",
            channel="email" if person.email else "sms",
            address=address,
            created_at=services.now(),
        )
        session.add(delivery)
        services.jobs.enqueue(session, "message", f"message:{delivery.id}", delivery.id)
