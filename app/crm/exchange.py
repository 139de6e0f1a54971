"""One call to a portal with the patience each kind of failure deserves.

The rate limit is waited out for everything, reads are asked again after a failure of the server, writes are not:
whoever writes looks first whether the earlier try arrived.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import requests

from app.crm import pauses
from app.crm.faults import OPERATION_LIMIT, QUERY_LIMIT, STANDING_CODES, fault, fault_of_answer
from app.crm.limiter import Limiter
from app.crm.restlog import RestEntry, RestLog, masked, outline
from app.crm.wire import Reply, post_json
from app.errors import PortalError, PortalUnavailable

BACKOFF_S: Final = (1.0, 2.0, 4.0, 8.0)
"""Waits after QUERY_LIMIT_EXCEEDED: five tries in all."""
READ_RETRY_S: Final = (0.5, 2.0)
"""Waits before a read is asked again after a failure of the server."""
_READ_ENDINGS: Final = (".get", ".list", ".fields", ".getfields", ".info", ".current", ".admin")
_READS: Final = frozenset({"profile", "scope", "events", "methods", "server.time"})


class Exchange:
    """One call with the patience each kind of failure deserves."""

    def __init__(
        self,
        session: requests.Session,
        limiter: Limiter,
        *,
        portal_id: str,
        log: RestLog,
        user_id: str = "",
    ) -> None:
        self._session = session
        self._limiter = limiter
        self._portal_id = portal_id
        self._user_id = user_id
        self._log = log

    def run(self, endpoint: str, access: str, method: str, params: Mapping[str, object]) -> Reply:
        """Return the reply. The rate limit is waited out for everything; reads are also asked again after
        a failure of the server. A write whose answer was lost is left to the caller, who looks before
        writing again. A method whose running time is used up is left out of a batch and answered for here.
        """
        if method != "batch":
            return self._patiently(endpoint, access, method, params)
        batch = pauses.thinned(params, self._limiter.paused())
        if batch.is_empty:
            first = next(iter(batch.skipped.values()))
            raise fault(OPERATION_LIMIT, status=429, method=first)
        reply = self._patiently(endpoint, access, method, batch.params)
        for name, seconds in pauses.told(batch.params, reply.answer):
            self._limiter.pause(name, seconds)
        return replace(reply, answer=batch.whole(reply.answer))

    def _patiently(
        self, endpoint: str, access: str, method: str, params: Mapping[str, object]
    ) -> Reply:
        waits = list(BACKOFF_S)
        reads = list(READ_RETRY_S) if is_read(method, params) else []
        attempt = 1
        while True:
            try:
                return self._once(endpoint, access, method, params, attempt)
            except PortalUnavailable as error:
                pause = self._patience(error, method, waits, reads)
                if pause is None:
                    raise
            self._limiter.sleep(pause)
            attempt += 1

    def _patience(
        self, error: PortalUnavailable, method: str, waits: list[float], reads: list[float]
    ) -> float | None:
        if error.code == QUERY_LIMIT:
            self._limiter.fill()
            return waits.pop(0) if waits else None
        if error.code == OPERATION_LIMIT or error.code in STANDING_CODES:
            return None
        return reads.pop(0) if reads else None

    def _once(
        self, endpoint: str, access: str, method: str, params: Mapping[str, object], attempt: int
    ) -> Reply:
        self._limiter.take(method)
        started = time.monotonic()
        status, code = 0, ""
        answer: Mapping[str, Any] = {}
        try:
            reply = post_json(
                self._session, endpoint + method, {**params, "auth": access}, method=method
            )
            status, answer = reply.status, reply.answer
            if not reply.location:
                self._raise_fault(reply, method)
            return reply
        except PortalError as error:
            code = error.code
            raise
        finally:
            self._log(
                RestEntry(
                    portal_id=self._portal_id,
                    method=method,
                    params=masked(params),
                    answer=outline(answer),
                    user_id=self._user_id,
                    status=status,
                    error=code,
                    ms=round((time.monotonic() - started) * 1000),
                    attempt=attempt,
                )
            )

    def _raise_fault(self, reply: Reply, method: str) -> None:
        error = fault_of_answer(reply.answer, status=reply.status, method=method)
        if error is None:
            return
        if error.code == OPERATION_LIMIT:
            self._limiter.pause(method, pauses.seconds_until_reset(reply.answer, reply.answer))
        raise error


def is_read(method: str, params: Mapping[str, object]) -> bool:
    """Whether a call changes nothing on the portal, so that it may be asked again; a batch is read when all
    its commands are."""
    if method == "batch":
        lines = params.get("cmd")
        return isinstance(lines, Mapping) and all(
            _is_read_name(str(line)) for line in lines.values()
        )
    return _is_read_name(method)


def _is_read_name(line: str) -> bool:
    name = line.split("?", 1)[0].lower()
    return name in _READS or name.endswith(_READ_ENDINGS)
