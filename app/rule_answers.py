"""What the rules that wait for an envelope are to be told, as commands for a call, and what became of them.

Between the tools and the actions, as card_words.py is: the card's call takes an answer along, or it goes by
itself. An answer goes out once; a token that was answered already counts as answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.core import rule
from app.core.envelope import Role, Status, is_final, whose_turn
from app.core.record import RecordKey, record_path
from app.crm import robots
from app.crm.client import Command
from app.errors import PortalError, PortalRefused
from app.services import Services
from app.store import envelopes, installations, robot_calls
from app.store.tables import Envelope, Installation, Recipient, RobotCallRow
from app.texts import Translate, best_language, translator

ANSWERED: Final = "ACCESS_DENIED"
"""What a portal says of an event token that was used, or that it forgot."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What one rule is to be told. command: None where nobody waits for it, so that it is only kept.

    ends: whether the rule goes on with it; else it is a line of its log, and the rule waits on.
    """

    call_id: str
    portal_id: str
    command: Command | None
    values: Mapping[str, str]
    ends: bool = True


def due(services: Services, envelope_id: str) -> list[Reply]:
    """Return what the rules that wait for an envelope are to be told now: an outcome, or for whom they wait."""
    with services.database.reading() as session:
        calls = robot_calls.unanswered(session, envelope_id)
        if not calls:
            return []
        envelope = envelopes.get(session, envelope_id)
        people = envelopes.recipients(session, envelope_id)
        portal = installations.get(session, envelope.portal_id)
    found = (_reply(services, call, envelope, people, portal) for call in calls)
    return [one for one in found if one is not None]


def answer(call: RobotCallRow, values: Mapping[str, str], message: str) -> Reply:
    """Return the answer to a rule: `values` by the names under "returns" of the manifest."""
    command = robots.answer_command(call.event_token, values, message) if call.waits else None
    return Reply(call.id, call.portal_id, command, values)


def settle(services: Services, reply: Reply, error: PortalError | None) -> bool:
    """Keep what became of a reply; return whether that settles it. error: how its command failed, if it did."""
    if error is not None and not _is_taken(reply, error):
        return False
    with services.database.transaction() as session:
        row = robot_calls.get(session, reply.call_id)
        if row.answered_at is None:
            row.answer = dict(reply.values)
            row.answered_at = services.now() if reply.ends else None
    return True


def give(services: Services, reply: Reply) -> None:
    """Tell a rule by a call of its own. Raises a PortalError other than "answered already"."""
    error: PortalError | None = None
    if reply.command is not None:
        try:
            services.portals.client(reply.portal_id).call(*reply.command)
        except PortalError as failed:
            error = failed
    if not settle(services, reply, error) and error is not None:
        raise error


def values(
    services: Services,
    call: RobotCallRow,
    envelope: Envelope,
    people: Sequence[Recipient],
    portal: Installation,
) -> dict[str, str]:
    """Return what a rule is told of an envelope, by the names under "returns" of the manifest."""
    say = translator(best_language(portal.lang))
    status = outcome(call, envelope)
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


def outcome(call: RobotCallRow, envelope: Envelope) -> str:
    """Return what a rule's status is called now, "" while it has to wait."""
    waits_only = robots.kind(call.code) == rule.WAIT
    found = rule.outcome(
        status=envelope.status,
        prepare_state=envelope.prepare_state,
        wait="finished" if waits_only else rule.read(call.properties).wait,
        is_final=is_final(Status(envelope.status)),
    )
    is_older = envelope.created_at < call.received_at
    return "already_out" if is_older and found == Status.SENT and not waits_only else found


def _is_taken(reply: Reply, error: PortalError) -> bool:
    """An outcome counts as told when the token was used before: so does a try cut short find itself.

    A line of the log is not asked for again where logging is off, or the rule was stopped: it learns the outcome
    all the same.
    """
    if reply.ends:
        return isinstance(error, PortalRefused) and error.code == ANSWERED
    return isinstance(error, PortalRefused)


def _reply(
    services: Services,
    call: RobotCallRow,
    envelope: Envelope,
    people: Sequence[Recipient],
    portal: Installation,
) -> Reply | None:
    if outcome(call, envelope):
        told = values(services, call, envelope, people, portal)
        return answer(call, told, told["reason"] or told["status"])
    if call.waits and envelope.status != Status.DRAFT:
        return _line(call, people, translator(best_language(portal.lang)))
    return None


def _line(call: RobotCallRow, people: Sequence[Recipient], say: Translate) -> Reply | None:
    """Return the line that says whom the rule waits for, when that has changed."""
    turn = {seat.id for seat in whose_turn(envelopes.seats(people))}
    names = ", ".join(one.name for one in people if one.id in turn)
    line = say("Waiting for the signature of {names}.").format(names=names)
    if not names or (call.answer or {}).get("log") == line:
        return None
    command = robots.log_command(call.event_token, line)
    return Reply(call.id, call.portal_id, command, {"log": line}, ends=False)
