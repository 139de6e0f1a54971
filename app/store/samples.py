"""Sample prints: an envelope that was never anything but void, so that no list shows it and nobody can send it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.record import PortalUser
from app.errors import NotFound
from app.store.tables import Document, Envelope, FieldRow

SAMPLE = "sample"


def insert(session: Session, envelope: Envelope) -> None:
    """Add a sample and remove the earlier ones of the same person: one is looked at at a time."""
    mine = select(Envelope.id).where(
        Envelope.portal_id == envelope.portal_id,
        Envelope.origin == SAMPLE,
        Envelope.created_by == envelope.created_by,
    )
    old = list(session.execute(mine).scalars())
    for table in (FieldRow, Document):
        session.execute(delete(table).where(table.envelope_id.in_(old)))
    session.execute(delete(Envelope).where(Envelope.id.in_(old)))
    session.add(envelope)
    session.flush()


def get(session: Session, who: PortalUser, envelope_id: str) -> Envelope:
    """Return a sample of this very person; raises NotFound, and looks alike if not."""
    found = session.get(Envelope, envelope_id)
    if (
        found is None
        or found.origin != SAMPLE
        or (found.portal_id, found.created_by) != (who.portal_id, who.user_id)
    ):
        raise NotFound
    return found
