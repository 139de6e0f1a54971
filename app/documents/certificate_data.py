"""What the signing certificate is told: plain values, gathered by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.core.evidence import AuditEvent
from app.core.fields import SignatureImage


@dataclass(frozen=True, slots=True)
class DocumentEvidence:
    """One document of the envelope. Digests are SHA-256 in hex; "" when there is none."""

    name: str
    page_count: int
    original_sha256: str
    """Of the file it began as (a filled .docx, an uploaded PDF)."""
    printed_sha256: str
    """Of the PDF whose pages the signers were shown."""


@dataclass(frozen=True, slots=True)
class PersonEvidence:
    """A recipient. What concerns signing is empty for a viewer."""

    id: str
    """As in the actor of audit events, "recipient:<id>"."""
    name: str
    is_signer: bool
    company: str = ""
    position: str = ""
    is_ours: bool = False
    """Signs for the sender's side."""
    channel: str = ""
    """email, sms or link (handed over by hand)."""
    address: str = ""
    """The address used at the time."""
    identified_by: str = ""
    """portal, in_person, code_other, code_same or link."""
    witness: str = ""
    """The colleague who was present, when signed in person."""
    consent_version: str = ""
    consent_hash: str = ""
    consent_lang: str = ""
    seen_sha256: str = ""
    """Of everything that was shown."""
    signed_at: datetime | None = None
    ip: str = ""
    browser: str = ""
    """The User-Agent as sent."""
    signature: SignatureImage | None = None
    picture: bytes = b""
    """The PNG or JPEG when the signature is a picture."""


@dataclass(frozen=True, slots=True)
class CertificateData:
    """Everything on the pages. Times are aware; they are shown in UTC."""

    envelope_id: str
    number: str
    title: str
    portal: str
    record_title: str
    company: str
    sender: str
    sender_email: str
    sent_at: datetime | None
    completed_at: datetime | None
    documents: Sequence[DocumentEvidence]
    people: Sequence[PersonEvidence]
    events: Sequence[AuditEvent]
    """The chain up to now, first event first."""
    head: str
    """Hash of the last event."""
    seal_holder: str
    """Name in the sealing certificate."""
    is_self_issued: bool
    authorities: Sequence[str] = ()
    """Host names of the time-stamp authorities."""
    verify_url: str = ""
    retention_until: date | None = None

    @property
    def paper_url(self) -> str:
        """Where the QR code leads who holds a print: the page of verification, which then knows the number."""
        return f"{self.verify_url}?paper={self.envelope_id}"
