"""What every way of reaching a person shares: a message, a receipt, one method.

A message may be carried twice by a flow that was interrupted, so each has an id that never changes:
a mail's Message-ID, an SMS gateway's client reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,119}")


class Kind(StrEnum):
    """How a message travels. A link handed over by hand is no channel."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. For SMS only `to`, `text` and `message_id` count."""

    to: str
    """An e-mail address, or a phone number in E.164 ("+33199000012")."""
    channel: Kind
    text: str
    message_id: str
    """Stable: letters, digits and `._:-`, at most 120. The same id is the same message."""
    subject: str = ""
    html: str = ""
    reply_to: str = ""
    from_name: str = ""
    """Shown as the sender; the address is always the operator's."""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.message_id):
            raise ValueError("message_id must be short and plain")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider accepted the message; only then may anyone say "sent"."""

    provider: str
    provider_id: str
    """The provider's own name for it, to ask or to search its log; may be empty."""
    accepted_at: datetime


class Outcome(StrEnum):
    """What became of a message after it was accepted."""

    UNDER_WAY = "under way"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider tells later about a message it accepted; `words` are its own."""

    outcome: Outcome
    words: str = ""


class Channel(Protocol):
    """A way to carry messages."""

    def send(self, message: Message) -> Receipt:
        """Return the provider's receipt.

        Raises DeliveryFailed; `permanent` when the same message will not be taken later either.
        """
        ...
