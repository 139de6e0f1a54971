"""The REST log at rest: what we asked of a portal and what came back, masked. The Market asks for three days."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.store.tables import RestCallRow

KEPT_DAYS = 5
PAGE = 100


def add(session: Session, row: RestCallRow) -> None:
    """Keep one exchange."""
    session.add(row)


def newest(
    session: Session, portal_id: str, *, before: int = 0, only_failed: bool = False
) -> list[RestCallRow]:
    """Return up to a page of the portal's exchanges, newest first; `before`: the id where the last page ended."""
    query = select(RestCallRow).where(RestCallRow.portal_id == portal_id)
    if before:
        query = query.where(RestCallRow.id < before)
    if only_failed:
        query = query.where(RestCallRow.error != "")
    return list(session.execute(query.order_by(RestCallRow.id.desc()).limit(PAGE)).scalars())


def prune(session: Session, older_than: datetime) -> int:
    """Forget what is older, and return how many exchanges that were."""
    found = session.execute(delete(RestCallRow).where(RestCallRow.at < older_than))
    return int(getattr(found, "rowcount", 0))
