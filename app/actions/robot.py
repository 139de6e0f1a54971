"""The automation rule: accept its call durably, and answer it.

A call is kept under (portal, event token) in the same transaction that asks for the work, so a repeat finds the
row and changes nothing. The answer goes out once; a token that was answered already counts as answered.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.envelope import Status, is_final
from app.crm import robots
from app.crm.faults import EXPIRED_TOKEN
from app.crm.robots import RobotCall
from app.errors import NotAllowed, PortalRefused, PortalUnavailable
from app.services import Services
from app.store import envelopes, installations, robot_calls
from app.store.tables import Envelope, Recipient, RobotCallRow
from app.texts import best_language, translator

WAIT_SENT = "sent"


def accept(services: Services, portal_id: str, call: RobotCall) -> str:
    """Keep `call` and ask for its work; return our id of it. The same event token again changes nothing.

    Raises NotAllowed when the call carries an access token of another app or portal.
    """
    user_id = _acting_user(services, call)
    with services.database.transaction() as session:
        row = RobotCallRow(
            id=services.new_id(),
            portal_id=portal_id,
            event_token=call.event_token,
            code=call.code,
            entity_type_id=call.entity_type_id,
            entity_id=call.entity_id,
            properties=dict(call.properties),
            user_id=user_id,
            waits=call.use_subscription,
            received_at=services.now(),
        )
        kept = robot_calls.add_once(session, row)
        if kept is row:
            services.jobs.enqueue(session, "robot", f"robot:{row.id}", row.id)
        return kept.id


def _acting_user(services: Services, call: RobotCall) -> str:
    """Return the person whose access token came with the call, proven; "" when none did.

    A call is made once and never again, so it is kept without a person when its token has grown old in the
    portal's queue or the authorization server is away.
    """
    if call.auth_tokens is None:
        return ""
    try:
        person = services.portals.prover.prove(call.auth_tokens.access)
    except PortalUnavailable:
        return ""
    except NotAllowed as error:
        if _is_expired(error):
            return ""
        raise
    if person.member_id != call.member_id:
        raise NotAllowed
    return person.user_id


def _is_expired(error: NotAllowed) -> bool:
    cause = error.__cause__
    return isinstance(cause, PortalRefused) and cause.code == EXPIRED_TOKEN


def answer_failure(services: Services, call_id: str, reason: str) -> None:
    """Tell the rule that nothing was sent, and why, in words a manager understands."""
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        lang = installations.get(session, call.portal_id).lang
    said = translator(best_language(lang))(reason)
    _answer(services, call_id, {"status": "failed", "reason": said, "error": said}, said)


def answer_if_due(services: Services, envelope_id: str) -> bool:
    """Answer the rule an envelope came from, when what it waits for has happened; return whether it did."""
    with services.database.reading() as session:
        call = robot_calls.of_envelope(session, envelope_id)
        if call is None or call.answered_at is not None:
            return False
        envelope = envelopes.get(session, envelope_id)
        people = envelopes.recipients(session, envelope_id)
    if not _is_due(call, envelope):
        return False
    values = _values(services, envelope, people)
    _answer(services, call.id, values, values["reason"] or values["status"])
    return True


def _is_due(call: RobotCallRow, envelope: Envelope) -> bool:
    if is_final(Status(envelope.status)) or envelope.prepare_state == "failed":
        return True
    waits_for = str(call.properties.get("wait", "")) or WAIT_SENT
    return waits_for == WAIT_SENT and envelope.status != Status.DRAFT


def _values(services: Services, envelope: Envelope, people: list[Recipient]) -> dict[str, str]:
    failed = envelope.prepare_state == "failed"
    signed = [person.name for person in people if person.signed_at]
    base = services.settings.base_url
    is_sealed = envelope.status == Status.SEALED
    return {
        "status": "failed" if failed else envelope.status,
        "reason": envelope.prepare_error if failed else envelope.reason,
        "signer": ", ".join(signed),
        "document_url": f"{base}/placements/open/{envelope.id}" if is_sealed else "",
        "sign_url": "",
        "envelope_number": envelope.number,
        "error": envelope.prepare_error if failed else "",
    }


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
            if error.code != "ACCESS_DENIED":
                raise
    with services.database.transaction() as session:
        row = robot_calls.get(session, call_id)
        row.answered_at, row.answer = services.now(), dict(values)
