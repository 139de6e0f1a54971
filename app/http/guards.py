"""Guards: who is calling. Every route carries exactly one (a house test checks).

A frame's opening POST is believed only after `app.info` at the configured authorization server; what
follows from the same frame carries a signed ticket, since cookies do not come back in frames. Portal
events and robots are compared with the portal's application token. Refusals look alike.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.actions import callers
from app.crm import robots
from app.crm.php import parse_fields
from app.errors import BadInput, NotAllowed
from app.http.context import services

P = ParamSpec("P")
R = TypeVar("R")
TICKET_S = 600


@dataclass(frozen=True, slots=True)
class PortalCaller:
    """A signed-in employee of a portal, proven."""

    portal_id: str
    user_id: str
    is_admin: bool
    lang: str
    domain: str
    origin: str
    """ "https://portal.example": who may frame us."""


def guarded(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view as guarded by `name`, for the house test."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.__dict__["guard"] = name
        return view

    return mark


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Let everyone in, on purpose."""
    return guarded("open_to_all")(view)


def portal_frame(view: Callable[P, R]) -> Callable[P, R]:
    """Prove the employee who opened this frame; sets g.caller and g.frame."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        frame = robots.parse_frame(
            request.form.to_dict(flat=False), request.args.to_dict(flat=False)
        )
        known = callers.prove_frame(services(), frame)
        g.frame = frame
        _remember(
            PortalCaller(
                portal_id=known.portal_id,
                user_id=known.user_id,
                is_admin=known.is_admin,
                lang=frame.lang,
                domain=known.domain,
                origin=_origin(known.client_endpoint),
            )
        )
        return view(*args, **kwargs)

    return guarded("portal_frame")(proven)


def installer_frame(view: Callable[P, R]) -> Callable[P, R]:
    """Prove who opened the installer, on a portal that may not know us yet; sets g.proven and g.frame."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        g.frame = robots.parse_frame(
            request.form.to_dict(flat=False), request.args.to_dict(flat=False)
        )
        g.proven = callers.prove(services(), g.frame)
        g.portal_origin = _origin(g.proven.client_endpoint)
        return view(*args, **kwargs)

    return guarded("installer_frame")(proven)


def frame_ticket(view: Callable[P, R]) -> Callable[P, R]:
    """Accept what follows from a proven frame, by its ticket; sets g.caller."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        text = request.headers.get("X-Paraph-Ticket") or request.values.get("ticket", "")
        try:
            _remember(PortalCaller(**_tickets().loads(text, max_age=TICKET_S)))
        except (BadData, TypeError) as error:
            raise NotAllowed(
                "This window has been open for too long. Please close it and open it again."
            ) from error
        return view(*args, **kwargs)

    return guarded("frame_ticket")(proven)


def new_ticket(caller: PortalCaller) -> str:
    """Return a ticket for `caller` that is good for ten minutes."""
    return str(_tickets().dumps(asdict(caller)))


def portal_event(view: Callable[P, R]) -> Callable[P, R]:
    """Accept a call that knows the portal's application token; sets g.portal_id and g.posted.

    g.posted: the form as lists of texts, or the JSON object. ONAPPINSTALL of a portal we do not know, and an event
    that brings a new token, pass with g.portal_id "": their action proves the access token they carry first.
    """

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        g.posted = _posted()
        nested = parse_fields(g.posted)
        auth = nested.get("auth")
        claims = auth if isinstance(auth, dict) else {}
        g.portal_id = _proven_portal(
            str(claims.get("member_id", "")),
            str(claims.get("application_token", "")),
            str(nested.get("event", "")),
        )
        return view(*args, **kwargs)

    return guarded("portal_event")(proven)


def _posted() -> dict[str, Any]:
    """Return what was posted; Bitrix24's documentation shows forms, one sample JSON."""
    if not request.is_json:
        return request.form.to_dict(flat=False)
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput
    return body


def _proven_portal(member_id: str, token: str, event: str) -> str:
    """Return the portal whose application token this is; raises NotAllowed, alike for every reason."""
    known = callers.find_portal(services(), member_id) if member_id else None
    if known is not None and known.state != "closed" and known.application_token_hash:
        claimed = services().secrets.keyed_hash("application_token", token)
        if hmac.compare_digest(claimed, known.application_token_hash):
            return known.portal_id
    if callers.may_rotate(event):
        return ""
    raise NotAllowed


def _remember(caller: PortalCaller) -> None:
    g.caller = caller
    g.portal_origin = caller.origin


def _origin(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadInput
    return f"{parts.scheme}://{parts.netloc}"


def _tickets() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().secrets.signing_key("frame-ticket"), salt="ticket")
