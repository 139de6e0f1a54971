"""One portal's leaky bucket in the database, so that all processes together stay within the portal's rate.

One conditional statement books a place: no lock is held while anybody waits. Source: settings/performance/limits.
"""

from __future__ import annotations

from sqlalchemy import case, literal, select, update
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.tables import RateLimit

BUCKET = ""


def book(database: Database, portal_id: str, *, now: float, per_second: float) -> float:
    """Add one call to the portal's bucket and return its level after that.

    now: seconds since 1970; a clock that stands behind another machine's neither leaks nor rewinds.
    """
    moment = literal(now)
    leaked = (case((moment > RateLimit.at, moment - RateLimit.at), else_=0.0)) * per_second
    rest = case((RateLimit.level > leaked, RateLimit.level - leaked), else_=0.0)
    booking = (
        update(RateLimit)
        .where(RateLimit.portal_id == portal_id, RateLimit.name == BUCKET)
        .values(level=rest + 1.0, at=case((moment > RateLimit.at, moment), else_=RateLimit.at))
        .returning(RateLimit.level)
    )
    while True:
        with database.transaction() as session:
            level = session.execute(booking).scalar_one_or_none()
        if level is not None:
            return float(level)
        _begin(database, portal_id, BUCKET, level=0.0, at=now)


def fill(database: Database, portal_id: str, *, now: float, burst: int) -> None:
    """Take the bucket as full: the portal said so, other programs share it."""
    row = (RateLimit.portal_id == portal_id, RateLimit.name == BUCKET)
    full = case((RateLimit.level > float(burst), RateLimit.level), else_=float(burst))
    with database.transaction() as session:
        session.execute(update(RateLimit).where(*row).values(level=full, at=now))


def pause(database: Database, portal_id: str, method: str, *, until: float) -> None:
    """Remember that `method` is refused there until then."""
    row = (RateLimit.portal_id == portal_id, RateLimit.name == method)
    kept = update(RateLimit).where(*row).values(at=until).returning(RateLimit.name)
    while True:
        with database.transaction() as session:
            if session.execute(kept).scalar_one_or_none() is not None:
                return
        _begin(database, portal_id, method, level=0.0, at=until)


def paused(database: Database, portal_id: str, *, now: float) -> frozenset[str]:
    """Return the methods that are refused on this portal at `now`."""
    query = select(RateLimit.name).where(
        RateLimit.portal_id == portal_id, RateLimit.name != BUCKET, RateLimit.at > now
    )
    with database.reading() as session:
        return frozenset(session.execute(query).scalars())


def _begin(database: Database, portal_id: str, name: str, *, level: float, at: float) -> None:
    try:
        with database.transaction() as session:
            session.add(RateLimit(portal_id=portal_id, name=name, level=level, at=at))
    except IntegrityError:
        return
