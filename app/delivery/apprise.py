"""SMS by any service that the Apprise library knows: an address of its own kind, with {to} or {digits} in it.

Apprise tells yes or no, and nothing later: no id, no receipt, no looking for a message that may have gone out.
Why it was a no stands only in what the library logs meanwhile, which names numbers and texts and so goes nowhere
else. A message that surely did not leave is tried again; one of which nobody can tell is not.
"""

from __future__ import annotations

import importlib
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.delivery.channel import Message, Receipt
from app.delivery.gateways import filled
from app.delivery.sms import UNSURE, phone_number, refusal
from app.errors import DeliveryFailed

ABSENT = "The library for this SMS address is not installed (the package's extra “apprise”)."
REFUSED = "The service behind the SMS address did not take the message."
AWAY = "The SMS gateway does not answer."
_LOG = logging.getLogger("apprise")
_CODE = re.compile(r"error=(\d{3})\b")
# What requests and urllib3 say of a connection that never came about.
_NEVER_LEFT = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|Failed to establish a new connection"
)
_CONNECTION = re.compile(r"connection error", re.IGNORECASE)
_LINE = "Socket Exception:"


class AppriseChannel:
    """A Channel to one Apprise address, such as "clicksend://user:key@{digits}"."""

    finds_repeats = False

    def __init__(self, url: str, *, now: Callable[[], datetime]) -> None:
        self._url = url
        self._now = now

    def send(self, message: Message) -> Receipt:
        """Return a receipt without an id; raises DeliveryFailed, `permanent` where the message may have left."""
        to = phone_number(message.to)
        address = str(filled(self._url, {"to": to, "digits": to.lstrip("+")}))
        library = _library()
        with _overheard() as said:
            # One service asked by itself works in this thread, so that what it says is about this message.
            service = library.Apprise.instantiate(address)
            if service is None:
                raise DeliveryFailed("The SMS address is not one that Apprise understands.")
            taken = service.notify(body=message.text, body_format=library.NotifyFormat.TEXT)
        if not taken:
            raise _failure(said)
        return Receipt("apprise", "", self._now())


def _failure(said: _Listener) -> DeliveryFailed:
    """Return what the library's own words mean for the message."""
    if code := next(filter(None, map(_CODE.search, said.warnings)), None):
        return refusal(int(code[1]), finds_repeats=False)
    if any(map(_NEVER_LEFT.search, said.about_the_line)):
        return DeliveryFailed(AWAY)
    is_unsure = said.about_the_line or any(map(_CONNECTION.search, said.warnings))
    return DeliveryFailed(UNSURE if is_unsure else REFUSED, permanent=True)


@contextmanager
def _overheard() -> Iterator[_Listener]:
    """Collect what the library logs in this thread; it reaches no other log."""
    listener = _Listener()
    _LOG.propagate = False
    _LOG.setLevel(logging.DEBUG)
    _LOG.addHandler(listener)
    try:
        yield listener
    finally:
        _LOG.removeHandler(listener)


class _Listener(logging.Handler):
    """Keeps what tells of a failure in the thread that made it; the message's own words stand in other lines."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []
        self.about_the_line: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self._thread:
            return
        line = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.warnings.append(line)
        elif line.startswith(_LINE):
            self.about_the_line.append(line)


def _library() -> Any:
    try:
        return importlib.import_module("apprise")
    except ImportError as error:
        raise DeliveryFailed(ABSENT) from error
