"""What an examination of the trails found: every fault with its place. Pure; what it judges is handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.audit_days import Day, Head
from app.core.evidence import AuditEvent, check_chain, to_json


@dataclass(frozen=True, slots=True)
class Fault:
    """A change that was found. `place`: an envelope's id, or "day 2026-11-24"; `what`: English, for operators."""

    place: str
    what: str


def chain_faults(envelope_id: str, chain: Sequence[AuditEvent]) -> list[Fault]:
    """Return the first fault of one chain; none when it holds."""
    if any(event.envelope_id != envelope_id for event in chain):
        return [Fault(envelope_id, "an event of another envelope")]
    fault = check_chain([to_json(event) for event in chain])
    return [Fault(envelope_id, fault)] if fault else []


def trail_faults(
    envelope_id: str, chain: Sequence[AuditEvent], sealed: Sequence[Mapping[str, object]]
) -> list[Fault]:
    """Return how the chain differs from the trail inside the sealed file: that one cannot be changed."""
    hashes = [event.hash for event in chain]
    for number, entry in enumerate(sealed, 1):
        if number > len(hashes):
            return [Fault(envelope_id, f"event {number}: is missing, the sealed file holds it")]
        if hashes[number - 1] != entry.get("hash"):
            return [Fault(envelope_id, f"event {number}: differs from the sealed file")]
    return []


def root_faults(days: Sequence[Day]) -> list[Fault]:
    """Return where the roots do not fit themselves or one another; their time stamps are judged elsewhere."""
    found, previous = [], ""
    for day in days:
        if day.previous != previous:
            found.append(Fault(f"day {day.day}", "does not follow the root before it"))
        if day.expected_root != day.root:
            found.append(Fault(f"day {day.day}", "the root does not fit the heads kept with it"))
        previous = day.root
    return found


def head_faults(day: Day, heads: Mapping[str, Head]) -> list[Fault]:
    """Return, by envelope, how what is recorded for `day` differs from what was stamped; `heads`: as it is now."""
    found = []
    for envelope_id in sorted({*day.heads, *heads}):
        stamped, now = day.heads.get(envelope_id), heads.get(envelope_id)
        if stamped != now:
            what = f"{_difference(stamped, now)} (the root of {day.day})"
            found.append(Fault(envelope_id, what))
    return found


def _difference(stamped: Head | None, now: Head | None) -> str:
    if stamped is None:
        return "events were added to a day that was closed"
    if now is None or now[0] < stamped[0]:
        return f"event {stamped[0]}: is missing"
    if now[0] > stamped[0]:
        return f"event {now[0]}: was added to a day that was closed"
    return f"event {stamped[0]}: differs from what was stamped"
