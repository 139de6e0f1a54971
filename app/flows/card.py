"""card: show the envelope's present state on its record, and move the portal's own automation on."""

from __future__ import annotations

from app.actions.card import show_card
from app.actions.robot import answer_if_due
from app.flows.engine import flow, key, step


@flow("card")
def card(envelope_id: str, anew: str = "") -> str:
    """Return the id of the card's activity, "" when the portal refuses cards.

    anew: show it even without a new event, as after a delivery receipt.
    """
    try:
        return step(show_card, envelope_id, holder=key(), anew=bool(anew))
    finally:
        # A rule must not wait for ever because a card could not be shown.
        step(answer_if_due, envelope_id)
