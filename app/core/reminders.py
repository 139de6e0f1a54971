"""When people are reminded: days after the invitation, in waking hours, and once more before the deadline."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = (2, 5, 10)
"""Days after the invitation; each brings one reminder."""
WARNED_BEFORE = timedelta(days=2)
"""How long before the deadline it is recalled."""
BREATH = timedelta(hours=20)
"""Nobody hears from us of our own accord twice within this time."""
READING = timedelta(hours=1)
"""Who opened the document this short a time ago may be reading it: a new link would end theirs."""
_FIRST, _LAST = time(9), time(19)


def spans(now: datetime) -> list[tuple[int, datetime, datetime]]:
    """Return (day, after, until) for each reminder: whoever was invited in that span may be due for it now.

    The spans do not overlap: after a long silence of ours only the latest reminder is sent.
    """
    ends = [*DAYS[1:], 365]
    return [
        (day, now - timedelta(days=end), now - timedelta(days=day))
        for day, end in zip(DAYS, ends, strict=True)
    ]


def is_awake(now: datetime, zone: str) -> bool:
    """Whether it is between nine and seven in `zone` (an IANA name)."""
    return _FIRST <= now.astimezone(ZoneInfo(zone)).time() < _LAST


def warns(sent_at: datetime, deadline: datetime, now: datetime) -> bool:
    """Whether the deadline is to be recalled now; one that was short from the start is not."""
    return deadline - WARNED_BEFORE <= now < deadline and deadline - sent_at > 2 * WARNED_BEFORE
