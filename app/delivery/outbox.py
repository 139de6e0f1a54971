"""Messages as files in a folder: for development, where nothing may leave the machine. It warns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from app.delivery.channel import Kind, Message, Receipt
from app.delivery.email import build_mail
from app.delivery.sms import phone_number
from app.errors import DeliveryFailed


class OutboxChannel:
    """A Channel that writes `<message id>.eml` or `.txt`; the same message again is the same file."""

    def __init__(self, folder: Path, *, mail_from: str, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._mail_from = mail_from
        self._now = now
        structlog.get_logger(__name__).warning("messages_go_to_a_folder", folder=str(folder))

    def send(self, message: Message) -> Receipt:
        """Return a receipt once the file is written; raises DeliveryFailed."""
        at = self._now()
        if message.channel is Kind.EMAIL:
            mail = build_mail(message, mail_from=self._mail_from, at=at)
            name, content = f"{message.message_id}.eml", bytes(mail)
        else:
            text = f"To: {phone_number(message.to)}\n\n{message.text}\n"
            name, content = f"{message.message_id}.txt", text.encode()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name.replace(":", "_")).write_bytes(content)
        except OSError as error:
            raise DeliveryFailed("The outbox folder cannot be written.") from error
        return Receipt("outbox", name, at)
