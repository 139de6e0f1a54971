"""Queries on the calls of our automation rules."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.store.database import Database
from app.store.tables import RobotCallRow


def get(session: Session, call_id: str) -> RobotCallRow:
    """Return the call; raises NotFound."""
    found = session.get(RobotCallRow, call_id)
    if found is None:
        raise NotFound
    return found


def by_token(session: Session, portal_id: str, event_token: str) -> RobotCallRow | None:
    """Return the call that came with `event_token`, if it did."""
    query = select(RobotCallRow).where(
        RobotCallRow.portal_id == portal_id, RobotCallRow.event_token == event_token
    )
    return session.execute(query).scalar_one_or_none()


def add_once(session: Session, row: RobotCallRow) -> RobotCallRow:
    """Add `row` and return it, or the row that has its event token already, even one added at this moment."""
    known = by_token(session, row.portal_id, row.event_token)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        known = by_token(session, row.portal_id, row.event_token)
        if known is None:
            raise
        return known
    return row


def of_envelope(session: Session, envelope_id: str) -> RobotCallRow | None:
    """Return the call an envelope came from, or None for one a person sent."""
    query = select(RobotCallRow).where(RobotCallRow.envelope_id == envelope_id)
    return session.execute(query).scalars().first()


def unanswered(session: Session, envelope_id: str) -> list[RobotCallRow]:
    """Return the calls that wait for this envelope."""
    query = select(RobotCallRow).where(
        RobotCallRow.envelope_id == envelope_id, RobotCallRow.answered_at.is_(None)
    )
    return list(session.execute(query.order_by(RobotCallRow.received_at)).scalars())


def tie(database: Database, call_id: str, envelope_id: str) -> str:
    """Make the call one about an envelope that was there before it; return the envelope's id."""
    with database.transaction() as session:
        get(session, call_id).envelope_id = envelope_id
    return envelope_id
