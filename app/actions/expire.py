"""Deadlines: an envelope past its own is expired; nobody can sign it any more, everyone who waits is told."""

from __future__ import annotations

from app.core.envelope import Act, Status, advance
from app.core.evidence import EventKind
from app.services import Services
from app.store import audit, envelopes


def expire_due(services: Services) -> int:
    """Expire every sent envelope whose deadline has passed; return how many."""
    now = services.now()
    with services.database.reading() as session:
        due = envelopes.past_deadline(session, now)
    return sum(_expire(services, envelope_id) for envelope_id in due)


def _expire(services: Services, envelope_id: str) -> bool:
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status != Status.SENT or envelope.deadline is None or envelope.deadline > now:
            return False
        envelope.status = advance(Status(envelope.status), Act.EXPIRE)
        envelope.finished_at = now
        event = audit.record(session, envelope, EventKind.EXPIRED, at=now, actor="system")
        services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)
    return True
