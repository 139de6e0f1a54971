"""The portal's leaky bucket, kept on our side so that it never overflows on theirs.

Two calls a second leak out, fifty fit in (Enterprise: five and 250); a batch counts as one. A method that
used up its running time is paused alone. Source: settings/performance/limits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from app.crm.faults import OPERATION_LIMIT, fault

STANDARD_RATE: Final = 2.0
STANDARD_BURST: Final = 50
ENTERPRISE_RATE: Final = 5.0
ENTERPRISE_BURST: Final = 250


class Limiter:
    """One portal's bucket, shared by every thread of this process.

    clock: seconds, only differences matter. sleep: called with seconds, outside the lock.
    """

    def __init__(
        self,
        *,
        per_second: float = STANDARD_RATE,
        burst: int = STANDARD_BURST,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sleep = sleep
        self._rate = per_second
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._level = 0.0
        self._at = clock()
        self._paused: dict[str, float] = {}

    def take(self, method: str = "") -> float:
        """Wait until one more call fits, and return the seconds waited.

        A place is booked before sleeping, so threads queue up instead of racing. Raises PortalUnavailable
        at once when `method` is paused: waiting minutes inside a call would hold a worker.
        """
        with self._lock:
            self._refuse_if_paused(method)
            now = self._clock()
            self._level = max(0.0, self._level - (now - self._at) * self._rate) + 1.0
            self._at = now
            wait = max(0.0, (self._level - self._burst) / self._rate)
        if wait:
            self.sleep(wait)
        return wait

    def fill(self) -> None:
        """Take the bucket as full: the portal just said so, other clients share it."""
        with self._lock:
            self._level = max(self._level, float(self._burst))
            self._at = self._clock()

    def pause(self, method: str, seconds: float) -> None:
        """Refuse `method` for `seconds`; others go on."""
        with self._lock:
            self._paused[method] = self._clock() + max(1.0, min(seconds, 900.0))

    def _refuse_if_paused(self, method: str) -> None:
        until = self._paused.get(method)
        if until is None:
            return
        if self._clock() < until:
            raise fault(OPERATION_LIMIT, status=429, method=method)
        del self._paused[method]


class Limiters:
    """One `Limiter` a portal, made when first asked for."""

    def __init__(self, make: Callable[[], Limiter] = Limiter) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._by_portal: dict[str, Limiter] = {}

    def of(self, portal: str) -> Limiter:
        """Return the bucket of `portal`, the same one every time."""
        with self._lock:
            return self._by_portal.setdefault(portal, self._make())
