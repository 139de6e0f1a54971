"""robot: an automation rule's call becomes an envelope, unattended."""

from __future__ import annotations

from app.actions.prepare import draft_for_rule
from app.actions.robot import answer_failure
from app.errors import ParaphError
from app.flows.engine import flow, step


@flow("robot")
def robot(call_id: str) -> str:
    """Return the envelope's id; "" when none could be made, which the rule is told."""
    try:
        return step(draft_for_rule, call_id)
    except ParaphError as error:
        step(answer_failure, call_id, str(error))
        return ""
