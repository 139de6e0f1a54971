"""Who is calling: a token proven by `app.info` on the configured authorization server, and by nothing else.

Everything in a request can be forged; the server's reply names our app, the portal and the user.
Source: trust rules of this product; settings/oauth/*; the official Python SDK's app.info schema.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from app.crm.client import CrmClient
from app.crm.faults import NOT_JSON, fault, fault_of_answer
from app.crm.wire import Reply, post_form, same_origin
from app.errors import InstallationGone, NotAllowed, PortalRefused

_TOKEN: Final = re.compile(r"[A-Za-z0-9._\-]{6,1024}")
_HOST: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}(?::\d{1,5})?"
)
_MEMBER: Final = re.compile(r"[A-Za-z0-9._\-]{1,64}")


@dataclass(frozen=True, slots=True)
class ProvenCaller:
    """A portal user, vouched for by the authorization server. `status` is the app's L/F/D/T/P there."""

    member_id: str
    domain: str
    client_endpoint: str
    user_id: str
    scope: tuple[str, ...]
    status: str
    installed: bool
    version: int


@dataclass(frozen=True, slots=True)
class FreshPair:
    """A renewed pair as the authorization server gave it; the old refresh token is spent."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    client_endpoint: str
    member_id: str
    user_id: str
    status: str
    scope: tuple[str, ...]


def prove(
    session: requests.Session, *, oauth_url: str, client_id: str, auth_id: str
) -> ProvenCaller:
    """Return who holds the access token `auth_id`. One call to `oauth_url`.

    Raises NotAllowed for a token that is wrong, old, or another app's; PortalUnavailable when the server is away.
    """
    if not _TOKEN.fullmatch(auth_id):
        raise NotAllowed
    try:
        info = _app_info(session, oauth_url=oauth_url, auth_id=auth_id)
        caller = _caller(info, oauth_url=oauth_url)
    except (PortalRefused, InstallationGone) as error:
        raise NotAllowed from error
    if not client_id or info.get("client_id") != client_id:
        raise NotAllowed
    return caller


def app_info(session: requests.Session, *, oauth_url: str, auth_id: str) -> ProvenCaller:
    """Return what the authorization server says of a token of ours, without judging whose app it is."""
    return _caller(_app_info(session, oauth_url=oauth_url, auth_id=auth_id), oauth_url=oauth_url)


class Prover:
    """Remembers proofs for five minutes, by the token's hash, so that a page's calls need one proof."""

    def __init__(
        self,
        session: requests.Session,
        *,
        oauth_url: str,
        client_id: str,
        keep_s: float = 300,
        size: int = 2_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._oauth_url = oauth_url
        self._client_id = client_id
        self._keep_s = keep_s
        self._size = size
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[float, ProvenCaller]] = OrderedDict()

    def prove(self, auth_id: str) -> ProvenCaller:
        """Return who holds `auth_id`; errors as `prove`. A refusal is not remembered."""
        key = hashlib.sha256(auth_id.encode()).hexdigest()
        with self._lock:
            kept = self._known.get(key)
        if kept and self._clock() < kept[0]:
            return kept[1]
        caller = prove(
            self._session, oauth_url=self._oauth_url, client_id=self._client_id, auth_id=auth_id
        )
        with self._lock:
            self._known[key] = (self._clock() + self._keep_s, caller)
            self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return caller

    def forget(self, member_id: str) -> None:
        """Drop every proof of one portal: it uninstalled the app, or a person lost access."""
        with self._lock:
            for key in [k for k, (_, c) in self._known.items() if c.member_id == member_id]:
                del self._known[key]


def is_admin(client: CrmClient) -> bool:
    """Whether the user behind `client` administers the portal. Source: user.admin."""
    return client.call("user.admin") is True


def refresh_pair(
    session: requests.Session,
    *,
    oauth_url: str,
    client_id: str,
    client_secret: str,
    refresh_token: str,
) -> FreshPair:
    """Return a new pair for `refresh_token`, which is spent by it.

    A form POST, so that the secret stays out of addresses. Raises PortalRefused with INVALID_GRANT when an
    administrator must open the app again, InstallationGone, PortalUnavailable.
    Source: settings/oauth/auto-renewal.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": client_secret,
        "refresh_token": refresh_token,
    }
    answer = _answer(
        post_form(session, f"{oauth_url}/oauth/token/", form, method="oauth.token"), "oauth.token"
    )
    pair = FreshPair(
        access=_text(answer, "access_token"),
        refresh=_text(answer, "refresh_token"),
        expires_at=_expiry(answer),
        client_endpoint=_text(answer, "client_endpoint"),
        member_id=_text(answer, "member_id"),
        user_id=_text(answer, "user_id"),
        status=_text(answer, "status"),
        scope=_scopes(answer.get("scope")),
    )
    if not (pair.access and pair.refresh):
        raise fault(NOT_JSON, method="oauth.token")
    if pair.client_endpoint and not is_acceptable_endpoint(pair.client_endpoint, oauth_url):
        raise fault(NOT_JSON, method="oauth.token")
    return pair


def is_acceptable_endpoint(endpoint: str, oauth_url: str) -> bool:
    """Whether `endpoint` looks like a portal's REST root; http only when our server itself is plain http."""
    if not same_origin(endpoint, endpoint):
        return False
    parts = urlsplit(endpoint)
    allowed = {"https"} if oauth_url.startswith("https://") else {"http", "https"}
    return (
        parts.scheme in allowed
        and bool(_HOST.fullmatch(parts.netloc.lower()))
        and parts.path.endswith("/rest/")
        and not (parts.query or parts.fragment)
    )


def _app_info(session: requests.Session, *, oauth_url: str, auth_id: str) -> Mapping[str, Any]:
    reply = post_form(session, f"{oauth_url}/rest/app.info", {"auth": auth_id}, method="app.info")
    result = _answer(reply, "app.info").get("result")
    if not isinstance(result, Mapping):
        raise fault(NOT_JSON, method="app.info")
    return result


def _answer(reply: Reply, method: str) -> dict[str, Any]:
    """A redirect has no answer and is not followed: the secret or token would go with it."""
    error = fault_of_answer(reply.answer, status=reply.status, method=method)
    if error is not None:
        raise error
    return reply.answer


def _caller(info: Mapping[str, Any], *, oauth_url: str) -> ProvenCaller:
    install = info.get("install")
    if not isinstance(install, Mapping):
        raise PortalRefused(code="NOT_INSTALLED")
    caller = ProvenCaller(
        member_id=_text(install, "member_id"),
        domain=_text(install, "domain").lower(),
        client_endpoint=_text(install, "client_endpoint"),
        user_id=_text(info, "user_id"),
        scope=_scopes(install.get("scope") or info.get("scope")),
        status=_text(install, "status"),
        installed=install.get("installed") in (True, 1, "1", "Y", "true"),
        version=_number(install.get("version")),
    )
    sound = (
        _MEMBER.fullmatch(caller.member_id)
        and caller.user_id.isdigit()
        and _HOST.fullmatch(caller.domain)
        and is_acceptable_endpoint(caller.client_endpoint, oauth_url)
    )
    if not sound:
        raise PortalRefused(code="UNSOUND_APP_INFO")
    return caller


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _scopes(value: object) -> tuple[str, ...]:
    """Comma here, space there, a list elsewhere."""
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return tuple(part for part in re.split(r"[,\s]+", str(value or "")) if part)


def _expiry(answer: Mapping[str, Any]) -> datetime:
    """`expires` is a unix time; without it, `expires_in` seconds from now, or an hour."""
    moment = _number(answer.get("expires"))
    if moment:
        return datetime.fromtimestamp(moment, tz=UTC)
    return datetime.now(UTC) + timedelta(seconds=_number(answer.get("expires_in")) or 3600)
