"""prepare: source → filled → printed, with its fields found; then, for "Use this layout" and rules, sent."""

from __future__ import annotations

from app.actions.fetch import fetch_source
from app.actions.print import fill_document, give_up, print_document
from app.actions.robot import answer_if_due
from app.actions.send import send_prepared
from app.errors import ParaphError
from app.flows.engine import flow, step


@flow("prepare")
def prepare(envelope_id: str) -> str:
    """Return how it ended: "ready", "asking", "failed" or "sent"."""
    try:
        step(fetch_source, envelope_id)
        step(fill_document, envelope_id)
        state = step(print_document, envelope_id)
        if state == "ready":
            state = step(send_prepared, envelope_id)
    except ParaphError as error:
        step(give_up, envelope_id, str(error))
        state = "failed"
    if state == "failed":
        step(answer_if_due, envelope_id)
    return state
