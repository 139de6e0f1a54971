"""receipt, task, notice: what became of a message, who must help when it did not arrive, and the portal's bell."""

from __future__ import annotations

from app.actions.invite import fall_back
from app.actions.notice import ring
from app.actions.receipts import look
from app.actions.task import add_task
from app.flows.engine import flow, step


@flow("receipt")
def receipt(delivery_id: str) -> str:
    """Return what is known: "delivered", "failed", "late" or "accepted"."""
    known = step(look, delivery_id)
    if known in ("failed", "late"):
        step(fall_back, delivery_id)
    return known


@flow("task")
def task(recipient_id: str) -> str:
    """Return the id of the task that the responsible was given, "" when the portal refuses."""
    return step(add_task, recipient_id)


@flow("notice")
def notice(delivery_id: str) -> bool:
    """Return whether a colleague's bell rang for a message to them."""
    return step(ring, delivery_id)
