"""SMS by any gateway that takes one HTTP request a message.

The request is a template, so a provider is a few lines of settings rather than a class. A message is
never sent twice on a guess: the gateway is asked for our reference before each POST, and again when a
POST brought no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from app.delivery.channel import Message, Receipt
from app.errors import DeliveryFailed

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LATER = frozenset({408, 409, 423, 425, 429})
# No such message, or no such question: then the gateway's own care for our reference must do.
_KNOWS_NOTHING = frozenset({404, 405, 501})
_ABOUT_OUR_ACCOUNT = frozenset({401, 402, 403, 407})


def phone_number(text: str) -> str:
    """Return `text` if it is E.164; raises DeliveryFailed (permanent)."""
    if not _E164.fullmatch(text):
        raise DeliveryFailed("This is not a phone number.", permanent=True)
    return text


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """How a gateway wants to be asked. Values may hold {to} {text} {sender} {ref} {key}."""

    body: Mapping[str, str] = field(
        default_factory=lambda: {
            "to": "{to}",
            "text": "{text}",
            "from": "{sender}",
            "client_ref": "{ref}",
        }
    )
    headers: Mapping[str, str] = field(default_factory=lambda: {"Authorization": "Bearer {key}"})
    as_form: bool = False
    """A form body in place of JSON."""
    lookup: Mapping[str, str] = field(default_factory=lambda: {"client_ref": "{ref}"})
    """Query of the GET that finds a message by our reference; empty when the gateway has none."""
    id_field: str = "id"


@dataclass(frozen=True, slots=True)
class SmsGateway:
    url: str
    key: str
    sender: str
    request: GatewayRequest = GatewayRequest()
    timeout_s: float = 15.0


class SmsChannel:
    """A Channel to one gateway."""

    def __init__(
        self,
        gateway: SmsGateway,
        *,
        now: Callable[[], datetime],
        session: requests.Session | None = None,
    ) -> None:
        self._gateway = gateway
        self._now = now
        self._http = session or requests.Session()

    def send(self, message: Message) -> Receipt:
        """Return the gateway's receipt; raises DeliveryFailed."""
        phone_number(message.to)
        return self._find(message) or self._post(message)

    def _post(self, message: Message) -> Receipt:
        asked = self._gateway.request
        body = self._filled(asked.body, message)
        try:
            answer = self._ask("POST", message, **{"data" if asked.as_form else "json": body})
        except DeliveryFailed:
            # It may have gone out all the same: ask before anyone tries again.
            if found := self._find(message):
                return found
            raise
        return self._receipt(answer)

    def _find(self, message: Message) -> Receipt | None:
        """Return the receipt of a message that the gateway already has, or None."""
        lookup = self._gateway.request.lookup
        if not lookup:
            return None
        answer = self._ask("GET", message, params=self._filled(lookup, message))
        return None if answer.status_code in _KNOWS_NOTHING else self._receipt(answer)

    def _ask(self, method: str, message: Message, **content: Any) -> requests.Response:
        headers = self._filled(self._gateway.request.headers, message)
        try:
            return self._http.request(
                method,
                self._gateway.url,
                headers=headers,
                timeout=self._gateway.timeout_s,
                allow_redirects=False,
                **content,
            )
        except requests.RequestException as error:
            raise DeliveryFailed("The SMS gateway does not answer.") from error

    def _receipt(self, answer: requests.Response) -> Receipt:
        code = answer.status_code
        if code >= 300:
            permanent = 400 <= code < 500 and code not in _LATER | _ABOUT_OUR_ACCOUNT
            raise DeliveryFailed(
                "The SMS gateway refused the message ({code}).", permanent=permanent, code=code
            )
        try:
            provider_id = str(answer.json()[self._gateway.request.id_field])
        except (ValueError, KeyError, TypeError) as error:
            raise DeliveryFailed("The SMS gateway's answer cannot be read.") from error
        return Receipt("sms", provider_id[:200], self._now())

    def _filled(self, template: Mapping[str, str], message: Message) -> dict[str, str]:
        values = {
            "to": message.to,
            "text": message.text,
            "sender": self._gateway.sender,
            "ref": message.message_id,
            "key": self._gateway.key,
        }
        return {name: pattern.format_map(values) for name, pattern in template.items()}
