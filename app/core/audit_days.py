"""The root of a day: one SHA-256 over the heads of every chain that grew on it, and the root before it.

Time-stamped once, it fixes every event of that day and of all days before; the roots form a chain themselves, so
each new time stamp also renews the proof of the old ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.core.evidence import AuditEvent, digest_of

Head = tuple[int, str]
"""Number and hash of a chain's last event."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day's root as it was kept; `token` is DER."""

    day: str
    previous: str
    heads: Mapping[str, Head]
    root: str
    token: bytes

    @property
    def expected_root(self) -> str:
        """The root that the kept heads make."""
        return root_of(self.day, previous=self.previous, heads=self.heads)


def root_of(day: str, *, previous: str, heads: Mapping[str, Head]) -> str:
    """Return the SHA-256 (hex) over `day`, the root before it, and the leaves of `heads` (by envelope id)."""
    return digest_of({"day": day, "previous": previous, "leaves": leaves_of(heads)})


def leaves_of(heads: Mapping[str, Head]) -> list[str]:
    """Return one digest for each chain, sorted. They can be handed out: a leaf names no envelope."""
    return sorted(leaf_of(envelope_id, head) for envelope_id, head in heads.items())


def leaf_of(envelope_id: str, head: Head) -> str:
    """Return the SHA-256 (hex) of {"envelope": its id, "head": [number, hash]}."""
    return digest_of({"envelope": envelope_id, "head": list(head)})


def day_of(at: datetime) -> str:
    """Return the UTC day of `at`: "2026-11-24"."""
    return at.astimezone(UTC).date().isoformat()


def span(day: str) -> tuple[datetime, datetime]:
    """Return when `day` began and when the next one did, aware UTC."""
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=UTC)
    return start, start + timedelta(days=1)


def heads_by_day(chain: list[AuditEvent]) -> Mapping[str, Head]:
    """Return for every day on which `chain` grew the last event's number and hash."""
    return {day_of(event.at): (event.number, event.hash) for event in chain}
