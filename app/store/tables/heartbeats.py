"""Workers' heartbeats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class Heartbeat(Table):
    """What a worker said last about itself; one row a slot, of all hosts together."""

    __tablename__ = "heartbeats"
    worker: Mapped[str] = mapped_column(Id, primary_key=True)
    host: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    converter: Mapped[str] = mapped_column(Text, default="")
    """"", or what keeps it from printing Word documents."""
    clock_s: Mapped[float | None] = mapped_column(Double)
    """How far its clock is ahead of the time-stamp authority's, in seconds; NULL when none could be asked."""
