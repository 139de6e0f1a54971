"""One HTTP exchange with Bitrix24: JSON out, JSON in, nothing followed, nothing trusted.

No redirect is followed (a POST would lose its body), an answer is read to a limit, a timeout stays under the
platform's own 60 seconds, and every failure leaves as an error of our tree without the address or the token in it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3

from app.crm.faults import NOT_JSON, TIMEOUT, TOO_LARGE, UNREACHABLE, fault

CONNECT_S: Final = 8.0
READ_S: Final = 50.0
AUTH_CONNECT_S: Final = 5.0
AUTH_ANSWER_S: Final = 10.0
"""The authorization server's answer is small, and others wait for it: sooner given up than a portal's."""
MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
USER_AGENT: Final = "Paraph/0.1 (+https://example.com)"
HEADERS: Final = {"Accept": "application/json", "User-Agent": USER_AGENT}
POOL_SIZE: Final = 8
_ODD: Final = re.compile(r"[\\\s\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `location` is set for a redirect only."""

    status: int
    answer: dict[str, Any]
    location: str = ""


def pooled_session(*, size: int = POOL_SIZE) -> requests.Session:
    """Return a session that keeps connections open, keeps no cookies and reads no netrc."""
    session = requests.Session()
    session.auth = _no_auth
    adapter = requests.adapters.HTTPAdapter(pool_connections=size, pool_maxsize=size)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(_NoCookies())
    return session


def post_json(
    session: requests.Session, url: str, body: Mapping[str, object], *, method: str
) -> Reply:
    """Return the reply to a JSON POST. Raises PortalUnavailable or PortalRefused for what is no JSON."""
    return _exchange(session, url, method=method, json=body)


def post_form(
    session: requests.Session,
    url: str,
    form: Mapping[str, str],
    *,
    method: str,
    patience: tuple[float, float] = (AUTH_CONNECT_S, AUTH_ANSWER_S),
) -> Reply:
    """Return the reply to a form POST: the authorization server's way, within seconds. Errors as `post_json`.

    patience: seconds to connect; and to wait for the answer to begin, then to end.
    """
    return _exchange(session, url, method=method, patience=patience, data=dict(form))


def same_origin(url: str, other: str) -> bool:
    """Whether two addresses have the same scheme, host and port; an odd address equals none."""
    one, two = _origin(url), _origin(other)
    return one is not None and one == two


def _origin(url: str) -> tuple[str, str, int] | None:
    # Address parsers disagree on backslashes, blanks and user names: what one takes for the portal, the
    # other calls as somebody else.
    if _ODD.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    if not parts.hostname or not port or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname.lower(), port


def _exchange(
    session: requests.Session,
    url: str,
    *,
    method: str,
    patience: tuple[float, float] = (CONNECT_S, READ_S),
    **body: Any,
) -> Reply:
    # `from None` below: the foreign exception's text holds the address, which may hold a secret.
    try:
        with session.post(
            url,
            headers=HEADERS,
            timeout=patience,
            allow_redirects=False,
            stream=True,
            **body,
        ) as response:
            raw = _limited(response, method, ends=time.monotonic() + patience[1])
            if response.status_code in (301, 302, 303, 307, 308):
                return _moved(response, method)
            return Reply(response.status_code, _decoded(raw, response.status_code, method))
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise fault(TIMEOUT, method=method) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError):
        raise fault(UNREACHABLE, method=method) from None


def _moved(response: requests.Response, method: str) -> Reply:
    location = response.headers.get("Location", "")
    if not location:
        raise fault(NOT_JSON, status=response.status_code, method=method)
    return Reply(response.status_code, {}, location)


def _limited(response: requests.Response, method: str, *, ends: float) -> bytes:
    """Return the body. A read timeout counts silence only: an answer that drips is given up at `ends`."""
    taken = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        taken += chunk
        if time.monotonic() > ends:
            raise fault(TIMEOUT, method=method)
        if len(taken) > MAX_ANSWER_BYTES:
            raise fault(TOO_LARGE, method=method)
    return bytes(taken)


def _decoded(raw: bytes, status: int, method: str) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        # A page of a firewall, a crash, a maintenance notice: none of them is an answer.
        raise fault(NOT_JSON, status=status, method=method)
    return answer


class _NoCookies(DefaultCookiePolicy):
    def set_ok(self, *_args: object) -> bool:
        return False


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without this, a netrc entry of the operator's would be sent to a portal."""
    return request
