"""The portal's leaky bucket, kept on our side so that it never overflows on theirs.

Two calls a second leak out, fifty fit in (Enterprise: five and 250); a batch counts as one. A method that
used up its running time is paused alone. Where the level is kept is the `Bucket`'s matter: in memory for one
process, in the database for all of them. Source: settings/performance/limits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from app.crm.faults import OPERATION_LIMIT, fault


@dataclass(frozen=True, slots=True)
class Rate:
    """What a portal's plan allows: calls a second that leak out, and how many fit in at once."""

    per_second: float
    burst: int


STANDARD: Final = Rate(2.0, 50)
ENTERPRISE: Final = Rate(5.0, 250)
ENTERPRISE_PLAN: Final = "ent"


def rate_of(license_name: str) -> Rate:
    """Return the rate of a plan as app.info names it: "fr_ent250", "ent"; standard for all others."""
    plan = license_name.lower().rpartition("_")[2]
    return ENTERPRISE if plan.startswith(ENTERPRISE_PLAN) else STANDARD


class Bucket(Protocol):
    """Where a portal's level and pauses are kept. Times in seconds of one clock."""

    def book(self, now: float, per_second: float) -> float:
        """Return the level after one more call was added to what has not leaked out by `now`."""
        ...

    def fill(self, now: float, burst: int) -> None: ...

    def pause(self, method: str, until: float) -> None: ...

    def paused(self, now: float) -> frozenset[str]:
        """Return the methods that are paused at `now`."""
        ...


class MemoryBucket:
    """A bucket of this process alone, shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._level = 0.0
        self._at: float | None = None
        self._paused: dict[str, float] = {}

    def book(self, now: float, per_second: float) -> float:
        with self._lock:
            passed = max(0.0, now - self._at) if self._at is not None else 0.0
            self._level = max(0.0, self._level - passed * per_second) + 1.0
            self._at = now
            return self._level

    def fill(self, now: float, burst: int) -> None:
        with self._lock:
            self._level = max(self._level, float(burst))
            self._at = now

    def pause(self, method: str, until: float) -> None:
        with self._lock:
            self._paused[method] = until

    def paused(self, now: float) -> frozenset[str]:
        with self._lock:
            return frozenset(name for name, until in self._paused.items() if now < until)


class Limiter:
    """Waits until one more call fits into a portal's bucket.

    clock: seconds, the bucket's own. sleep: called with seconds, outside any lock. spare: room left free for
    calls that are on their way longer than others.
    """

    def __init__(
        self,
        rate: Rate = STANDARD,
        *,
        bucket: Bucket | None = None,
        spare: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sleep = sleep
        self.rate = rate
        self._spare = spare
        self._clock = clock
        self._bucket = bucket or MemoryBucket()

    def take(self, method: str = "") -> float:
        """Wait until one more call fits, and return the seconds waited.

        A place is booked before sleeping, so callers queue up instead of racing. Raises PortalUnavailable
        at once when `method` is paused: waiting minutes inside a call would hold a worker.
        """
        now = self._clock()
        if method.lower() in self._bucket.paused(now):
            raise fault(OPERATION_LIMIT, status=429, method=method)
        level = self._bucket.book(now, self.rate.per_second)
        room = self.rate.burst - self._spare
        wait = max(0.0, (level - room) / self.rate.per_second)
        if wait:
            self.sleep(wait)
        return wait

    def fill(self) -> None:
        """Take the bucket as full: the portal just said so, other clients share it."""
        self._bucket.fill(self._clock(), self.rate.burst)

    def paused(self) -> frozenset[str]:
        """Return the methods that are paused now, in small letters."""
        return self._bucket.paused(self._clock())

    def pause(self, method: str, seconds: float) -> None:
        """Refuse `method` for `seconds`, alone and inside batches; others go on."""
        self._bucket.pause(method.lower(), self._clock() + max(1.0, min(seconds, 900.0)))


class Limiters:
    """One `Limiter` a portal, made when first asked for."""

    def __init__(self, make: Callable[[str], Limiter] = lambda _portal: Limiter()) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._by_portal: dict[str, Limiter] = {}

    def of(self, portal: str) -> Limiter:
        """Return the bucket of `portal`, the same one every time."""
        with self._lock:
            return self._by_portal.setdefault(portal, self._make(portal))
