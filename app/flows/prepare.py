"""prepare: source → filled → printed, with its fields found; then, for "Use this layout" and rules, sent."""

from __future__ import annotations

from app.actions.fetch import fetch_source
from app.actions.print import fill_document, give_up, print_document
from app.actions.robot import answer_if_due
from app.actions.rule_help import ask_for_help, say_so, trouble_with
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
    if state in ("failed", "asking"):
        _tell(envelope_id)
    return state


def _tell(envelope_id: str) -> None:
    """A rule that made it does not wait for the person who must look now; that person has a task."""
    step(answer_if_due, envelope_id)
    call_id = step(trouble_with, envelope_id)
    if call_id:
        step(ask_for_help, call_id)
        step(say_so, call_id)
