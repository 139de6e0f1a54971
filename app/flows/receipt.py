"""receipt, task: what became of a message, and who must help when it did not arrive."""

from __future__ import annotations

from app.actions.invite import fall_back
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
