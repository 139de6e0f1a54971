"""Checks of handler addresses an app registers.

On a portal only public addresses pass. The demonstration runs on localhost, so the check is
relaxed unless `state.limits.strict_urls` is set.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from emulator.rest.errors import RestError
from emulator.state import State

LOCAL = ("localhost", "127.0.0.1", "::1")


def check(state: State, url: str, *, same_host_as: str = "") -> str:
    """Return the address. Raises ERROR_UNSUPPORTED_PROTOCOL, ERROR_WRONG_HANDLER_URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise RestError("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol")
    host = parts.hostname or ""
    local = host in LOCAL or host.endswith(".localhost")
    if not host or (state.limits.strict_urls and (local or "." not in host)):
        raise RestError("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
    if same_host_as and state.limits.strict_urls and urlsplit(same_host_as).hostname != host:
        raise RestError("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
    return url
