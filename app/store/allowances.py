"""How often somebody may do what costs others: counted in the database, leaking away with time."""

from __future__ import annotations

from sqlalchemy import case, literal, update
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.tables import RateLimit


def allow(
    database: Database, portal_id: str, name: str, *, now: float, burst: int, per_second: float
) -> bool:
    """Count one use of `name` and return True, or False when `burst` uses have not leaked away yet.

    name: what is counted and for whom, such as "sample:7"; now: seconds since 1970. Refused uses are not counted.
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
    _begin(database, portal_id, name, at=now)
    with database.transaction() as session:
        return session.execute(use).scalar_one_or_none() is not None


def _begin(database: Database, portal_id: str, name: str, *, at: float) -> None:
    try:
        with database.transaction() as session:
            session.add(RateLimit(portal_id=portal_id, name=name, level=0.0, at=at))
    except IntegrityError:
        return
