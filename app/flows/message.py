"""message: carry one message, waiting as long as its channel is away."""

from __future__ import annotations

from app.actions.invite import fall_back
from app.actions.message import carry
from app.actions.notice import announce
from app.flows.engine import flow, step


@flow("message")
def message(delivery_id: str) -> str:
    """Return the delivery's final state. Who was not reached is reached by another channel.

    A colleague's bell is asked for first: it rings with the card and does not wait for a mail server.
    """
    step(announce, delivery_id)
    state = step(carry, delivery_id)
    if state == "failed":
        step(fall_back, delivery_id)
    return state
