"""What Bitrix24 posts to our doors, as typed values: frames and events. Nothing here is proven yet.

Source: api-reference/widgets, api-reference/events; field names as both official SDKs read them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.plain import is_plain_value
from app.crm.php import parse_fields, text_at
from app.errors import BadInput

MAX_OPTIONS_CHARS: Final = 200_000


@dataclass(frozen=True, slots=True)
class FrameCall:
    """A page opened in a frame. `domain` and `options` are hints; only `auth_id` leads to a proof."""

    member_id: str
    auth_id: str = field(repr=False)
    refresh_id: str = field(repr=False)
    auth_expires: int
    application_token: str = field(repr=False)
    domain: str
    lang: str
    placement: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthTokens:
    """Tokens that came with an event or a robot call: of the acting user, to be proven before use."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class PortalEvent:
    """An event of a portal. `data` is a hint: the state is read again by REST."""

    event: str
    member_id: str
    application_token: str = field(repr=False)
    data: dict[str, Any] = field(default_factory=dict)
    auth: AuthTokens | None = None


def parse_frame(form: Mapping[str, object], query: Mapping[str, object]) -> FrameCall:
    """Return the frame's call out of its form and query. Raises BadInput for anything malformed.

    form, query: key -> list of texts.
    """
    body, address = parse_fields(form), parse_fields(query)
    call = FrameCall(
        member_id=text_at(body, "member_id", limit=64) or text_at(body, "MEMBER_ID", limit=64),
        auth_id=text_at(body, "AUTH_ID", limit=1024),
        refresh_id=text_at(body, "REFRESH_ID", limit=1024),
        auth_expires=number(text_at(body, "AUTH_EXPIRES", limit=16)),
        application_token=text_at(body, "APPLICATION_TOKEN", limit=256),
        domain=(
            text_at(address, "DOMAIN", limit=255) or text_at(body, "DOMAIN", limit=255)
        ).lower(),
        lang=text_at(address, "LANG", limit=16) or text_at(body, "LANG", limit=16),
        placement=text_at(body, "PLACEMENT", limit=120) or "DEFAULT",
        options=options_of(text_at(body, "PLACEMENT_OPTIONS", limit=MAX_OPTIONS_CHARS)),
    )
    if not (call.auth_id and call.member_id):
        raise BadInput(field="AUTH_ID")
    return call


def parse_event(form: Mapping[str, object]) -> PortalEvent:
    """Return the event out of a form (or a JSON object). Raises BadInput for anything malformed."""
    body = parse_fields(form)
    name = text_at(body, "event", limit=120).upper()
    data = body.get("data", {})
    if not name or not name.replace("_", "").isalnum() or not isinstance(data, dict):
        raise BadInput(field="event")
    return PortalEvent(
        event=name,
        member_id=text_at(body, "auth", "member_id", limit=64),
        application_token=text_at(body, "auth", "application_token", limit=256),
        data=data,
        auth=auth_tokens(body),
    )


def auth_tokens(body: Mapping[str, object]) -> AuthTokens | None:
    """Return the tokens of `auth`, nothing when automation caused the call and there are none."""
    access = text_at(body, "auth", "access_token", limit=1024)
    if not access:
        return None
    return AuthTokens(
        access=access,
        refresh=text_at(body, "auth", "refresh_token", limit=1024),
        user_id=text_at(body, "auth", "user_id", limit=20),
    )


def options_of(value: str) -> dict[str, Any]:
    """Return PLACEMENT_OPTIONS, a JSON object in a form field; {} when it is empty or PHP's empty list."""
    if not value:
        return {}
    try:
        found = json.loads(value)
        is_fine = is_plain_value(found)
    except (ValueError, RecursionError) as error:
        raise BadInput(field="PLACEMENT_OPTIONS") from error
    if found == []:
        return {}
    if not isinstance(found, dict) or not is_fine:
        raise BadInput(field="PLACEMENT_OPTIONS")
    return found


def number(value: str) -> int:
    """Return a small whole number, 0 for anything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0
