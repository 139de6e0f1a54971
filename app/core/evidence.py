"""Audit events and their SHA-256 chain: one chain per envelope, each event names the hash before it.

The canonical form is JSON with sorted keys, no spaces, UTF-8, times as UTC with milliseconds ("...Z").

What tells of a person (address, browser, names: the *details*) is not in the chain itself but stands behind a
salted commitment: it can be erased, and the chain still holds; it cannot be changed. Events of the first form
(without "details") carried it openly, and are still understood.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

GENESIS = "0" * 64
_OPENED = frozenset({"ip", "browser", "data", "salt"})


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
    CODE_LIFTED = "code_lifted"
    EXTENDED = "extended"
    IN_PERSON = "in_person"
    HELD = "held"
    RELEASED = "released"
    RETENTION_ENDED = "retention_ended"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One link of the chain. `hash` covers all but the details, and these by `commitment`."""

    envelope_id: str
    number: int
    """1, 2, 3... without gaps."""
    kind: EventKind
    at: datetime
    actor: str
    """ "system", "portal_user:12", "recipient:<id>": whoever these are is not said here."""
    ip: str
    browser: str
    data: Mapping[str, str]
    """JSON scalars only. With `ip` and `browser` these are the details."""
    previous: str
    hash: str
    commitment: str = ""
    """SHA-256 of salt and details; "" in the first form, where `hash` covers the details themselves."""
    salt: str = ""
    is_erased: bool = False
    """The details were erased; their commitment stays."""


def iso_ms(at: datetime) -> str:
    """Return `at` as UTC ISO 8601 with milliseconds and a Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def canonical(event: AuditEvent) -> dict[str, object]:
    """Return the hashed part of `event` as JSON values."""
    first_form = _details(event) if not event.commitment else {"details": event.commitment}
    return {
        "envelope": event.envelope_id,
        "number": event.number,
        "kind": event.kind.value,
        "at": iso_ms(event.at),
        "actor": event.actor,
        **first_form,
        "previous": event.previous,
    }


def _details(event: AuditEvent) -> dict[str, object]:
    return {"ip": event.ip, "browser": event.browser, "data": dict(event.data)}


def commitment_to(details: Mapping[str, object], *, salt: str) -> str:
    """Return what stands in the chain for `details` (ip, browser, data), SHA-256 in hex."""
    return digest_of({**details, "salt": salt})


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
    salt: str = "",
) -> AuditEvent:
    """Return the event that follows `last` in the chain of `envelope_id`; `salt`: 128 random bits in hex."""
    details = {"ip": ip, "browser": browser, "data": dict(data or {})}
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
        commitment=commitment_to(details, salt=salt),
        salt=salt,
    )
    return replace(unsealed, hash=digest_of(canonical(unsealed)))


def to_json(event: AuditEvent) -> dict[str, object]:
    """Return `event` for the trail file: its hashed part, its hash, and the details while they are kept."""
    values = {**canonical(event), "hash": event.hash}
    if event.is_erased or not event.commitment:
        return values
    return {**values, **_details(event), "salt": event.salt}


def check_chain(entries: Iterable[Mapping[str, object]]) -> str | None:
    """Return the first fault of a trail in `to_json` form, naming the event, or None when it holds."""
    previous = GENESIS
    for number, entry in enumerate(entries, 1):
        if fault := _fault(entry, number, previous):
            return f"event {number}: {fault}"
        previous = str(entry["hash"])
    return None


def _fault(entry: Mapping[str, object], number: int, previous: str) -> str:
    hidden = frozenset({"hash"}) | (_OPENED if "details" in entry else frozenset())
    if entry.get("number") != number:
        return f"number is {entry.get('number')}"
    if entry.get("previous") != previous:
        return "does not follow the event before it"
    body = {key: value for key, value in entry.items() if key not in hidden}
    if digest_of(body) != entry.get("hash"):
        return "was altered"
    opened = {key: value for key, value in entry.items() if key in hidden - {"hash"}}
    if opened and digest_of(opened) != entry["details"]:
        return "its details were altered"
    return ""
