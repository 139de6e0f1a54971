"""Messages and logs: mail, SMS, portal notifications, REST calls, outgoing deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(slots=True)
class Attachment:
    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Mail:
    """One e-mail that reached a mailbox. source: "smtp" (the sink) or "crm" (crm.activity.add)."""

    id: int
    received: datetime
    sender: str
    recipients: list[str]
    subject: str
    text: str
    html: str
    raw: bytes
    attachments: list[Attachment] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    source: str = "smtp"
    read: bool = False


@dataclass(slots=True)
class Sms:
    """One message of the SMS gateway. status: accepted, delivered, failed."""

    id: str
    to: str
    text: str
    sender: str
    client_ref: str
    created: datetime
    status: str = "delivered"
    error: str = ""


@dataclass(slots=True)
class Notification:
    """A portal notification (im.notify.system.add)."""

    id: int
    user_id: int
    message: str
    created: datetime
    tag: str = ""
    message_out: str = ""
    read: bool = False


@dataclass(slots=True)
class RestCall:
    at: datetime
    method: str
    client_id: str
    user_id: int
    status: int
    error: str
    duration_ms: float
    batched: bool = False


@dataclass(slots=True)
class Delivery:
    """One POST of the portal to an app (event or robot). status 0 = nobody answered."""

    id: int
    kind: Literal["event", "robot"]
    name: str
    url: str
    due: datetime
    body: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    error: str = ""
    run_id: int = 0
