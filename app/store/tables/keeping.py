"""How long documents are kept, what a legal hold keeps longer, and keys that companies seal with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class RetentionRule(Table):
    """How long documents of one kind are kept after they are over. No row: for ever."""

    __tablename__ = "retention_rules"
    portal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("installations.portal_id"), primary_key=True
    )
    document_type: Mapped[str] = mapped_column(String(160), primary_key=True)
    """As in `envelopes`; "" for all kinds that have no rule of their own."""
    years: Mapped[int]
    """0: for ever."""
    changed_by: Mapped[str] = mapped_column(String(20), default="")
    changed_at: Mapped[datetime]


class Keeping(Table):
    """What is settled about keeping one envelope. No row: nothing yet."""

    __tablename__ = "keeping"
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    kept_until: Mapped[datetime | None]
    """The day printed on its certificate: it is never deleted before."""
    key_id: Mapped[str] = mapped_column(Id, default="")
    """The company key its certificate names; "" for the installation's."""
    held_at: Mapped[datetime | None]
    """Since when a legal hold keeps it, None when none does."""
    held_by: Mapped[str] = mapped_column(String(20), default="")
    held_reason: Mapped[str] = mapped_column(Text, default="")
    deleted_at: Mapped[datetime | None]
    """When its retention ended: files and people are gone, digests and chain stay."""
    loose_files: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """SHA-256 of files that nothing here needs any more: deleted as soon as nothing else refers to them."""
    __table_args__ = (Index(None, "portal_id", "held_at"),)


class CompanyKey(Table):
    """A sealing key that a portal brought (PKCS#12), for one company of ours or for all."""

    __tablename__ = "company_keys"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"), index=True)
    company_id: Mapped[str] = mapped_column(String(20), default="")
    """"" for every company without a key of its own."""
    state: Mapped[str] = mapped_column(String(8), default="tested")
    """tested (may be taken into use), used, or kept (seals made with it are still known as ours)."""
    chain: Mapped[list[Any]] = mapped_column(JSON)
    """Certificates, PEM each, the key's own first."""
    key_enc: Mapped[str] = mapped_column(Text, default="")
    """The private key (PKCS#8), encrypted; "" once it is forgotten."""
    expires_at: Mapped[datetime]
    warned_days: Mapped[int] = mapped_column(default=0)
    """Of the warnings 60, 30 and 7 days before the end, the last one that was given."""
    added_by: Mapped[str] = mapped_column(String(20), default="")
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    """When another took its place."""
