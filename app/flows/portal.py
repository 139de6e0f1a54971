"""look_after, reconcile, farewell, erase: the life of the app on one portal, after its doors were answered."""

from __future__ import annotations

from app.actions.install import match
from app.actions.portal_care import confirm_gone, parting_reason
from app.actions.portal_care import erase as erase_portal
from app.actions.portal_care import look_after as look
from app.actions.void import void
from app.errors import Refused
from app.flows.engine import flow, step


@flow("look_after")
def look_after(portal_id: str) -> str:
    """Return the installation's state after a look."""
    return step(look, portal_id)


@flow("reconcile")
def reconcile(portal_id: str) -> int:
    """Make the portal match install.json; return how many changes that took."""
    return step(match, portal_id)


@flow("farewell")
def farewell(portal_id: str, closed_at: str) -> int:
    """Void what waits on a portal that is truly gone; return how many envelopes those were."""
    waiting = step(confirm_gone, portal_id, closed_at)
    reason = step(parting_reason, portal_id)
    for envelope_id in waiting:
        try:
            step(void, envelope_id, actor="system", reason=reason)
        except Refused:
            continue
    return len(waiting)


@flow("erase")
def erase(portal_id: str, closed_at: str) -> int:
    """Return how many rows of a gone portal were deleted."""
    return step(erase_portal, portal_id, closed_at)
