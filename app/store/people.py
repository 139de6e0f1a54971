"""A person's data, wherever it lies: found by address, erased so that the minimum of proof stays."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.core.envelope import FINAL
from app.store import audit
from app.store.tables import (
    Correction,
    Delivery,
    Envelope,
    FieldRow,
    Recipient,
    SigningCode,
    SigningLink,
)

ERASED = "—"
"""What stands where a name stood."""
_FINAL = tuple(status.value for status in FINAL)


def find(session: Session, address: str) -> list[tuple[Recipient, Envelope]]:
    """Return every seat of the person with this e-mail address or phone number, on all portals."""
    query = (
        select(Recipient, Envelope)
        .join(Envelope, Envelope.id == Recipient.envelope_id)
        .where(or_(Recipient.email == address, Recipient.phone == address))
    )
    return [(person, envelope) for person, envelope in session.execute(query)]


def is_over(envelope: Envelope) -> bool:
    """Whether nobody waits for anything on it."""
    return envelope.status in _FINAL


def brought(session: Session, person: Recipient) -> list[str]:
    """Return the SHA-256 of every file a seat brought: pictures of signatures, and files asked for."""
    mine = FieldRow.envelope_id == person.envelope_id, FieldRow.role == person.role_key
    rows = session.execute(select(FieldRow).where(*mine)).scalars()
    return [digest for row in rows for digest in files_of(row)]


def files_of(row: FieldRow) -> list[str]:
    """Return the SHA-256 of the files that a filled field refers to."""
    picture = str((row.image or {}).get("picture", ""))
    return [one for one in (picture, row.file_digest) if one]


def erase(session: Session, person: Recipient) -> int:
    """Erase one seat: who it was, how they were reached, what they typed; return how many events lost details.

    What stays names nobody: the seat's id, its role, when it signed and with which consent, and the chain.
    """
    naming = frozenset(
        {f"recipient:{person.id}", person.name, person.email, person.phone} - {"", ERASED}
    )
    events = audit.erase_details(session, person.envelope_id, naming=naming)
    mine = FieldRow.envelope_id == person.envelope_id, FieldRow.role == person.role_key
    session.execute(update(FieldRow).where(*mine).values(value="", image=None, file_digest=""))
    for table in (SigningLink, SigningCode, Correction):
        session.execute(delete(table).where(table.recipient_id == person.id))
    session.execute(
        update(Delivery)
        .where(Delivery.recipient_id == person.id)
        .values(address="", secret_enc="", told="")
    )
    person.name = ERASED
    for name in ("company", "position", "email", "phone", "signed_ip", "signed_browser", "reason"):
        setattr(person, name, "")
    person.portal_user_id = person.contact_id = ""
    return events
