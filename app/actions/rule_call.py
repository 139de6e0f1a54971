"""A call of an automation rule: kept durably, then admitted to its work.

It is kept under (portal, event token) in the same transaction that asks for the work, so a repeat finds the row
and changes nothing. The door has compared the application token; whose access token came along is asked when the
work begins, not while the portal waits for our 200. Until then the token waits encrypted beside the call.
"""

from __future__ import annotations

import structlog

from app.crm import robots
from app.crm.faults import EXPIRED_TOKEN
from app.crm.robots import RobotCall
from app.errors import NotAllowed, PortalRefused, PortalUnavailable
from app.secrets import Secrets
from app.services import Services
from app.store import installations, robot_calls
from app.store.tables import RobotCallRow

REFUSED = {"status": "refused"}
"""What stands at a call that nobody answers: its access token is another app's or another portal's."""

log = structlog.get_logger()


def accept(services: Services, portal_id: str, call: RobotCall) -> str:
    """Keep `call` and ask for its work; return our id of it. The same event token again changes nothing.

    Nobody is asked anything here: the portal gets its 200 as soon as the call is on the disk.
    """
    call_id = services.new_id()
    token = call.auth_tokens.access if call.auth_tokens else ""
    row = RobotCallRow(
        id=call_id,
        portal_id=portal_id,
        event_token=call.event_token,
        code=call.code,
        entity_type_id=call.entity_type_id,
        entity_id=call.entity_id,
        properties=dict(call.properties),
        access_enc=_hidden(services.secrets, call_id, token),
        waits=call.use_subscription,
        received_at=services.now(),
    )
    with services.database.transaction() as session:
        kept = robot_calls.add_once(session, row)
        if kept is row:
            services.jobs.enqueue(session, "robot", f"robot:{row.id}", row.id)
        return kept.id


def admit(services: Services, call_id: str) -> str:
    """Return what the call's rule does (a code of core.rule), "" when the call is refused.

    Keeps the person whose token came along. A call is made once and never again, so it is worked off without a
    person when its token has grown old in a queue or the authorization server is away.
    """
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        member_id = installations.get(session, call.portal_id).member_id
    kind = "" if call.answer == REFUSED else robots.kind(call.code)
    if not kind or not call.access_enc:
        return kind
    try:
        token = services.secrets.decrypt(_purpose(call_id), call.access_enc)
        user_id = _person(services, token, member_id)
    except NotAllowed:
        log.warning("rule refused", call=call_id, portal_id=call.portal_id)
        _refuse(services, call_id)
        return ""
    with services.database.transaction() as session:
        row = robot_calls.get(session, call_id)
        row.user_id, row.access_enc = user_id, ""
    return kind


def _person(services: Services, token: str, member_id: str) -> str:
    """Return whose token it is, "" when nobody can say; raises NotAllowed for a stranger's."""
    try:
        person = services.portals.prover.prove(token)
    except PortalUnavailable:
        return ""
    except NotAllowed as error:
        if _is_expired(error):
            return ""
        raise
    if person.member_id != member_id:
        raise NotAllowed
    return person.user_id


def _is_expired(error: NotAllowed) -> bool:
    cause = error.__cause__
    return isinstance(cause, PortalRefused) and cause.code == EXPIRED_TOKEN


def _refuse(services: Services, call_id: str) -> None:
    """Nothing is done for it, and nobody is told: a stranger learns nothing."""
    with services.database.transaction() as session:
        row = robot_calls.get(session, call_id)
        row.answered_at, row.answer, row.access_enc = services.now(), dict(REFUSED), ""


def _hidden(secrets: Secrets, call_id: str, token: str) -> str:
    """Return a call's access token as its row keeps it, "" for none."""
    return secrets.encrypt(_purpose(call_id), token) if token else ""


def _purpose(call_id: str) -> str:
    return f"robot_calls.access:{call_id}"
