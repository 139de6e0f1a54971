"""Once a day: the root over all that was recorded on it, stamped by a time-stamp authority, is kept for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.audit_days import Day, day_of, root_of, span
from app.services import Services
from app.store import audit_days

SETTLES = timedelta(minutes=15)
"""How long after midnight a transaction of the day before may still be committed."""


def ask_for_day(services: Services) -> str:
    """Ask for the flow that closes the next day without a root; return that day, "" when none waits.

    Without a time-stamp authority nothing is asked for: a root that nobody stamped proves nothing.
    """
    if not services.settings.tsa_urls:
        return ""
    with services.database.reading() as session:
        day = audit_days.next_day(session, before=_today(services.now() - SETTLES))
    if day:
        with services.database.transaction() as session:
            services.jobs.enqueue(session, "close_day", f"close_day:{day}", day)
    return day


def close_day(services: Services, day: str) -> str:
    """Stamp and keep the root of `day`, and return it; again changes nothing. Raises TimestampUnavailable."""
    with services.database.reading() as session:
        last = audit_days.newest(session)
        heads = audit_days.heads(session, day)
    if last and last.day >= day:
        return last.root
    previous = last.root if last else ""
    root = root_of(day, previous=previous, heads=heads)
    token = services.timestamper.token(bytes.fromhex(root))
    with services.database.transaction() as session:
        last = audit_days.newest(session)
        if not last or last.day < day:
            audit_days.keep(session, Day(day, previous, heads, root, token.der))
    return root


def _today(now: datetime) -> datetime:
    return span(day_of(now))[0]
