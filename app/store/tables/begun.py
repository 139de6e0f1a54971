"""Begun forms: what somebody chose and typed on the first screen, for the next time they open it there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class BegunForm(Table):
    """One person's form on one record, until a document is made of it, or for a day."""

    __tablename__ = "begun_forms"
    portal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("installations.portal_id"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    entity_type_id: Mapped[int] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    values_enc: Mapped[str]
    """The form's values as JSON, encrypted: names and addresses are among them."""
    kept_at: Mapped[datetime] = mapped_column(index=True)
