"""Loose files: those an envelope needs no longer, by retention or since a person was erased. They go here.

Only what no row needs goes. Of an envelope whose retention has ended it must also have lain for a day: whoever
uploads the same bytes anew may be about to name them. A crash on the way leaves the rest for the next time.
"""

from __future__ import annotations

from datetime import timedelta

from app.services import Services
from app.store import envelopes, keeping, references

A_DAY = timedelta(days=1)


def sweep(services: Services) -> int:
    """Delete the loose files of every envelope; return how many went."""
    with services.database.reading() as session:
        waiting = keeping.with_loose_files(session)
    return sum(_sweep(services, envelope_id) for envelope_id in waiting)


def _sweep(services: Services, envelope_id: str) -> int:
    with services.database.reading() as session:
        kept = keeping.find(session, envelope_id)
        loose = list(kept.loose_files) if kept else []
        is_over = bool(kept and kept.deleted_at)
        needed = references.still_needed(session, loose)
    since = services.now() - A_DAY if is_over else None
    unneeded = [one for one in loose if one not in needed]
    gone = [one for one in unneeded if services.files.remove(one, unless_since=since)]
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        keeping.of(session, envelope).loose_files = sorted(set(unneeded) - set(gone))
    return len(gone)
