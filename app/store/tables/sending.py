"""What leaves: messages, and the links and codes they carry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class SigningLink(Table):
    """A 256-bit signing token of one recipient, as its hash. New on resend; the old one is revoked."""

    __tablename__ = "signing_links"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    recipient_id: Mapped[str] = mapped_column(Id, ForeignKey("recipients.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(8), default="sign")
    """sign, copied (shown to the sender), portal (opened by the signed-in colleague), approve, here (on the
    sender's own device, in their presence), or extend (the sender puts the deadline off)."""
    witness_id: Mapped[str] = mapped_column(String(20), default="")
    witness: Mapped[str] = mapped_column(Text, default="")
    """The colleague who opened it on their own device, in person: id and name."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SigningCode(Table):
    """A one-time code sent to a recipient: HMAC only. `tries` is raised before the check."""

    __tablename__ = "signing_codes"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    recipient_id: Mapped[str] = mapped_column(Id, ForeignKey("recipients.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    code_enc: Mapped[str] = mapped_column(Text, default="")
    """Encrypted until the message is out, then emptied."""
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Delivery(Table):
    """One attempt to carry a message over a channel; `key` makes it happen once."""

    __tablename__ = "deliveries"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), index=True)
    recipient_id: Mapped[str] = mapped_column(Id, default="")
    purpose: Mapped[str] = mapped_column(String(16))
    """A message of delivery.message_values.NEEDS."""
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str]
    secret_enc: Mapped[str] = mapped_column(Text, default="")
    """The signing token or code the message carries, encrypted; emptied once it is out."""
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting, accepted (by the provider; more is not known), delivered or failed."""
    provider: Mapped[str] = mapped_column(String(40), default="")
    provider_id: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[str] = mapped_column(Text, default="")
    """What the provider told later, in its own words."""
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    """Set before a message leaves for a provider that could not say later whether it took it."""
    accepted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """When the provider told that it was delivered, or that it cannot be."""
    checks: Mapped[int] = mapped_column(default=0)
    """How often the provider was asked what became of it."""
    bell: Mapped[str] = mapped_column(String(8), default="")
    """The portal's bell for a colleague: asked, rung, refused; "" where none is needed."""
    __table_args__ = (
        Index(None, "provider_id"),
        Index(None, "recipient_id", "purpose"),
        Index(None, "state", "created_at"),
        Index(None, "created_at"),
        Index(None, "channel", "state", "accepted_at"),
    )


class MessageText(Table):
    """A portal's own words for one message in one language; "" where ours stand."""

    __tablename__ = "message_texts"
    portal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("installations.portal_id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    lang: Mapped[str] = mapped_column(String(8), primary_key=True)
    subject: Mapped[str] = mapped_column(Text, default="")
    heading: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    """Paragraphs, an empty line between two."""
    sms: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str] = mapped_column(String(20))
    changed_at: Mapped[datetime]
