"""Automation rules: the call of a rule as a value, and our answer to a rule that waits.

A portal calls the rule's subject a "document"; here it is a CRM record.
Source: api-reference/bizproc/bizproc-robot; both official SDKs' payload types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.crm.client import Command, CrmClient
from app.crm.doors import AuthTokens, FrameCall, PortalEvent, auth_tokens, parse_event, parse_frame
from app.crm.php import list_at, parse_fields, text_at
from app.errors import BadInput

__all__ = [
    "AuthTokens",
    "FrameCall",
    "PortalEvent",
    "RobotCall",
    "answer",
    "parse_event",
    "parse_frame",
    "parse_robot_call",
]

MAX_PROPERTIES: Final = 40
MAX_TEXT: Final = 4_000
AS_ACTIVITY: Final = "_activity"
"""Ends the code of a rule's twin in the process designer: on a portal a code exists once."""
_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,80}")
_RECORD: Final = re.compile(
    r"(LEAD|DEAL|CONTACT|COMPANY|QUOTE|SMART_INVOICE|DYNAMIC_(\d{1,6}))_(\d{1,12})",
    re.ASCII,
)
_TYPES: Final = {"LEAD": 1, "DEAL": 2, "CONTACT": 3, "COMPANY": 4, "QUOTE": 7, "SMART_INVOICE": 31}


@dataclass(frozen=True, slots=True)
class RobotCall:
    """One run of our rule on one record. `event_token` names the run; the same one may come twice."""

    member_id: str
    application_token: str = field(repr=False)
    event_token: str = field(repr=False)
    code: str
    entity_type_id: int
    entity_id: str
    properties: dict[str, str | list[str]]
    use_subscription: bool
    """Whether the rule waits for `answer`."""
    user_id: str
    auth_tokens: AuthTokens | None


def parse_robot_call(form: Mapping[str, object]) -> RobotCall:
    """Return the call out of a form of flat PHP keys (key -> texts) or a JSON object.

    Raises BadInput for anything malformed: odd types, missing parts, unknown kinds of record, too much.
    """
    body = parse_fields(form)
    entity_type_id, entity_id = _record(list_at(body, "document_id"))
    call = RobotCall(
        member_id=text_at(body, "auth", "member_id", limit=64),
        application_token=text_at(body, "auth", "application_token", limit=256),
        event_token=text_at(body, "event_token", limit=255),
        code=text_at(body, "code", limit=80),
        entity_type_id=entity_type_id,
        entity_id=entity_id,
        properties=_properties(body.get("properties", {})),
        use_subscription=text_at(body, "use_subscription", limit=8).upper() in ("Y", "1", "TRUE"),
        user_id=text_at(body, "auth", "user_id", limit=20),
        auth_tokens=auth_tokens(body),
    )
    if not (call.member_id and call.event_token and _CODE.fullmatch(call.code)):
        raise BadInput(field="event_token")
    return call


def answer(client: CrmClient, event_token: str, values: Mapping[str, str], message: str) -> None:
    """Give the waiting rule its results and let it go on.

    values: by the names under "returns" of the manifest. Raises PortalRefused with ACCESS_DENIED for a token that
    is answered already or has expired: to a second try that means done.
    """
    client.call(*answer_command(event_token, values, message))


def answer_command(event_token: str, values: Mapping[str, str], message: str) -> Command:
    """Return `answer` as a command for a batch."""
    told = {"EVENT_TOKEN": event_token, "RETURN_VALUES": dict(values), "LOG_MESSAGE": message}
    return ("bizproc.event.send", told)


def log_command(event_token: str, message: str) -> Command:
    """Return the command that adds a line to the log of a rule that waits; refused where logging is off."""
    return ("bizproc.activity.log", {"EVENT_TOKEN": event_token, "LOG_MESSAGE": message})


def kind(code: str) -> str:
    """Return what a call's code stands for: the same rule for the process designer has a suffix of its own."""
    return code.removesuffix(AS_ACTIVITY)


def portal_user(value: str) -> str:
    """Return the id in a user property: `user_14` or `14`; "" when there is none."""
    bare = value.strip().removeprefix("user_")
    return bare if bare.isascii() and bare.isdigit() else ""


def _record(parts: list[str]) -> tuple[int, str]:
    """`crm, CCrmDocumentDeal, DEAL_8061`; a smart process says DYNAMIC_147_1."""
    match = _RECORD.fullmatch(parts[2]) if len(parts) == 3 and parts[0] == "crm" else None
    if match is None or not match[3].strip("0"):
        raise BadInput(field="document_id")
    type_id = int(match[2]) if match[2] else _TYPES[match[1]]
    return type_id, str(int(match[3]))


def _properties(values: object) -> dict[str, str | list[str]]:
    """Return the texts among the properties. A rule that is set up oddly is told so later: refused here, it would
    wait for ever.
    """
    if not isinstance(values, Mapping):
        return {}
    found = {str(key)[:80]: _plain(value) for key, value in list(values.items())[:MAX_PROPERTIES]}
    return {key: value for key, value in found.items() if value is not None}


def _plain(value: object) -> str | list[str] | None:
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, str | int | float):
        return str(value)[:MAX_TEXT]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return [str(one)[:MAX_TEXT] for one in value if isinstance(one, str | int | float)]
    return None
