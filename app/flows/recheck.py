"""recheck: a record changed in the CRM while a document about it is under way."""

from __future__ import annotations

from app.actions.change_guard import recheck as compare
from app.flows.engine import flow, step


@flow("recheck")
def recheck(envelope_id: str) -> str:
    """Return what differs from the document, with commas."""
    return step(compare, envelope_id)
