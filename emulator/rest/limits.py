"""The two limits of the REST gate: the leaky bucket and the operating time per method."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from emulator.rest.errors import system
from emulator.state import State

BUCKETS = 10


class Gauge:
    """Counters of one portal. Call under the state's lock."""

    def __init__(self) -> None:
        self.taken = self.refused = 0
        self.levels: dict[str, tuple[float, datetime]] = {}
        self.spent: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)

    def take(self, state: State, address: str) -> None:
        """Add one request to the bucket of that source. Raises QUERY_LIMIT_EXCEEDED."""
        limits, now = state.limits, state.now()
        self.taken += 1
        level, before = self.levels.get(address, (0.0, now))
        level = max(0.0, level - (now - before).total_seconds() * limits.leak_per_second)
        if limits.enabled and level + 1 > limits.capacity:
            self.levels[address] = (level, now)
            self.refused += 1
            raise system("QUERY_LIMIT_EXCEEDED")
        self.levels[address] = (level + 1, now)

    def check_operating(self, state: State, method: str, client: str) -> None:
        """Raise OPERATION_TIME_LIMIT when that method of that app has used up its time."""
        if not state.limits.operating_enabled:
            return
        spent, reset = self.operating(state, method, client)
        if spent > state.limits.operating_limit_s:
            error = system("OPERATION_TIME_LIMIT")
            error.extra = {"time": {"operating": spent, "operating_reset_at": reset}}
            raise error

    def spend(self, state: State, method: str, client: str, seconds: float) -> None:
        minute = int(state.now().timestamp() // 60)
        buckets = self.spent[(method, client)]
        buckets[minute] = buckets.get(minute, 0.0) + seconds

    def operating(self, state: State, method: str, client: str) -> tuple[float, int]:
        """Return (seconds spent in ten minutes, unix time when the oldest are forgotten)."""
        minute = int(state.now().timestamp() // 60)
        buckets = self.spent[(method, client)]
        for old in [m for m in buckets if m <= minute - BUCKETS]:
            del buckets[old]
        oldest = min(buckets, default=minute)
        reset = datetime.fromtimestamp(oldest * 60, tz=state.now().tzinfo)
        return sum(buckets.values()), int((reset + timedelta(minutes=BUCKETS)).timestamp())

    def clear(self) -> None:
        self.taken = self.refused = 0
        self.levels.clear()
        self.spent.clear()
