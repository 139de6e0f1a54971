"""Decline: a signer refuses with a reason, and the envelope ends there."""

from __future__ import annotations

from app.core import signing
from app.core.envelope import Act, RecipientState, Status, advance
from app.core.evidence import EventKind
from app.core.signing import SigningCaller
from app.errors import BadInput
from app.services import Services
from app.store import audit
from app.store import signing as store

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
        deliver = f"deliver:{envelope.id}:declined"
        services.jobs.enqueue(session, "deliver", deliver, envelope.id)
        services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)
