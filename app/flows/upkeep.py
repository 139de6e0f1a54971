"""upkeep: what time brings: deadlines that have passed, work that was lost. Asked for by the worker's clock."""

from __future__ import annotations

from app.actions.expire import expire_due
from app.actions.portal_care import watch
from app.actions.upkeep import find_lost
from app.flows.engine import flow, step


@flow("upkeep")
def upkeep(_minute: str) -> int:
    """Return how many envelopes expired and how many flows were asked for again."""
    step(watch)
    return step(expire_due) + step(find_lost)
