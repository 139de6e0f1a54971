"""Audit events and their SHA-256 chain: one chain per envelope, each event names the hash before it.

The canonical form is JSON with sorted keys, no spaces, UTF-8, times as UTC with milliseconds ("...Z").
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

GENESIS = "0" * 64


class EventKind(StrEnum):
    """Closed list. The value is the word in the trail's JSON."""

    CREATED = "created"
    PREPARED = "prepared"
    SENT = "sent"
    INVITED = "invited"
    DELIVERY_FAILED = "delivery_failed"
    LINK_COPIED = "link_copied"
    OPENED = "opened"
    VIEWED = "viewed"
    CODE_SENT = "code_sent"
    CODE_ACCEPTED = "code_accepted"
    CODE_REFUSED = "code_refused"
    CONSENTED = "consented"
    SIGNED = "signed"
    DECLINED = "declined"
    REMINDED = "reminded"
    VOIDED = "voided"
    EXPIRED = "expired"
    COMPLETED = "completed"
    SEALED = "sealed"
    COPY_SENT = "copy_sent"
    HANDOVER_ASKED = "handover_asked"
    HANDOVER_REFUSED = "handover_refused"
    HANDOVER_TAKEN_BACK = "handover_taken_back"
    HANDED_OVER = "handed_over"
    NOT_MEANT = "not_meant"
    RENEWAL_ASKED = "renewal_asked"
    CORRECTED = "corrected"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One link of the chain. `data` holds only JSON scalars; `hash` covers everything above it."""

    envelope_id: str
    number: int
    """1, 2, 3... without gaps."""
    kind: EventKind
    at: datetime
    actor: str
    """ "system", "portal_user:12", "recipient:<id>"."""
    ip: str
    browser: str
    data: Mapping[str, str]
    previous: str
    hash: str


def iso_ms(at: datetime) -> str:
    """Return `at` as UTC ISO 8601 with milliseconds and a Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def canonical(event: AuditEvent) -> dict[str, object]:
    """Return the hashed part of `event` as JSON values."""
    return {
        "envelope": event.envelope_id,
        "number": event.number,
        "kind": event.kind.value,
        "at": iso_ms(event.at),
        "actor": event.actor,
        "ip": event.ip,
        "browser": event.browser,
        "data": dict(event.data),
        "previous": event.previous,
    }


def digest_of(values: Mapping[str, object]) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of `values`."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def append(
    last: AuditEvent | None,
    *,
    envelope_id: str,
    kind: EventKind,
    at: datetime,
    actor: str,
    ip: str = "",
    browser: str = "",
    data: Mapping[str, str] | None = None,
) -> AuditEvent:
    """Return the event that follows `last` in the chain of `envelope_id`."""
    unsealed = AuditEvent(
        envelope_id=envelope_id,
        number=last.number + 1 if last else 1,
        kind=kind,
        at=at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000),
        actor=actor,
        ip=ip,
        browser=browser,
        data=dict(data or {}),
        previous=last.hash if last else GENESIS,
        hash="",
    )
    return _hashed(unsealed)


def _hashed(event: AuditEvent) -> AuditEvent:
    values = {name: getattr(event, name) for name in AuditEvent.__slots__}
    return AuditEvent(**{**values, "hash": digest_of(canonical(event))})


def to_json(event: AuditEvent) -> dict[str, object]:
    """Return `event` for the trail file: its canonical form and its hash."""
    return {**canonical(event), "hash": event.hash}


def check_chain(entries: Iterable[Mapping[str, object]]) -> str | None:
    """Return the first fault of a trail in `to_json` form, naming the event, or None when it holds."""
    previous = GENESIS
    for number, entry in enumerate(entries, 1):
        body = {key: value for key, value in entry.items() if key != "hash"}
        if entry.get("number") != number:
            return f"event {number}: number is {entry.get('number')}"
        if entry.get("previous") != previous:
            return f"event {number}: does not follow the event before it"
        if digest_of(body) != entry.get("hash"):
            return f"event {number}: was altered"
        previous = str(entry["hash"])
    return None
