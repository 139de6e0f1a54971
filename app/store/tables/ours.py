"""Who signs for us: what administrators set for a company of ours, and the signatures colleagues keep here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class OurCompanyRow(Table):
    """How a company of ours signs. No row: the director its requisites name, by e-mail, we first."""

    __tablename__ = "our_companies"
    portal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("installations.portal_id"), primary_key=True
    )
    company_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    signers: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Portal users who may sign for it, the usual one first; empty: everybody may."""
    first: Mapped[str] = mapped_column(String(8), default="us")
    """Who signs first: "us" or "client"."""
    channel: Mapped[str] = mapped_column(String(8), default="email")
    """How clients are usually reached: email, sms or link."""
    stamp_digest: Mapped[str] = mapped_column(String(64), default="")
    """A PNG that stands in our stamp fields, "" for the round one drawn from the name."""
    changed_by: Mapped[str] = mapped_column(String(20), default="")
    changed_at: Mapped[datetime]


class KeptSignature(Table):
    """The picture of a colleague's signature, kept because they agreed to it."""

    __tablename__ = "kept_signatures"
    portal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("installations.portal_id"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    picture_digest: Mapped[str] = mapped_column(String(64))
    agreed_version: Mapped[str] = mapped_column(String(24))
    agreed_hash: Mapped[str] = mapped_column(String(64))
    agreed_lang: Mapped[str] = mapped_column(String(8))
    agreed_at: Mapped[datetime]
