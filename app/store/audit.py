"""The audit chain: append, read. Rows are never changed; the database's triggers refuse it too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import evidence
from app.core.evidence import AuditEvent, EventKind
from app.store.tables import AuditRow, Envelope


def record(
    session: Session,
    envelope: Envelope,
    kind: EventKind,
    *,
    at: datetime,
    actor: str,
    ip: str = "",
    browser: str = "",
    data: Mapping[str, str] | None = None,
) -> AuditEvent:
    """Append one event to the chain of `envelope` and return it. The envelope must be locked."""
    event = evidence.append(
        last(session, envelope.id),
        envelope_id=envelope.id,
        kind=kind,
        at=at,
        actor=actor,
        ip=ip,
        browser=browser[:400],
        data=data,
    )
    values = {name: getattr(event, name) for name in AuditEvent.__slots__}
    session.add(AuditRow(**{**values, "kind": kind.value, "portal_id": envelope.portal_id}))
    session.flush()
    return event


def events(session: Session, envelope_id: str) -> list[AuditEvent]:
    """Return the whole chain of an envelope, first event first."""
    query = select(AuditRow).where(AuditRow.envelope_id == envelope_id)
    return [_event(row) for row in session.execute(query.order_by(AuditRow.number)).scalars()]


def last(session: Session, envelope_id: str) -> AuditEvent | None:
    """Return the head of the chain, or None before the first event."""
    query = select(AuditRow).where(AuditRow.envelope_id == envelope_id)
    row = session.execute(query.order_by(AuditRow.number.desc()).limit(1)).scalar_one_or_none()
    return _event(row) if row else None


def _event(row: AuditRow) -> AuditEvent:
    values = {name: getattr(row, name) for name in AuditEvent.__slots__}
    return AuditEvent(**{**values, "kind": EventKind(row.kind)})
