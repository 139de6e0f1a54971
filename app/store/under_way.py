"""Queries on what is under way: sent and not signed by all, by its record or by a contact on it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.envelope import Status
from app.core.record import RecordKey
from app.store.tables import Envelope, Recipient


def of_record(session: Session, portal_id: str, record: RecordKey) -> list[Envelope]:
    """Return the envelopes of a record that still wait for a signature."""
    query = select(Envelope).where(
        Envelope.portal_id == portal_id,
        Envelope.entity_type_id == record.entity_type_id,
        Envelope.entity_id == record.entity_id,
        Envelope.status == Status.SENT.value,
    )
    return list(session.execute(query).scalars())


def of_contact(session: Session, portal_id: str, contact_id: str) -> list[Envelope]:
    """Return the envelopes that wait for a signature and have this contact among their people."""
    named = select(Recipient.envelope_id).where(
        Recipient.portal_id == portal_id, Recipient.contact_id == contact_id
    )
    query = select(Envelope).where(
        Envelope.portal_id == portal_id,
        Envelope.id.in_(named),
        Envelope.status == Status.SENT.value,
    )
    return list(session.execute(query).scalars())
