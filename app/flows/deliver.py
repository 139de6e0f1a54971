"""deliver: invite whose turn it is. Each message is a flow of its own."""

from __future__ import annotations

from app.actions.invite import invite
from app.flows.engine import flow, step


@flow("deliver")
def deliver(envelope_id: str) -> list[str]:
    """Return the ids of the deliveries that were made."""
    return step(invite, envelope_id)
