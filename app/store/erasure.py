"""What goes when a portal has gone: settings, layouts, templates, logs, tokens. Signed evidence stays.

The audit is append-only, so envelopes stay until their own retention ends; what is nobody's evidence goes now.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.envelope import Status
from app.store import company_keys
from app.store.tables import (
    BegunForm,
    Correction,
    Envelope,
    KeptSignature,
    Layout,
    ManyRun,
    MessageText,
    OurCompanyRow,
    PortalEventRow,
    PortalToken,
    RateLimit,
    RestCallRow,
    RobotCallRow,
    Template,
)

FORGOTTEN = (
    BegunForm,
    Correction,
    MessageText,
    RestCallRow,
    RateLimit,
    PortalEventRow,
    RobotCallRow,
    ManyRun,
    Layout,
    Template,
    OurCompanyRow,
    KeptSignature,
    PortalToken,
)


def undecided(session: Session, portal_id: str) -> list[str]:
    """Return the ids of the portal's envelopes that still wait for somebody."""
    waiting = (Status.DRAFT.value, Status.SENT.value)
    query = select(Envelope.id).where(Envelope.portal_id == portal_id, Envelope.status.in_(waiting))
    return list(session.execute(query).scalars())


def erase(session: Session, portal_id: str) -> int:
    """Delete everything of the portal that is no evidence, and return how many rows that were."""
    deleted = 0
    for table in FORGOTTEN:
        found = session.execute(delete(table).where(table.portal_id == portal_id))
        deleted += int(getattr(found, "rowcount", 0))
    company_keys.forget_portal(session, portal_id)
    return deleted
