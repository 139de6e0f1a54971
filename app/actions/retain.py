"""Retention: what has been over for as long as its portal's rules say is deleted; digests and chain stay as proof.

A legal hold keeps an envelope whatever the rules say. Files go last (app.loose_files).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app import loose_files
from app.core import retention
from app.core.evidence import EventKind
from app.services import Services
from app.store import audit, ended, envelopes, keeping


def delete_due(services: Services) -> int:
    """Delete what is kept no longer, a few hundred envelopes a time; return how many there were."""
    with services.database.reading() as session:
        portals = keeping.portals_with_rules(session)
    due = [one for portal_id in portals for one in _due(services, portal_id)]
    done = sum(_delete(services, envelope_id) for envelope_id in due)
    loose_files.sweep(services)
    return done


def _due(services: Services, portal_id: str) -> Iterator[str]:
    """Yield the envelopes of the portal whose time may be over; `_delete` looks again, under the lock."""
    now = services.now()
    with services.database.reading() as session:
        rules = keeping.rules(session, portal_id)
        own = [kind for kind in rules if kind != retention.EVERY_OTHER]
        for kind, years in rules.items():
            if years <= 0:
                continue
            is_rest = kind == retention.EVERY_OTHER
            before = now.replace(year=now.year - years, day=min(now.day, 28)) + timedelta(days=4)
            yield from keeping.over_before(
                session, portal_id, before, kinds=own if is_rest else [kind], others=is_rest
            )


def _delete(services: Services, envelope_id: str) -> bool:
    """Delete one envelope's matter unless it is held, or promised for longer on its certificate."""
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        kept = keeping.of(session, envelope)
        years = retention.years_for(
            envelope.document_type, keeping.rules(session, envelope.portal_id)
        )
        until = retention.ends(envelope.finished_at, years) if envelope.finished_at else None
        if kept.deleted_at or kept.held_at or until is None:
            return False
        if max(until, kept.kept_until or until) > now:
            return False
        kept.loose_files = ended.files(session, envelope)
        ended.erase(session, envelope)
        kept.deleted_at = now
        audit.record(
            session,
            envelope,
            EventKind.RETENTION_ENDED,
            at=now,
            actor="system",
            data={"years": str(years)},
        )
    return True
