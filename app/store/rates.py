"""One portal's leaky bucket in the database, so that all processes together stay within the portal's rate.

One conditional statement books a place: no lock is held while anybody waits. Source: settings/performance/limits.
"""

from __future__ import annotations

from sqlalchemy import case, delete, literal, select, update
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
    with database.transaction() as session:
        session.execute(delete(RateLimit).where(*row))
        session.add(RateLimit(portal_id=portal_id, name=method, level=0.0, at=until))


def paused_until(database: Database, portal_id: str, method: str) -> float:
    """Return until when `method` is refused on this portal, 0 when it is not."""
    query = select(RateLimit.at).where(
        RateLimit.portal_id == portal_id, RateLimit.name == (method or "-")
    )
    with database.reading() as session:
        return float(session.execute(query).scalar_one_or_none() or 0.0)


def allow(
    database: Database, portal_id: str, name: str, *, now: float, burst: int, per_second: float
) -> bool:
    """Count one use of `name` and return True, or False when `burst` uses have not leaked away yet.

    name: what is counted and for whom, such as "sample:7"; refused uses are not counted.
    """
    moment = literal(now)
    leaked = case((moment > RateLimit.at, moment - RateLimit.at), else_=0.0) * per_second
    rest = case((RateLimit.level > leaked, RateLimit.level - leaked), else_=0.0)
    row = (RateLimit.portal_id == portal_id, RateLimit.name == name)
    use = (
        update(RateLimit)
        .where(*row, rest + 1.0 <= float(burst))
        .values(level=rest + 1.0, at=case((moment > RateLimit.at, moment), else_=RateLimit.at))
        .returning(RateLimit.level)
    )
    _begin(database, portal_id, name, level=0.0, at=now)
    with database.transaction() as session:
        return session.execute(use).scalar_one_or_none() is not None


def _begin(database: Database, portal_id: str, name: str, *, level: float, at: float) -> None:
    try:
        with database.transaction() as session:
            session.add(RateLimit(portal_id=portal_id, name=name, level=level, at=at))
    except IntegrityError:
        return
