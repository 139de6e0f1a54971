"""robot: a call of an automation rule becomes what the rule does, unattended: sends, voids, reminds, waits."""

from __future__ import annotations

from app.actions.invite import remind_waiting
from app.actions.prepare import draft_for_rule
from app.actions.robot import answer_failure, answer_if_due, answer_late, answer_with
from app.actions.rule_call import admit
from app.actions.rule_help import ask_for_help, say_so
from app.actions.rule_targets import attach, targets, to_replace, void_reason
from app.actions.void import void
from app.core import rule
from app.errors import ParaphError, Refused
from app.flows.engine import flow, step

REPLACED = "Replaced by a new document."


@flow("robot")
def robot(call_id: str) -> str:
    """Return the envelope's id; "" when there is none, which the rule is told."""
    try:
        kind = step(admit, call_id)
        return _DOES.get(kind, _send)(call_id) if kind else ""
    except ParaphError as error:
        values = {key: str(value) for key, value in error.values.items()}
        step(answer_failure, call_id, error.message_key, values)
        step(ask_for_help, call_id)
        step(say_so, call_id)
        return ""


@flow("rule_late")
def rule_late(call_id: str) -> bool:
    """Return whether the rule still waited; it does not any more."""
    return step(answer_late, call_id)


def _send(call_id: str) -> str:
    for old in step(to_replace, call_id):
        _void(old, REPLACED)
    envelope_id = step(draft_for_rule, call_id)
    step(answer_if_due, envelope_id)
    return envelope_id


def _end(call_id: str) -> str:
    found, reason = step(targets, call_id), step(void_reason, call_id)
    ended = [one for one in found if _void(one, reason)]
    step(answer_with, call_id, "voided", ended)
    return ended[0] if ended else ""


def _remind(call_id: str) -> str:
    found = [one for one in step(targets, call_id) if step(remind_waiting, one, f"rule:{call_id}")]
    step(answer_with, call_id, "reminded", found)
    return found[0] if found else ""


def _wait(call_id: str) -> str:
    found = step(targets, call_id)
    if not found:
        step(answer_with, call_id, "none", found)
        return ""
    step(attach, call_id, found[0])
    step(answer_if_due, found[0])
    return found[0]


def _void(envelope_id: str, reason: str) -> bool:
    try:
        step(void, envelope_id, actor="system", reason=reason)
    except Refused:
        return False
    return True


_DOES = {rule.SEND: _send, rule.VOID: _end, rule.REMIND: _remind, rule.WAIT: _wait}
