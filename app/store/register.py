"""The register of sealed documents: by the SHA-256 of the file, over all portals.

The queries without a portal: whoever asks holds the file, or the paper with its 128-bit name, and learns that it
is ours, a date and a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.store.tables import Document, Envelope


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """A document in the register. Nothing here names a person or says what is in it."""

    number: str
    sealed_at: datetime
    """When the register took it in, aware UTC; the evidence of time is inside the file."""


def find_sealed(session: Session, sha256: str) -> SealedEntry | None:
    """Return the entry of the sealed file with this SHA-256 (hex, lower case), or None."""
    query = (
        select(Envelope.number, Envelope.finished_at)
        .join(Document, Document.envelope_id == Envelope.id)
        .where(Document.sealed_digest == sha256, Envelope.status == "sealed")
    )
    row = session.execute(query).first() if sha256 else None
    if row is None or row.finished_at is None:
        return None
    return SealedEntry(number=row.number, sealed_at=row.finished_at)


def find_paper(session: Session, envelope_id: str) -> SealedEntry | None:
    """Return the entry of the sealed envelope that a paper names at its foot and in its QR code, or None."""
    found = session.get(Envelope, envelope_id) if envelope_id else None
    if found is None or found.status != "sealed" or found.finished_at is None:
        return None
    return SealedEntry(number=found.number, sealed_at=found.finished_at)
