"""Counts over all portals, for the operator's graphs: numbers only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.envelope import Status
from app.store.tables import Delivery, Envelope, Installation, Recipient, RestCallRow

Counts = dict[tuple[tuple[str, str], ...], float]


def portals(session: Session) -> Counts:
    """Return how many portals are in each state."""
    query = select(Installation.state, func.count()).group_by(Installation.state)
    return {(("state", state),): count for state, count in session.execute(query)}


def envelopes(session: Session) -> Counts:
    """Return how many envelopes have each status; zero is said too."""
    query = select(Envelope.status, func.count().label("how_many")).group_by(Envelope.status)
    found = {one.status: one.how_many for one in session.execute(query)}
    return {(("status", one.value),): found.get(one.value, 0) for one in Status}


def deliveries(session: Session, *, since: datetime) -> Counts:
    """Return the messages asked for since then, by channel and state."""
    query = (
        select(Delivery.channel, Delivery.state, func.count())
        .where(Delivery.created_at >= since)
        .group_by(Delivery.channel, Delivery.state)
    )
    return {
        (("channel", channel), ("state", state)): count
        for channel, state, count in session.execute(query)
    }


def portal_calls(session: Session, *, since: datetime) -> Counts:
    """Return the calls to portals since then, by HTTP status (0: no answer)."""
    query = (
        select(RestCallRow.status, func.count())
        .where(RestCallRow.at >= since)
        .group_by(RestCallRow.status)
    )
    return {(("status", str(status)),): count for status, count in session.execute(query)}


def longest_wait_s(session: Session, *, now: datetime) -> float:
    """Return for how many seconds the oldest signed envelope has waited for its seal; 0 when none waits."""
    last = (
        select(func.max(Recipient.signed_at).label("at"))
        .join(Envelope, Envelope.id == Recipient.envelope_id)
        .where(Envelope.status == Status.SIGNED)
        .group_by(Envelope.id)
        .order_by("at")
        .limit(1)
    )
    oldest = session.execute(last).scalar_one_or_none()
    return (now - oldest).total_seconds() if oldest else 0.0
