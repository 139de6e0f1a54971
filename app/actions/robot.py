"""What a rule that waits is told, and when. The answer goes out once; a token that was answered already counts as
answered.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from app.core import rule
from app.core.envelope import Role, Status, is_final, whose_turn
from app.core.record import RecordKey, record_path
from app.crm import robots
from app.errors import PortalRefused
from app.services import Services
from app.store import envelopes, installations, robot_calls
from app.store.tables import Envelope, Installation, Recipient, RobotCallRow
from app.texts import Translate, best_language, translator

ANSWERED = "ACCESS_DENIED"
"""What a portal says of an event token that was used, or that it forgot."""


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
    told = {**_values(services, call, envelope, people, portal), "status": "late"}
    _answer(services, call_id, {**told, "reason": reason}, reason)
    return True


def answer_if_due(services: Services, envelope_id: str) -> bool:
    """Answer the rules that wait for an envelope, when what they wait for has happened; return whether any was.

    One that goes on waiting gets a line in its log: for whom.
    """
    with services.database.reading() as session:
        calls = robot_calls.unanswered(session, envelope_id)
        if not calls:
            return False
        envelope = envelopes.get(session, envelope_id)
        people = envelopes.recipients(session, envelope_id)
        portal = installations.get(session, envelope.portal_id)
    answered = False
    for call in calls:
        if _outcome(call, envelope):
            values = _values(services, call, envelope, people, portal)
            _answer(services, call.id, values, values["reason"] or values["status"])
            answered = True
        elif call.waits and envelope.status != Status.DRAFT:
            _log(services, call, people, translator(best_language(portal.lang)))
    return answered


def _outcome(call: RobotCallRow, envelope: Envelope) -> str:
    waits_only = robots.kind(call.code) == rule.WAIT
    found = rule.outcome(
        status=envelope.status,
        prepare_state=envelope.prepare_state,
        wait="finished" if waits_only else rule.read(call.properties).wait,
        is_final=is_final(Status(envelope.status)),
    )
    is_older = envelope.created_at < call.received_at
    return "already_out" if is_older and found == Status.SENT and not waits_only else found


def _values(
    services: Services,
    call: RobotCallRow,
    envelope: Envelope,
    people: list[Recipient],
    portal: Installation,
) -> dict[str, str]:
    say = translator(best_language(portal.lang))
    status = _outcome(call, envelope)
    wrong = (
        say(rule.reason(envelope.prepare_error or rule.ASKS))
        if status in ("failed", "asking")
        else ""
    )
    out = say(rule.OUT_ALREADY) if status == "already_out" else ""
    signed = [(one.name, one.signed_at is not None) for one in people if one.role == Role.SIGNER]
    origin = portal.client_endpoint.rstrip("/").removesuffix("/rest")
    is_sealed = envelope.status == Status.SEALED
    done = envelope.finished_at or envelope.sent_at
    return {
        "status": status,
        "reason": wrong or out or envelope.reason,
        "signer": rule.signed_by(signed),
        "time": done.isoformat(timespec="seconds") if done else "",
        "link": origin + record_path(RecordKey(envelope.entity_type_id, envelope.entity_id)),
        "document_url": f"{services.settings.base_url}/placements/open/{envelope.id}"
        if is_sealed
        else "",
        "envelope_number": envelope.number,
        "error": wrong,
    }


def _log(services: Services, call: RobotCallRow, people: list[Recipient], say: Translate) -> None:
    """Write into the waiting rule's log whom it waits for, when that has changed."""
    turn = {seat.id for seat in whose_turn(envelopes.seats(people))}
    names = ", ".join(one.name for one in people if one.id in turn)
    line = say("Waiting for the signature of {names}.").format(names=names)
    if not names or (call.answer or {}).get("log") == line:
        return
    # Where logging is off, or the rule was stopped, it learns the outcome all the same.
    with contextlib.suppress(PortalRefused):
        robots.log(services.portals.client(call.portal_id), call.event_token, line)
    with services.database.transaction() as session:
        row = robot_calls.get(session, call.id)
        if row.answered_at is None:
            row.answer = {"log": line}


def _answer(services: Services, call_id: str, values: Mapping[str, str], message: str) -> None:
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
    if call.answered_at is not None:
        return
    if call.waits:
        try:
            client = services.portals.client(call.portal_id)
            robots.answer(client, call.event_token, values, message)
        except PortalRefused as error:
            # A token answered before a crash is refused now: that is the outcome we wanted.
            if error.code != ANSWERED:
                raise
    with services.database.transaction() as session:
        row = robot_calls.get(session, call_id)
        row.answered_at, row.answer = services.now(), dict(values)
