"""What a rule that waits is told by a call of its own. What happens on the record rides with its card."""

from __future__ import annotations

from collections.abc import Mapping

from app import rule_answers
from app.core import rule
from app.services import Services
from app.store import envelopes, installations, robot_calls
from app.texts import best_language, translator


def answer_failure(
    services: Services, call_id: str, sentence: str, values: Mapping[str, str]
) -> str:
    """Tell the rule that nothing was done, and why, in its portal's language; return what it was told.

    sentence: a msgid; `values` fill it.
    """
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        lang = installations.get(session, call.portal_id).lang
    said = translator(best_language(lang))(rule.reason(sentence)).format_map(dict(values))
    _answer(services, call_id, {"status": "failed", "reason": said, "error": said}, said)
    return said


def answer_with(services: Services, call_id: str, status: str, envelope_ids: list[str]) -> None:
    """Tell a rule that voids, reminds or waits what came of it, for these envelopes of its record."""
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        lang = installations.get(session, call.portal_id).lang
        found = [envelopes.get(session, one).number for one in envelope_ids]
    say = translator(best_language(lang))
    values = {
        "status": status if found else "none",
        "reason": "" if found else say(rule.NOTHING_OUT),
        "count": str(len(found)),
        "envelope_number": ", ".join(found),
    }
    _answer(services, call_id, values, values["reason"] or values["envelope_number"])


def answer_late(services: Services, call_id: str) -> bool:
    """Let a rule go on that has waited as long as it may; return whether it still waited."""
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        if call.answered_at is not None or not call.envelope_id:
            return False
        envelope = envelopes.get(session, call.envelope_id)
        people = envelopes.recipients(session, call.envelope_id)
        portal = installations.get(session, call.portal_id)
    say = translator(best_language(portal.lang))
    reason = say("Nothing was decided in the time that this rule waits.")
    told = rule_answers.values(services, call, envelope, people, portal)
    _answer(services, call_id, {**told, "status": "late", "reason": reason}, reason)
    return True


def answer_if_due(services: Services, envelope_id: str) -> bool:
    """Answer the rules that wait for an envelope, when what they wait for has happened; return whether any was.

    One that goes on waiting gets a line in its log: for whom.
    """
    replies = rule_answers.due(services, envelope_id)
    for reply in replies:
        rule_answers.give(services, reply)
    return any(reply.ends for reply in replies)


def _answer(services: Services, call_id: str, values: Mapping[str, str], message: str) -> None:
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
    if call.answered_at is None:
        rule_answers.give(services, rule_answers.answer(call, values, message))
