"""Envelopes with their documents, fields, people and trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class Envelope(Table):
    """What is sent and tracked. `status` changes only through core.envelope.advance."""

    __tablename__ = "envelopes"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    number: Mapped[str] = mapped_column(String(32))
    """For people: "P-2026-000042", unique on its portal."""
    entity_type_id: Mapped[int]
    entity_id: Mapped[str] = mapped_column(String(20))
    record_title: Mapped[str]
    title: Mapped[str]
    status: Mapped[str] = mapped_column(String(12), default="draft")
    lang: Mapped[str] = mapped_column(String(8), default="en")
    message: Mapped[str] = mapped_column(Text, default="")
    document_type: Mapped[str] = mapped_column(String(160))
    source: Mapped[dict[str, Any]] = mapped_column(JSON)
    """{"kind": "template", "template_id", "slug"} or {"kind": "portal_document", "id", "template_id"}
    or {"kind": "portal_template", "template_id"}."""
    snapshot_digest: Mapped[str] = mapped_column(String(64), default="")
    prepare_state: Mapped[str] = mapped_column(String(12), default="waiting")
    """waiting, ready, asking (a field needs a person) or failed."""
    prepare_error: Mapped[str] = mapped_column(Text, default="")
    """A sentence (English msgid) for the sender."""
    auto_send: Mapped[bool] = mapped_column(default=False)
    layout_id: Mapped[str] = mapped_column(Id, default="")
    origin: Mapped[str] = mapped_column(String(8), default="person")
    """person or rule."""
    created_by: Mapped[str] = mapped_column(String(20))
    sender_name: Mapped[str]
    sender_email: Mapped[str] = mapped_column(Text, default="")
    company_name: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was declined or voided."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    activity_id: Mapped[str] = mapped_column(String(20), default="")
    """The status card on the record; its own report state follows."""
    card_number: Mapped[int] = mapped_column(default=0)
    """Number of the newest audit event that the card shows."""
    log_number: Mapped[int] = mapped_column(default=0)
    """Number of the newest audit event whose line for the record's log was asked for."""
    source_activity_id: Mapped[str] = mapped_column(String(20), default="")
    comment_id: Mapped[str] = mapped_column(String(20), default="")
    report_state: Mapped[str] = mapped_column(String(12), default="none")
    """none, waiting, done or refused: the CRM report, apart from the legal status."""
    report_error: Mapped[str] = mapped_column(Text, default="")
    trail_digest: Mapped[str] = mapped_column(String(64), default="")
    card_tried: Mapped[bool] = mapped_column(default=False)
    """Whether a card was asked for before: the next try looks for it first."""
    comment_tried: Mapped[bool] = mapped_column(default=False)
    deadline_days: Mapped[int] = mapped_column(default=0)
    """How many days after it was sent it must be signed, as a rule says; 0: as long as everywhere."""
    reminds: Mapped[bool] = mapped_column(default=True)
    """Whether those who have not signed are reminded of our own accord."""
    filed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The record's file field that the sealed documents go into: {"field", "before": ids of the files that stood
    there, "state": trying, done or refused, "error"}; {} before, and where none was chosen."""
    changed: Mapped[str] = mapped_column(String(80), default="")
    """What the CRM changed since it was sent: some of amount, products, requisites, contact; with commas."""
    __table_args__ = (
        UniqueConstraint("portal_id", "number"),
        Index(None, "portal_id", "entity_type_id", "entity_id"),
        Index(None, "portal_id", "created_at"),
        Index(None, "status", "deadline"),
        Index(None, "status", "sent_at"),
        Index(None, "prepare_state", "status", "created_at"),
        Index(None, "report_state", "status", "finished_at"),
        Index(None, "portal_id", "status", "created_at"),
    )


class Document(Table):
    """One file in an envelope; each version by its SHA-256, "" until it exists."""

    __tablename__ = "documents"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str]
    original_digest: Mapped[str] = mapped_column(String(64), default="")
    filled_digest: Mapped[str] = mapped_column(String(64), default="")
    tags_digest: Mapped[str] = mapped_column(String(64), default="")
    """JSON of the tags met while filling, until they are found again on the printed pages."""
    printed_digest: Mapped[str] = mapped_column(String(64), default="")
    stamped_digest: Mapped[str] = mapped_column(String(64), default="")
    finished_digest: Mapped[str] = mapped_column(String(64), default="")
    """Stamped, with certificate pages and trail, before the seal."""
    sealed_digest: Mapped[str] = mapped_column(String(64), default="", index=True)
    page_count: Mapped[int] = mapped_column(default=0)
    page_sizes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """[[width, height], ...] in PDF points."""


class FieldRow(Table):
    """A core.fields.Field of a document, and its value once filled."""

    __tablename__ = "fields"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), index=True)
    document_id: Mapped[str] = mapped_column(Id, ForeignKey("documents.id"))
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(32))
    page: Mapped[int]
    x: Mapped[float]
    y: Mapped[float]
    w: Mapped[float]
    h: Mapped[float]
    required: Mapped[bool] = mapped_column(default=True)
    label: Mapped[str] = mapped_column(Text, default="")
    from_tag: Mapped[bool] = mapped_column(default=False)
    anchor: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """{"before", "after", "dx", "dy"}"""
    options: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The answers of a choice."""
    crm_name: Mapped[str] = mapped_column(String(200), default="")
    """Placeholder whose CRM value stands in it beforehand."""
    help: Mapped[str] = mapped_column(Text, default="")
    format: Mapped[str] = mapped_column(String(16), default="")
    question: Mapped[str] = mapped_column(String(12), default="")
    """"", or why a person must look: moved, lost, ambiguous."""
    value: Mapped[str] = mapped_column(Text, default="")
    image: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """A core.fields.SignatureImage for signatures, initials and stamps."""
    file_digest: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the PDF kept of a file the signer brought; `value` is its name."""
    filled_at: Mapped[datetime | None]


class Recipient(Table):
    """A person on an envelope. `role_key` ties fields to the person ("us", "client")."""

    __tablename__ = "recipients"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), index=True)
    role_key: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(8), default="signer")
    order: Mapped[int] = mapped_column("sign_order", default=1)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    name: Mapped[str]
    company: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(String(8), default="email")
    """email, sms or link (handed over by hand)."""
    lang: Mapped[str] = mapped_column(String(8), default="en")
    is_lang_told: Mapped[bool] = mapped_column(default=True)
    """Whether `lang` is known to be theirs, or that of their document; else their browser may know better."""
    zone: Mapped[str] = mapped_column(Text, default="")
    """Time zone of their country (IANA), "" when it tells none."""
    portal_user_id: Mapped[str] = mapped_column(String(20), default="")
    contact_id: Mapped[str] = mapped_column(String(20), default="")
    needs_code: Mapped[bool] = mapped_column(default=True)
    identified_by: Mapped[str] = mapped_column(String(16), default="")
    """The level reached: link, code_same, code_other, portal or in_person."""
    witness: Mapped[str] = mapped_column(Text, default="")
    """The colleague who sat beside them while they signed, "" when nobody did."""
    invited_at: Mapped[datetime | None]
    viewed_at: Mapped[datetime | None]
    code_accepted_at: Mapped[datetime | None]
    consent_version: Mapped[str] = mapped_column(String(24), default="")
    consent_hash: Mapped[str] = mapped_column(String(64), default="")
    signed_at: Mapped[datetime | None]
    signed_ip: Mapped[str] = mapped_column(String(64), default="")
    signed_browser: Mapped[str] = mapped_column(Text, default="")
    seen_digest: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the printed document this person was shown and signed."""
    reason: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        Index(None, "portal_id", "portal_user_id"),
        Index(None, "state", "invited_at"),
    )


class Correction(Table):
    """A value of the CRM that a signer corrected; a colleague may take it over, once."""

    __tablename__ = "corrections"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), index=True)
    recipient_id: Mapped[str] = mapped_column(Id, ForeignKey("recipients.id"))
    crm_name: Mapped[str] = mapped_column(String(200))
    """The placeholder it stood for ("contact.phone")."""
    label: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="open")
    """open, accepted or refused."""
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(20), default="")
    """The portal user with whose rights the CRM was changed."""


class AuditRow(Table):
    """One link of an envelope's chain (core.evidence.AuditEvent). Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_events"
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    commitment: Mapped[str] = mapped_column(String(64))
    """To the details; "" where the hash covers them openly (events older than commitments)."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditDetails(Table):
    """What an event tells of a person. It may be erased; triggers refuse UPDATE."""

    __tablename__ = "audit_details"
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    ip: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    salt: Mapped[str] = mapped_column(String(32))


class AuditDay(Table):
    """The root over what was recorded on one day (UTC), time-stamped. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_days"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """ "2026-11-24"."""
    previous: Mapped[str] = mapped_column(String(64))
    """The root of the day before it that had one."""
    heads: Mapped[dict[str, Any]] = mapped_column(JSON)
    """{envelope id: [number, hash]} of the last event that day, of every chain that grew."""
    root: Mapped[str] = mapped_column(String(64))
    token: Mapped[str]
    """The RFC 3161 token over the root, DER in base64."""
