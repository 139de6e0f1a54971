"""What is deleted when an envelope's retention has ended. Digests, times, numbers and the chain stay: proof."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.store import people
from app.store.people import ERASED
from app.store.tables import (
    AuditDetails,
    Correction,
    Delivery,
    Document,
    Envelope,
    FieldRow,
    Recipient,
)

FILES = (
    "original_digest", "filled_digest", "tags_digest", "printed_digest", "stamped_digest",
    "finished_digest", "sealed_digest",
)  # fmt: skip


def files(session: Session, envelope: Envelope) -> list[str]:
    """Return the SHA-256 of every file that belongs to the envelope, whether others need it too or not."""
    papers = session.execute(select(Document).where(Document.envelope_id == envelope.id)).scalars()
    rows = session.execute(select(FieldRow).where(FieldRow.envelope_id == envelope.id)).scalars()
    found = [getattr(paper, name) for paper in papers for name in FILES]
    found += [digest for row in rows for digest in people.files_of(row)]
    found += [envelope.snapshot_digest, envelope.trail_digest]
    found += [str(envelope.source.get(name, "")) for name in ("digest", "clean", "ready")]
    return list(dict.fromkeys(one for one in found if one))


def erase(session: Session, envelope: Envelope) -> int:
    """Erase what tells of people and of the matter; return how many events lost their details."""
    here = Recipient.envelope_id == envelope.id
    for person in session.execute(select(Recipient).where(here)).scalars():
        people.erase(session, person)
    mine = AuditDetails.envelope_id == envelope.id
    gone = session.execute(delete(AuditDetails).where(mine))
    session.execute(delete(FieldRow).where(FieldRow.envelope_id == envelope.id))
    session.execute(delete(Correction).where(Correction.envelope_id == envelope.id))
    session.execute(
        update(Delivery)
        .where(Delivery.envelope_id == envelope.id)
        .values(address="", secret_enc="", told="")
    )
    session.execute(update(Document).where(Document.envelope_id == envelope.id).values(name=ERASED))
    for name in ("title", "record_title", "sender_name"):
        setattr(envelope, name, ERASED)
    for name in ("message", "reason", "sender_email", "company_name", "snapshot_digest"):
        setattr(envelope, name, "")
    return int(getattr(gone, "rowcount", 0))
