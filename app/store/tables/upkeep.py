"""Numbers, leases, limits and the canary."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class Counter(Table):
    """A named number that only grows: envelope numbers per portal and year."""

    __tablename__ = "counters"
    portal_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Lease(Table):
    """Something only one process may do at a time, until it is given back or runs out."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str] = mapped_column(Id)
    until: Mapped[datetime]


class RateLimit(Table):
    """A portal's leaky bucket (name ""), or a method that is paused until `at`. Times: seconds since 1970."""

    __tablename__ = "rate_limits"
    portal_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(90), primary_key=True)
    level: Mapped[float] = mapped_column(Double)
    at: Mapped[float] = mapped_column(Double)


class Canary(Table):
    """A known text under our keys: a start with other keys is refused with a clear sentence."""

    __tablename__ = "canary"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value_enc: Mapped[str]
