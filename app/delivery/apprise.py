"""SMS by any service that the Apprise library knows: an address of its own kind, with {to} or {digits} in it.

Apprise tells yes or no, and nothing later: no id, no receipt, no looking for a message that may have gone out. So
each message leaves once; after a no the recipient's other channel follows. The library is an extra of the package.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.delivery.channel import Message, Receipt
from app.delivery.gateways import filled
from app.delivery.sms import phone_number
from app.errors import DeliveryFailed

ABSENT = "The library for this SMS address is not installed (the package's extra “apprise”)."
REFUSED = "The service behind the SMS address did not take the message."


class AppriseChannel:
    """A Channel to one Apprise address, such as "clicksend://user:key@{digits}"."""

    finds_repeats = False

    def __init__(self, url: str, *, now: Callable[[], datetime]) -> None:
        self._url = url
        self._now = now

    def send(self, message: Message) -> Receipt:
        """Return a receipt without an id; raises DeliveryFailed."""
        to = phone_number(message.to)
        address = str(filled(self._url, {"to": to, "digits": to.lstrip("+")}))
        library = _library()
        service = library.Apprise()
        if not service.add(address):
            raise DeliveryFailed("The SMS address is not one that Apprise understands.")
        if not service.notify(body=message.text, body_format=library.NotifyFormat.TEXT):
            raise DeliveryFailed(REFUSED, permanent=True)
        return Receipt("apprise", "", self._now())


def _library() -> Any:
    try:
        return importlib.import_module("apprise")
    except ImportError as error:
        raise DeliveryFailed(ABSENT) from error
