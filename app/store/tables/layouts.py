"""What documents are made from: templates and remembered layouts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class Template(Table):
    """A .docx to fill. `portal_id` NULL: shipped with the app. One row a version."""

    __tablename__ = "templates"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str | None] = mapped_column(Id, ForeignKey("installations.portal_id"))
    slug: Mapped[str] = mapped_column(String(80))
    """Names the document type over all versions: "services_contract.fr"."""
    name: Mapped[str]
    lang: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(String(64))
    is_current: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    __table_args__ = (Index(None, "portal_id", "slug"),)


class Layout(Table):
    """Fields, roles, order and channels remembered for a document type (story S3)."""

    __tablename__ = "layouts"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    document_type: Mapped[str] = mapped_column(String(160))
    """ "template:<slug>", "portal-template:<id>" or "upload:<sha256>"."""
    name: Mapped[str]
    spec: Mapped[dict[str, Any]] = mapped_column(JSON)
    """See app.core.layout."""
    used_at: Mapped[datetime]
    used_on: Mapped[str]
    """Title of the CRM record where it was last used."""
    client_id: Mapped[str] = mapped_column(String(20), default="")
    """The contact it was used for; "" when none of the CRM."""
    envelope_id: Mapped[str] = mapped_column(Id, default="")
    created_by: Mapped[str] = mapped_column(String(20), default="")
    __table_args__ = (Index(None, "portal_id", "document_type", "used_at"),)
