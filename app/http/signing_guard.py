"""Guards of the signer's public page: the link at the door, a cookie inside.

The link's token is exchanged at once for a signed cookie, so it leaves the address bar, the history and
every Referer. One cookie an envelope, bound to its own path: several can be open side by side. Forms carry
a key made for that link; no other site knows it, and the cookie does not travel with a foreign post.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, g, make_response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.actions import sign_ended, sign_handover, sign_look
from app.core.signing import SigningCaller
from app.errors import LinkExpired, NotAllowed, WrongState
from app.http import limits
from app.http.context import client_browser, client_ip, services
from app.http.guards import guarded
from app.texts import LANGUAGES, spoken_of

P = ParamSpec("P")
R = TypeVar("R")
SESSION_S = 24 * 3600
SHORT = 12
LANG_COOKIE = "paraph_lang"
FORM_KEY = "form_key"
FORM_HEADER = "X-Paraph-Form"
VISIT_ENDED = "Your visit has ended. Please open the link from your message again."
FORM_TOO_OLD = "This page has been open for too long. Please open the link from your message again."


def signing_link(view: Callable[P, R]) -> Callable[P, R]:
    """Accept a signing token in the path (`token`), by its hash; sets g.caller."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        token = str(kwargs["token"])
        g.is_question = sign_handover.is_question(services(), token)
        if not g.is_question:
            g.caller = _in_language(sign_look.admit(services(), token, **_visit()))
        return view(*args, **kwargs)

    return guarded("signing_link")(proven)


def sender_question(view: Callable[P, R]) -> Callable[P, R]:
    """Accept the token of a question to the sender (`token` in the path), by its hash."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        g.question = sign_handover.question(services(), str(kwargs["token"]))
        return view(*args, **kwargs)

    return guarded("sender_question")(proven)


def ended_link(view: Callable[P, R]) -> Callable[P, R]:
    """Accept a form of a link that ended, by the key made for that link; sets g.ended."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        link_id = request.form.get("link", "")
        known = services().secrets.keyed_hash("signing_form", link_id)
        if not hmac.compare_digest(request.form.get(FORM_KEY, "").encode(), known.encode()):
            raise NotAllowed(FORM_TOO_OLD)
        ended = sign_ended.ended_by_id(services(), link_id)
        if ended is None:
            raise WrongState
        g.ended = ended
        return view(*args, **kwargs)

    return guarded("ended_link")(proven)


def signing_session(view: Callable[P, R]) -> Callable[P, R]:
    """Accept the cookie of one recipient (`short` in the path); a post also needs its form key.

    Sets g.caller. The link behind the cookie is looked up each time: revoked is revoked.
    """

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        caller = _visitor(str(kwargs["short"]))
        limits.refuse_odd_texts()
        if request.method == "POST":
            _check_form(caller)
        g.caller = _in_language(caller)
        return view(*args, **kwargs)

    return guarded("signing_session")(proven)


def begin_session(response: Response, caller: SigningCaller) -> None:
    """Give the browser the cookie that stands for the link it just opened."""
    name = short_of(caller)
    response.set_cookie(
        _cookie(name),
        str(_signer().dumps({"link": caller.link_id})),
        path=f"/s/r/{name}",
        httponly=True,
        samesite="Lax",
        secure=services().settings.is_secure,
    )


def remember_language(page: str) -> Response:
    """Return the page as an answer; a language asked for in the address is kept for the next pages."""
    response = make_response(page)
    wish = request.args.get("lang", "")
    if wish in LANGUAGES:
        secure = services().settings.is_secure
        response.set_cookie(
            LANG_COOKIE, wish, path="/s", httponly=True, samesite="Lax", secure=secure
        )
    return response


def short_of(caller: SigningCaller) -> str:
    """Return the part of the recipient's id that names the page in its address."""
    return caller.recipient_id[:SHORT]


def form_key(caller: SigningCaller) -> str:
    """Return what each form of this caller carries."""
    return form_key_of(caller.link_id)


def form_key_of(link_id: str) -> str:
    """Return what a form for the holder of this link carries."""
    return services().secrets.keyed_hash("signing_form", link_id)


def ended_visit(short: str) -> sign_ended.EndedLink | None:
    """Return the ended link behind the cookie of this page, or None."""
    try:
        kept = _signer().loads(request.cookies.get(_cookie(short), ""), max_age=SESSION_S)
    except BadData:
        return None
    return sign_ended.ended_by_id(services(), kept["link"])


def _visitor(short: str) -> SigningCaller:
    cookie = request.cookies.get(_cookie(short), "")
    try:
        kept = _signer().loads(cookie, max_age=SESSION_S)
    except BadData as error:
        raise LinkExpired(VISIT_ENDED) from error
    caller = sign_look.readmit(services(), kept["link"], **_visit())
    if short_of(caller) != short:
        raise LinkExpired(VISIT_ENDED)
    return caller


def _visit() -> dict[str, str]:
    """What a request tells of who sends it: address, browser and the language it asks for."""
    wishes = request.accept_languages.values()
    return {"ip": client_ip(), "browser": client_browser(), "spoken": spoken_of(*wishes)}


def _check_form(caller: SigningCaller) -> None:
    given = request.headers.get(FORM_HEADER) or request.form.get(FORM_KEY, "")
    if not hmac.compare_digest(given.encode(), form_key(caller).encode()):
        raise NotAllowed(FORM_TOO_OLD)


def _in_language(caller: SigningCaller) -> SigningCaller:
    wishes = (request.args.get("lang", ""), request.cookies.get(LANG_COOKIE, ""), caller.lang)
    known = [wish for wish in wishes if wish in LANGUAGES]
    return replace(caller, lang=known[0]) if known else caller


def _cookie(short: str) -> str:
    return f"paraph_s_{short}"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().secrets.signing_key("signing-session"), salt="signer")
