"""How long a document is kept after it is over: whole calendar years, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

YEARS = (0, 1, 2, 3, 5, 6, 8, 10, 15, 20, 30)
"""What may be chosen; 0: for ever."""
EVERY_OTHER = ""
"""The kind that stands for all without a rule of their own."""


def years_for(document_type: str, rules: Mapping[str, int]) -> int:
    """Return for how many years documents of this kind are kept, 0 for ever. rules: years by kind."""
    return rules.get(document_type, rules.get(EVERY_OTHER, 0))


def ends(over_at: datetime, years: int) -> datetime | None:
    """Return when a document that was over at `over_at` may be deleted, None for never.

    From 29 February it is the first of March where there is no such day.
    """
    if years <= 0:
        return None
    try:
        return over_at.replace(year=over_at.year + years)
    except ValueError:
        return over_at.replace(year=over_at.year + years, month=3, day=1)
