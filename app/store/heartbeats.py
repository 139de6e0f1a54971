"""Heartbeats: which workers live, on whatever host, and what they say about themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.store.tables import Heartbeat

SILENT_AFTER = timedelta(seconds=60)
"""A worker not heard of for so long is taken for dead; it speaks every quarter of a minute."""


def beat(session: Session, row: Heartbeat) -> None:
    """Keep what the worker of this slot says now, in place of what it said before."""
    session.merge(row)


def since(session: Session, moment: datetime) -> list[Heartbeat]:
    """Return the workers heard of since `moment`."""
    query = select(Heartbeat).where(Heartbeat.at >= moment).order_by(Heartbeat.worker)
    return list(session.execute(query).scalars())


def slots(session: Session) -> list[str]:
    """Return the slots that any worker ever used."""
    return list(session.execute(select(Heartbeat.worker).order_by(Heartbeat.worker)).scalars())
