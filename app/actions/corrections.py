"""Corrections: what a signer corrected is taken over into the CRM by a colleague, with that colleague's rights."""

from __future__ import annotations

from app.core import corrections as rules
from app.core import snapshot
from app.core.corrections import Target
from app.core.record import PortalUser, RecordKey
from app.crm.changes import change
from app.errors import WrongState
from app.services import Services
from app.store import corrections, drafts
from app.store import signing as store
from app.store.database import Session
from app.store.tables import Correction, Envelope

NOT_FROM_HERE = "This value cannot be changed from here. Please change it on its record."


def accept(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str, correction_id: str
) -> None:
    """Write the value into the CRM with this person's own rights, and settle it; again: nothing changes.

    Raises WrongState where we cannot change it, PortalErrors: then it stays open.
    """
    with services.database.reading() as session:
        envelope = drafts.on_record(session, who, record, envelope_id)
        row = corrections.locked(session, envelope_id, correction_id)
        person = store.recipient(session, row.recipient_id)
    if row.state != corrections.OPEN:
        return
    target = _target(services, envelope, row, person.contact_id)
    change(
        services.portals.client(who.portal_id, who.user_id),
        target,
        before=row.before,
        after=row.after,
    )
    with services.database.transaction() as session:
        _settle(services, session, who, (envelope_id, correction_id), corrections.ACCEPTED)


def refuse(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str, correction_id: str
) -> None:
    """Leave the CRM as it is; the correction is not shown again."""
    with services.database.transaction() as session:
        drafts.on_record(session, who, record, envelope_id)
        _settle(services, session, who, (envelope_id, correction_id), corrections.REFUSED)


def _target(services: Services, envelope: Envelope, row: Correction, contact_id: str) -> Target:
    if not envelope.snapshot_digest:
        raise WrongState(NOT_FROM_HERE)
    taken = snapshot.from_json(services.files.get(envelope.snapshot_digest))
    found = rules.target(row.crm_name, taken, contact_id=contact_id)
    if found is None:
        raise WrongState(NOT_FROM_HERE)
    return found


def _settle(
    services: Services, session: Session, who: PortalUser, ids: tuple[str, str], state: str
) -> None:
    row = corrections.locked(session, *ids)
    if row.state == corrections.OPEN:
        row.state, row.decided_at, row.decided_by = state, services.now(), who.user_id
