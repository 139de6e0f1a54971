"""Lost work: what stands still although no flow is at it goes on. Every flow may run again from its start."""

from __future__ import annotations

from datetime import timedelta

from app.services import Services
from app.store import lost
from app.store.lost import Span

LOST_AFTER = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=7)
"""What failed for so long fails for a reason that trying again does not mend."""


def find_lost(services: Services) -> int:
    """Ask again for the flows of what stood still for a quarter of an hour; return how many.

    A flow that failed does not run again by its key, so each quarter of an hour has a key of its own. What a flow
    is still at, waiting out a portal or an authority that is away, is left to it.
    """
    now = services.now()
    with services.database.reading() as session:
        standing = lost.find(session, Span(now - FORGOTTEN_AFTER, now - LOST_AFTER))
    quarter = int(now.timestamp() // LOST_AFTER.total_seconds())
    idle = [one for one in standing if not services.jobs.under_way(one.key)]
    with services.database.transaction() as session:
        for one in idle:
            services.jobs.enqueue(session, one.flow, f"{one.key}:late:{quarter}", one.argument)
    return len(idle)
