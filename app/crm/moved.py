"""A portal that changed its address: what to believe of its 302.

Source: settings/how-to-call-rest-api/change-domen. The redirect comes from a host that was proven before; still, a
lapsed name could be somebody else's by now. So the new place is believed when it is a sibling under Bitrix24's own
cloud names, or when the authorization server names it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, urlsplit

from app.crm.faults import UNREACHABLE, fault
from app.crm.wire import same_origin

_CLOUD: Final = re.compile(r"[a-z0-9-]+\.(bitrix24\.[a-z]{2,5}(?:\.[a-z]{2})?)")


def moved_endpoint(old: str, location: str, *, method: str, ask: Callable[[], str]) -> str:
    """Return the client endpoint at the new address.

    old: the endpoint so far; location: the header of the answer; ask: returns the endpoint as the
    authorization server knows it. Raises PortalUnavailable when the new place cannot be believed (yet).
    """
    # An address with an odd host is the same as none, itself included.
    if not same_origin(location, location):
        raise fault(UNREACHABLE, method=method)
    before, after = urlsplit(old), urlsplit(location)
    if not _is_plain_move(before, after, method):
        raise fault(UNREACHABLE, method=method)
    endpoint = f"{after.scheme}://{after.netloc}{before.path}"
    if _cloud_name(before.hostname) and _cloud_name(before.hostname) == _cloud_name(after.hostname):
        return endpoint
    if not same_origin(ask(), endpoint):
        raise fault(UNREACHABLE, method=method)
    return endpoint


def _is_plain_move(before: SplitResult, after: SplitResult, method: str) -> bool:
    """Only the host may differ, and never downwards to plain http."""
    same_call = after.path.rstrip("/").removesuffix(".json") == f"{before.path}{method}"
    safe_scheme = after.scheme == before.scheme or (before.scheme, after.scheme) == (
        "http",
        "https",
    )
    return safe_scheme and same_call


def _cloud_name(host: str | None) -> str:
    match = _CLOUD.fullmatch((host or "").lower())
    return match[1] if match else ""
