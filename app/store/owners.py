"""Whose a thing is: the portal behind an id, whatever it names."""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from app.store.tables import (
    Delivery,
    Envelope,
    Installation,
    ManyRun,
    Recipient,
    RobotCallRow,
)

Owned = Envelope | Delivery | Recipient | RobotCallRow | Installation | ManyRun
KINDS: tuple[type[Owned], ...] = (
    Envelope,
    Delivery,
    Recipient,
    RobotCallRow,
    Installation,
    ManyRun,
)
"""What flows are asked for, the most frequent first. Ids are random, so no two kinds share one."""


def portal_of(session: Session, some_id: str) -> str:
    """Return the portal that `some_id` belongs to; "" when it names nothing of a portal.

    What the transaction has read or added already is found without a query.
    """
    for row in session.new:
        if isinstance(row, KINDS) and _id(row) == some_id:
            return row.portal_id
    with session.no_autoflush:
        for kind in KINDS:
            found = cast("Owned | None", session.get(kind, some_id))
            if found is not None:
                return found.portal_id
    return ""


def _id(row: Owned) -> str:
    return row.portal_id if isinstance(row, Installation) else row.id
