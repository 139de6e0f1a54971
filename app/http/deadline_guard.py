"""Guards of the sender's page about a deadline: the link at the door, a cookie inside.

As with a signer's link, the token leaves the address at once. The page's form carries a key made for that link.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.actions import expire
from app.errors import LinkExpired, NotAllowed
from app.http.context import services
from app.http.guards import guarded

P = ParamSpec("P")
R = TypeVar("R")
SESSION_S = 3600
SHORT = 12
FORM_KEY = "form_key"
VISIT_ENDED = "Your visit has ended. Please open the link from your message again."
FORM_TOO_OLD = "This page has been open for too long. Please open the link from your message again."


def deadline_link(view: Callable[P, R]) -> Callable[P, R]:
    """Accept the token of a sender's link (`token` in the path), by its hash; sets g.later."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        g.later = expire.later(services(), str(kwargs["token"]))
        return view(*args, **kwargs)

    return guarded("deadline_link")(proven)


def deadline_visit(view: Callable[P, R]) -> Callable[P, R]:
    """Accept the cookie of such a link (`short` in the path); a post also needs its form key. Sets g.later."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        link_id = _visited(str(kwargs["short"]))
        if request.method == "POST":
            given = request.form.get(FORM_KEY, "")
            if not hmac.compare_digest(given.encode(), form_key(link_id).encode()):
                raise NotAllowed(FORM_TOO_OLD)
        g.later = expire.later_again(services(), link_id)
        return view(*args, **kwargs)

    return guarded("deadline_visit")(proven)


def begin_visit(response: Response, link_id: str) -> None:
    """Give the browser the cookie that stands for the link it just opened."""
    short = link_id[:SHORT]
    response.set_cookie(
        _cookie(short),
        str(_signer().dumps({"link": link_id})),
        path=f"/s/later/at/{short}",
        httponly=True,
        samesite="Lax",
        secure=services().settings.is_secure,
    )


def form_key(link_id: str) -> str:
    """Return what the form of this link's page carries."""
    return services().secrets.keyed_hash("deadline_form", link_id)


def _visited(short: str) -> str:
    try:
        kept = _signer().loads(request.cookies.get(_cookie(short), ""), max_age=SESSION_S)
    except BadData as error:
        raise LinkExpired(VISIT_ENDED) from error
    link_id = str(kept["link"])
    if link_id[:SHORT] != short:
        raise LinkExpired(VISIT_ENDED)
    return link_id


def _cookie(short: str) -> str:
    return f"paraph_d_{short}"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().secrets.signing_key("deadline-visit"), salt="sender")
