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
from itsdangerous import BadData, URLSafeSerializer

from app.actions import callers
from app.crm import robots
from app.crm.identity import ProvenCaller
from app.crm.php import parse_fields
from app.crm.robots import FrameCall
from app.errors import BadInput, NotAllowed, NotFound, PortalUnavailable
from app.http import limits
from app.http.context import services

P = ParamSpec("P")
R = TypeVar("R")
TICKET_HEADER = "X-Paraph-Ticket"
TICKET_S = 600
PROOF_S = 12 * 3600
"""How long tickets may be renewed after the portal proved who asks; then it must prove them again."""
FRESH_S = 600
"""How old the portal's proof may be when somebody signs by it."""
TOO_LONG_OPEN = "This window has been open for too long. Please close it and open it again."


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


def operator(view: Callable[P, R]) -> Callable[P, R]:
    """Accept who names the operator's token as a bearer; without PARAPH_OPERATOR_TOKEN there is no such door.

    Not by address: behind a proxy on the same host the whole world comes from there.
    """

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        token = services().settings.operator_token
        if not token:
            raise NotFound
        named = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(named.encode(), token.encode()):
            raise NotAllowed
        return view(*args, **kwargs)

    return guarded("operator")(proven)


def portal_frame(view: Callable[P, R]) -> Callable[P, R]:
    """Prove the employee who opened this frame; sets g.caller and g.frame."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        frame, caller = _opened()
        known = callers.admit(services(), frame, caller)
        _remember(
            PortalCaller(
                portal_id=known.portal_id,
                user_id=known.user_id,
                is_admin=known.is_admin,
                lang=frame.lang,
                domain=known.domain,
                origin=g.portal_origin,
            )
        )
        return view(*args, **kwargs)

    return guarded("portal_frame")(proven)


def installer_frame(view: Callable[P, R]) -> Callable[P, R]:
    """Prove who opened the installer, on a portal that may not know us yet; sets g.proven and g.frame."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        _, g.proven = _opened()
        return view(*args, **kwargs)

    return guarded("installer_frame")(proven)


def _opened() -> tuple[FrameCall, ProvenCaller]:
    """Return the frame that was posted and who the authorization server says it is; sets g.frame.

    Sets g.portal_origin as soon as it is proven, so that the portal may show what is refused after that.
    """
    limits.take_at_most(limits.PORTAL_BYTES)
    g.frame = robots.parse_frame(request.form.to_dict(flat=False), request.args.to_dict(flat=False))
    try:
        caller = callers.prove(services(), g.frame)
    except PortalUnavailable:
        g.is_excuse = True
        raise
    g.portal_origin = _origin(caller.client_endpoint)
    return g.frame, caller


def frame_ticket(view: Callable[P, R]) -> Callable[P, R]:
    """Accept what follows from a proven frame, by the ticket in its header; sets g.caller.

    Header only: a ticket in an address would stay in histories and logs. The portal must still have the app.
    """

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        limits.take_at_most(limits.asked_by(view, limits.FRAME_BYTES))
        caller = _ticket_holder(request.headers.get(TICKET_HEADER, ""))
        callers.require_installed(services(), caller.portal_id)
        _remember(caller)
        limits.refuse_odd_texts()
        return view(*args, **kwargs)

    return guarded("frame_ticket")(proven)


def new_ticket(caller: PortalCaller) -> str:
    """Return a ticket for `caller` that is good for ten minutes, and renewed until half a day after the proof."""
    now = services().now().timestamp()
    held = {"caller": asdict(caller), "at": now, "proven": g.get("proven_at", now)}
    return str(_tickets().dumps(held))


def _ticket_holder(text: str) -> PortalCaller:
    """Return whom the ticket names; sets g.proven_at. Raises NotAllowed, alike for every reason."""
    now = services().now().timestamp()
    try:
        held = _tickets().loads(text)
    except BadData as error:
        raise NotAllowed(TOO_LONG_OPEN) from error
    if now - held["at"] > TICKET_S or now - held["proven"] > PROOF_S:
        raise NotAllowed(TOO_LONG_OPEN)
    g.proven_at = held["proven"]
    return PortalCaller(**held["caller"])


def require_fresh_proof() -> None:
    """Refuse a ticket whose proof is older than FRESH_S; the frame then proves itself anew and repeats.

    Who was dismissed since cannot. Raises NotAllowed.
    """
    if services().now().timestamp() - g.proven_at > FRESH_S:
        raise NotAllowed(TOO_LONG_OPEN)


def portal_event(view: Callable[P, R]) -> Callable[P, R]:
    """Accept a call that knows the portal's application token; sets g.portal_id and g.posted.

    g.posted: the form as lists of texts, or the JSON object. ONAPPINSTALL of a portal we do not know, and an event
    that brings a new token, pass with g.portal_id "": their action proves the access token they carry first.
    """

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        limits.take_at_most(limits.PORTAL_BYTES)
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
    body = limits.posted_json()
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
    if callers.may_rotate(event) or callers.is_unsigned_hint(event, token):
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


def _tickets() -> URLSafeSerializer:
    return URLSafeSerializer(services().secrets.signing_key("frame-ticket"), salt="ticket")
