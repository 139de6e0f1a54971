"""Mail that came back: what a delivery status notification says about a mail of ours.

A mail is known by its Message-ID, whose left side is the delivery's id. The notification is outside material: what
cannot be read is nothing. Source: RFC 3464 (notifications), RFC 3462 (multipart/report), RFC 3463 (codes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from typing import Final

from app.delivery.channel import Outcome, Report

LARGEST_BYTES: Final = 2 * 1024 * 1024
_OURS = re.compile(r"<?([0-9a-f]{32})@[^@\s<>]{1,255}>?")
_OUTCOMES: Mapping[str, Outcome] = {
    "failed": Outcome.FAILED,
    "bounced": Outcome.FAILED,
    "delivered": Outcome.DELIVERED,
    "delayed": Outcome.UNDER_WAY,
}
_MAX_PARTS = 200


@dataclass(frozen=True, slots=True)
class Returned:
    """What is told about one mail of ours."""

    delivery_id: str
    report: Report


def read(raw: bytes) -> Returned | None:
    """Return what a notification says, None for any other mail. The worst of several recipients counts."""
    if len(raw) > LARGEST_BYTES:
        return None
    try:
        mail = message_from_bytes(raw, EmailMessage, policy=policy.compat32)
        parts = list(_parts(mail))
    except (MessageError, ValueError, LookupError, RecursionError):
        return None
    delivery_id = next(filter(None, map(_message_id, parts)), "")
    reports = [found for part in parts for found in _reports(part)]
    if not delivery_id or not reports:
        return None
    worst = sorted(reports, key=lambda one: one.outcome is not Outcome.FAILED)[0]
    return Returned(delivery_id, worst)


def read_fields(told: object) -> Returned | None:
    """Return what a JSON object says: message_id, outcome (bounced, delivered, delayed), words; else None."""
    if not isinstance(told, Mapping):
        return None
    ours = _OURS.fullmatch(str(told.get("message_id", "")).strip())
    outcome = _OUTCOMES.get(str(told.get("outcome", "")).lower())
    if ours is None or outcome is None:
        return None
    return Returned(ours[1], Report(outcome, _words(str(told.get("words", "")))))


def _parts(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number >= _MAX_PARTS:
            return
        yield part


def _message_id(part: Message) -> str:
    """Return our id out of the mail that is enclosed, whole or its headers as text."""
    if part.get_content_type() == "text/rfc822-headers":
        payload = part.get_payload(decode=True)
        enclosed = message_from_bytes(payload) if isinstance(payload, bytes) else None
        ours = _OURS.fullmatch(str(enclosed.get("Message-ID", "")).strip()) if enclosed else None
    else:
        ours = _OURS.fullmatch(str(part.get("Message-ID", "")).strip())
    return ours[1] if ours else ""


def _reports(part: Message) -> Iterator[Report]:
    """Yield what each recipient's block of a message/delivery-status says."""
    if part.get_content_type() != "message/delivery-status":
        return
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).split("(")[0].strip().lower()
        if action in _OUTCOMES:
            told = f"{block.get('Status', '')} {block.get('Diagnostic-Code', '')}"
            yield Report(_OUTCOMES[action], _words(told))


def _words(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
