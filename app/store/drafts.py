"""Queries on drafts: an envelope before it is sent, and its fields while a person places them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.core.record import PortalUser, RecordKey
from app.errors import NotFound
from app.store import envelopes
from app.store.tables import Envelope, FieldRow, Recipient


def insert(session: Session, envelope: Envelope, people: Sequence[Recipient]) -> bool:
    """Add a draft and its recipients; whether it is new. The same id again changes nothing."""
    if session.get(Envelope, envelope.id) is not None:
        return False
    session.add(envelope)
    session.flush()
    session.add_all(people)
    session.flush()
    return True


def on_record(
    session: Session, who: PortalUser, record: RecordKey, envelope_id: str, *, lock: bool = False
) -> Envelope:
    """Return an envelope of this portal and this very record; raises NotFound, and looks alike if not."""
    found = envelopes.of_portal(session, envelope_id, who.portal_id)
    if RecordKey(found.entity_type_id, found.entity_id) != record:
        raise NotFound
    return envelopes.lock(session, envelope_id) if lock else found


def replace_fields(session: Session, envelope_id: str, rows: Sequence[FieldRow]) -> None:
    """Make `rows` the fields of the envelope, in place of all it had."""
    session.execute(delete(FieldRow).where(FieldRow.envelope_id == envelope_id))
    session.add_all(rows)
    session.flush()


def shown_on_record(session: Session, portal_id: str, record: RecordKey) -> list[Envelope]:
    """Return the envelopes of a record, newest first, without drafts that were thrown away."""
    found = envelopes.of_record(session, portal_id, record.entity_type_id, record.entity_id)
    return [row for row in found if not (row.status == "voided" and row.sent_at is None)]


def latest_for(session: Session, who: PortalUser, limit: int = 12) -> list[Envelope]:
    """Return the newest envelopes `who` sent or signs; an administrator sees all of the portal."""
    query = select(Envelope).where(
        Envelope.portal_id == who.portal_id,
        or_(Envelope.status != "voided", Envelope.sent_at.is_not(None)),
    )
    if not who.is_admin:
        mine = select(Recipient.envelope_id).where(
            Recipient.portal_id == who.portal_id, Recipient.portal_user_id == who.user_id
        )
        query = query.where(or_(Envelope.created_by == who.user_id, Envelope.id.in_(mine)))
    return list(session.execute(query.order_by(Envelope.created_at.desc()).limit(limit)).scalars())
