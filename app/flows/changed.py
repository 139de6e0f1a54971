"""changed: the record differs from what an unsigned document says; its card in the timeline says so."""

from __future__ import annotations

from app.actions.card import refresh_card
from app.flows.engine import flow, key, step


@flow("changed")
def changed(envelope_id: str) -> str:
    """Return the id of the card's activity, "" when the portal refuses cards."""
    return step(refresh_card, envelope_id, holder=key())
