"""Many at once: one person sends the documents of many records; each of them is a row of robot_calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class ManyRun(Table):
    """A sending of many at once. Its records and what became of them: RobotCallRow.run_id."""

    __tablename__ = "many_runs"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    user_id: Mapped[str] = mapped_column(String(20))
    """Who sends, and whose rights count."""
    name: Mapped[str] = mapped_column(Text, default="")
    """For people: the layout and the stage."""
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As those of a rule: core.rule.Wishes."""
    state: Mapped[str] = mapped_column(String(8), default="running")
    """running, paused or done."""
    turn: Mapped[int] = mapped_column(default=0)
    """How often it was started or resumed: names its flow."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "portal_id", "created_at"),)
