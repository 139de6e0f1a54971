"""The daily roots: which day is next, its heads, and the roots that are kept."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit_days import Day, Head, day_of, span
from app.store.tables import AuditDay, AuditRow


def kept(session: Session) -> list[Day]:
    """Return every root, the oldest first."""
    rows = session.execute(select(AuditDay).order_by(AuditDay.day)).scalars()
    return [_day(row) for row in rows]


def of_days(session: Session, days: Collection[str]) -> list[Day]:
    """Return the roots of these days ("2026-11-24"), the oldest first."""
    query = select(AuditDay).where(AuditDay.day.in_(list(days))).order_by(AuditDay.day)
    return [_day(row) for row in session.execute(query).scalars()]


def newest(session: Session) -> Day | None:
    """Return the newest root, or None before the first."""
    row = session.execute(select(AuditDay).order_by(AuditDay.day.desc()).limit(1)).scalar()
    return _day(row) if row else None


def next_day(session: Session, *, before: datetime) -> str:
    """Return the first day after the newest root on which something was recorded, "" if none ended yet.

    before: the start of a day; days from then on have not ended.
    """
    last = newest(session)
    query = select(func.min(AuditRow.at)).where(AuditRow.at < before)
    if last:
        query = query.where(AuditRow.at >= span(last.day)[1])
    first = session.execute(query).scalar()
    return day_of(first) if first else ""


def heads(session: Session, day: str) -> dict[str, Head]:
    """Return the last event that `day` of each chain that grew."""
    start, end = span(day)
    query = (
        select(AuditRow.envelope_id, AuditRow.number, AuditRow.hash)
        .where(AuditRow.at >= start, AuditRow.at < end)
        .order_by(AuditRow.envelope_id, AuditRow.number)
    )
    return {envelope_id: (number, digest) for envelope_id, number, digest in session.execute(query)}


def keep(session: Session, day: Day) -> None:
    """Keep a root; whoever comes second with the same day is refused by the key."""
    session.add(
        AuditDay(
            day=day.day,
            previous=day.previous,
            heads={name: list(head) for name, head in day.heads.items()},
            root=day.root,
            token=b64encode(day.token).decode(),
        )
    )
    session.flush()


def _day(row: AuditDay) -> Day:
    heads = {name: (int(number), str(digest)) for name, (number, digest) in row.heads.items()}
    return Day(
        day=row.day, previous=row.previous, heads=heads, root=row.root, token=_token(row.token)
    )


def _token(text: str) -> bytes:
    """Return the token's DER, or nothing for what was never one: it proves nothing, and is judged as such."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
