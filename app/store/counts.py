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
    # Set apart, or SQLite walks all messages in the order of their channels, to save itself a sort.
    recent = (
        select(Delivery.channel, Delivery.state)
        .where(Delivery.created_at >= since)
        .cte("recent")
        .prefix_with("MATERIALIZED")
    )
    query = select(recent.c.channel, recent.c.state, func.count()).group_by(
        recent.c.channel, recent.c.state
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
    # Asked envelope by envelope: grouped, SQLite would walk all of them in the order of their ids.
    last = (
        select(func.max(Recipient.signed_at))
        .where(Recipient.envelope_id == Envelope.id)
        .correlate(Envelope)
        .scalar_subquery()
    )
    query = select(last.label("at")).where(Envelope.status == Status.SIGNED)
    oldest = session.execute(query.order_by("at").limit(1)).scalar_one_or_none()
    return (now - oldest).total_seconds() if oldest else 0.0
