"""The one schema. Every row carries its portal; times are aware UTC; JSON columns hold plain values.

Secrets are stored encrypted (`*_enc`) or as keyed hashes (`*_hash`); files only by their SHA-256.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC on both databases: SQLite forgets the zone, so it is put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        str: Text,
    }


Id = String(40)


class Installation(Table):
    """Our app on one portal. `member_id` never changes, `domain` may."""

    __tablename__ = "installations"
    portal_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), unique=True)
    domain: Mapped[str]
    client_endpoint: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default="active")
    """active; unpaid or parked (the portal does not answer any more): work waits; closed: the app was removed."""
    lang: Mapped[str] = mapped_column(String(8), default="en")
    version: Mapped[str] = mapped_column(String(16), default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    application_token_hash: Mapped[str] = mapped_column(String(64), default="")
    admin_user_id: Mapped[str] = mapped_column(String(20), default="")
    """Whose token background work uses."""
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    installed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    notice: Mapped[str] = mapped_column(String(24), default="")
    """What an administrator should know: ADMIN_REPLACED, NO_ADMIN, UNPAID, PARKED; "" when all is well."""
    notice_at: Mapped[datetime | None]
    license: Mapped[str] = mapped_column(String(40), default="")
    """The portal's plan as app.info names it: "fr_ent250"."""
    registered: Mapped[str] = mapped_column(String(300), default="")
    """Fingerprint of the manifest that this portal was last brought to match completely."""
    farewell_enc: Mapped[str] = mapped_column(Text, default="")
    """After an uninstall: the administrator's refresh token, to ask once whether the app is truly gone."""


class PortalToken(Table):
    """The OAuth pair of one portal user, encrypted."""

    __tablename__ = "portal_tokens"
    portal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("installations.portal_id"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    access_enc: Mapped[str]
    refresh_enc: Mapped[str]
    expires_at: Mapped[datetime]
    client_endpoint: Mapped[str]
    is_admin: Mapped[bool] = mapped_column(default=False)
    """Whether the portal named this user an administrator when they last opened the main page."""


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
    envelope_id: Mapped[str] = mapped_column(Id, default="")
    created_by: Mapped[str] = mapped_column(String(20), default="")
    __table_args__ = (Index(None, "portal_id", "document_type", "used_at"),)


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
    source_activity_id: Mapped[str] = mapped_column(String(20), default="")
    comment_id: Mapped[str] = mapped_column(String(20), default="")
    report_state: Mapped[str] = mapped_column(String(12), default="none")
    """none, waiting, done or refused: the CRM report, apart from the legal status."""
    report_error: Mapped[str] = mapped_column(Text, default="")
    trail_digest: Mapped[str] = mapped_column(String(64), default="")
    card_tried: Mapped[bool] = mapped_column(default=False)
    """Whether a card was asked for before: the next try looks for it first."""
    comment_tried: Mapped[bool] = mapped_column(default=False)
    changed: Mapped[str] = mapped_column(String(80), default="")
    """What the CRM changed since it was sent: some of amount, products, requisites, contact; with commas."""
    __table_args__ = (
        UniqueConstraint("portal_id", "number"),
        Index(None, "portal_id", "entity_type_id", "entity_id"),
        Index(None, "portal_id", "created_at"),
        Index(None, "status", "deadline"),
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
    question: Mapped[str] = mapped_column(String(12), default="")
    """"", or why a person must look: moved, lost, ambiguous."""
    value: Mapped[str] = mapped_column(Text, default="")
    image: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """A core.fields.SignatureImage for signatures, initials and stamps."""
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
    portal_user_id: Mapped[str] = mapped_column(String(20), default="")
    contact_id: Mapped[str] = mapped_column(String(20), default="")
    needs_code: Mapped[bool] = mapped_column(default=True)
    identified_by: Mapped[str] = mapped_column(String(16), default="")
    """The level reached: link, code_same, code_other or portal."""
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


class SigningLink(Table):
    """A 256-bit signing token of one recipient, as its hash. New on resend; the old one is revoked."""

    __tablename__ = "signing_links"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    recipient_id: Mapped[str] = mapped_column(Id, ForeignKey("recipients.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(8), default="sign")
    """sign, copied (shown to the sender) or portal (opened by the signed-in colleague)."""
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


class AuditRow(Table):
    """One link of an envelope's chain (core.evidence.AuditEvent). Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_events"
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    ip: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Delivery(Table):
    """One attempt to carry a message over a channel; `key` makes it happen once."""

    __tablename__ = "deliveries"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    envelope_id: Mapped[str] = mapped_column(Id, ForeignKey("envelopes.id"), index=True)
    recipient_id: Mapped[str] = mapped_column(Id, default="")
    purpose: Mapped[str] = mapped_column(String(16))
    """invitation, code, reminder, deadline, copy, declined, expired or voided."""
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
    __table_args__ = (
        Index(None, "provider_id"),
        Index(None, "channel", "state", "accepted_at"),
    )


class RobotCallRow(Table):
    """A call of our automation rule, kept before it is answered. Unique by portal and event token."""

    __tablename__ = "robot_calls"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    event_token: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(80))
    entity_type_id: Mapped[int]
    entity_id: Mapped[str] = mapped_column(String(20))
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    user_id: Mapped[str] = mapped_column(String(20), default="")
    waits: Mapped[bool] = mapped_column(default=False)
    envelope_id: Mapped[str] = mapped_column(Id, default="", index=True)
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    __table_args__ = (UniqueConstraint("portal_id", "event_token"),)


class PortalEventRow(Table):
    """A portal event as it came, kept before the 200; a hint, never a fact."""

    __tablename__ = "portal_events"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"), index=True)
    event: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime]


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


class RestCallRow(Table):
    """One exchange with a portal, masked. Kept for the days the Market asks for, then pruned."""

    __tablename__ = "rest_calls"
    id: Mapped[int] = mapped_column(primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    user_id: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime] = mapped_column(index=True)
    method: Mapped[str] = mapped_column(String(80))
    asked: Mapped[Any] = mapped_column(JSON)
    answered: Mapped[Any] = mapped_column(JSON)
    status: Mapped[int]
    error: Mapped[str] = mapped_column(String(80), default="")
    ms: Mapped[int]
    attempt: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index(None, "portal_id", "at"),)


class Canary(Table):
    """A known text under our keys: a start with other keys is refused with a clear sentence."""

    __tablename__ = "canary"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value_enc: Mapped[str]
