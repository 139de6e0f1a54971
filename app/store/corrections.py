"""Queries on corrections: what signers corrected, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.errors import NotFound
from app.store.database import Session
from app.store.tables import Correction

OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"


def waiting(session: Session, envelope_ids: Sequence[str]) -> list[Correction]:
    """Return the corrections of these envelopes that nobody has answered, in the order they came."""
    if not envelope_ids:
        return []
    query = select(Correction).where(
        Correction.envelope_id.in_(envelope_ids), Correction.state == OPEN
    )
    return list(session.execute(query.order_by(Correction.created_at, Correction.id)).scalars())


def locked(session: Session, envelope_id: str, correction_id: str) -> Correction:
    """Return the correction of this envelope, locked until the commit; raises NotFound."""
    query = select(Correction).where(
        Correction.id == correction_id, Correction.envelope_id == envelope_id
    )
    found = session.execute(query.with_for_update()).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found
