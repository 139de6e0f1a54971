"""The portal through an inbound webhook, by bitrix24-rest: fills a test portal, nothing else (docs/adr/0001).

That library joins nested values into one text without escaping them, repeats the rate limit without end, and
warns when called without a loop. So its single `request` is used: with pairs, which the HTTP library below it
escapes once and rightly, in a loop of ours, ended by a clock.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp
from bitrix24 import Bitrix24, BitrixError

from app.crm.faults import NOT_JSON, QUERY_LIMIT, TIMEOUT, UNREACHABLE, fault
from app.crm.php import flatten
from app.errors import BadInput, PortalError, PortalUnavailable

CALL_S: Final = 50.0
RATE_WAIT_S: Final = 3
TRIES: Final = 3
_STATUS: Final = re.compile(r"HTTP error: (\d{3})")


class WebhookTransport:
    """Calls one portal by its inbound webhook `https://host/rest/1/secret/`. The address is the secret."""

    def __init__(self, address: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        try:
            self._portal = Bitrix24(address, timeout=int(CALL_S), retry_after=RATE_WAIT_S)
        except (BitrixError, ValueError, IndexError):
            # `from None`: the text would hold the address.
            raise BadInput(
                "This is not the address of an inbound webhook.", field="webhook"
            ) from None
        self._sleep = sleep

    def call(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """Return the portal's answer. Raises a PortalError; with an HTTP error the library loses its code."""
        for attempt in range(TRIES):
            try:
                return asyncio.run(self._once(method, dict(flatten(params))))
            except PortalUnavailable:
                if attempt == TRIES - 1:
                    raise
            self._sleep(RATE_WAIT_S)
        raise fault(UNREACHABLE, method=method)

    async def _once(self, method: str, query: dict[str, str]) -> dict[str, Any]:
        # `from None` throughout: foreign texts hold the address.
        try:
            answer = await asyncio.wait_for(self._portal.request(method, query), timeout=CALL_S)
        except BitrixError as error:
            raise _translated(error, method) from None
        except TimeoutError:
            raise fault(TIMEOUT, method=method) from None
        except aiohttp.ContentTypeError:
            raise fault(NOT_JSON, method=method) from None
        except aiohttp.ClientError:
            raise fault(UNREACHABLE, method=method) from None
        if not isinstance(answer, dict):
            raise fault(NOT_JSON, method=method)
        return answer


def _translated(error: BitrixError, method: str) -> PortalError:
    """The library keeps the portal's code for errors that come with status 200 only."""
    status = _STATUS.match(str(error.message))
    if status is None:
        return fault(error.code, method=method)
    if status[1] == "503":
        return fault(QUERY_LIMIT, status=503, method=method)
    return fault("", status=int(status[1]), method=method)
