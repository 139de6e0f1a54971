"""close_day: the root of a day that is over gets its time stamp; an authority that is away is waited out."""

from __future__ import annotations

from app.actions import close_day as act
from app.flows.engine import flow, step


@flow("close_day")
def close_day(day: str) -> str:
    """Return the root of `day`."""
    return step(act.close_day, day)
