"""The audit chain: append, read. Links are never changed or removed; the database's triggers refuse it too.

The details of an event (address, browser, names) stand in a table of their own: they may be erased, never changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.core import evidence
from app.core.evidence import AuditEvent, EventKind
from app.store.tables import AuditDetails, AuditRow, Envelope

LINK = ("envelope_id", "number", "kind", "at", "actor", "commitment", "previous", "hash")
DETAILS = ("ip", "browser", "data", "salt")
_ERASED: Mapping[str, Any] = {"ip": "", "browser": "", "data": {}, "salt": "", "is_erased": True}
_SALT_BYTES = 16


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
        salt=secrets.token_hex(_SALT_BYTES),
    )
    _add(session, event, envelope.portal_id)
    return event


def _add(session: Session, event: AuditEvent, portal_id: str) -> None:
    link = {name: getattr(event, name) for name in LINK}
    session.add(AuditRow(**{**link, "kind": event.kind.value, "portal_id": portal_id}))
    session.flush()
    details = {name: getattr(event, name) for name in DETAILS}
    session.add(
        AuditDetails(
            envelope_id=event.envelope_id, number=event.number, portal_id=portal_id, **details
        )
    )
    session.flush()


def events(session: Session, envelope_id: str) -> list[AuditEvent]:
    """Return the whole chain of an envelope, first event first."""
    query = _joined().where(AuditRow.envelope_id == envelope_id).order_by(AuditRow.number)
    return [_event(*row) for row in session.execute(query)]


def last(session: Session, envelope_id: str) -> AuditEvent | None:
    """Return the head of the chain, or None before the first event."""
    query = _joined().where(AuditRow.envelope_id == envelope_id)
    row = session.execute(query.order_by(AuditRow.number.desc()).limit(1)).first()
    return _event(*row) if row else None


def chain_ids(session: Session) -> list[str]:
    """Return the ids of all envelopes of all portals that have events."""
    return list(session.execute(select(AuditRow.envelope_id).distinct()).scalars())


def without_chain(session: Session) -> list[str]:
    """Return the ids of envelopes that left the draft and have no event."""
    query = select(Envelope.id).outerjoin(AuditRow, AuditRow.envelope_id == Envelope.id)
    found = session.execute(query.where(AuditRow.number.is_(None), Envelope.status != "draft"))
    return list(found.scalars())


def loose_details(session: Session) -> list[tuple[str, int]]:
    """Return envelope and number of details that belong to no event."""
    joined = select(AuditDetails.envelope_id, AuditDetails.number).outerjoin(
        AuditRow,
        (AuditRow.envelope_id == AuditDetails.envelope_id)
        & (AuditRow.number == AuditDetails.number),
    )
    found = session.execute(joined.where(AuditRow.number.is_(None)))
    return [(envelope_id, number) for envelope_id, number in found]


def erase_details(session: Session, envelope_id: str, *, naming: frozenset[str]) -> int:
    """Erase the details of the chain's events that are by, or tell of, one of `naming`; return how many.

    naming: actors ("recipient:<id>") and words that stand in the details (a name, an address).
    """
    named = [one.number for one in events(session, envelope_id) if _tells_of(one, naming)]
    here = AuditDetails.envelope_id == envelope_id
    session.execute(delete(AuditDetails).where(here, AuditDetails.number.in_(named)))
    return len(named)


def _tells_of(event: AuditEvent, naming: frozenset[str]) -> bool:
    """Events of the first form are left: their hash covers the details themselves."""
    if event.is_erased or not event.commitment:
        return False
    return event.actor in naming or any(
        name in str(value) for value in event.data.values() for name in naming
    )


def _joined() -> Select[AuditRow, AuditDetails]:
    same = (AuditDetails.envelope_id == AuditRow.envelope_id) & (
        AuditDetails.number == AuditRow.number
    )
    return select(AuditRow, AuditDetails).outerjoin(AuditDetails, same)


def _event(link: AuditRow, details: AuditDetails | None) -> AuditEvent:
    values = {name: getattr(link, name) for name in LINK}
    kept = {name: getattr(details, name) for name in DETAILS} if details else _ERASED
    return AuditEvent(**{**values, **kept, "kind": EventKind(link.kind)})
