"""many: works a sending of many at once off, a few records at a time."""

from __future__ import annotations

from app.actions.many import go_on
from app.flows.engine import flow, step


@flow("many")
def many(run_id: str, turn: str, beat: str) -> int:
    """Return how many records were left."""
    return step(go_on, run_id, turn, beat)
