"""SMS by any gateway that takes one HTTP request a message.

The request is a template (app.delivery.gateways), so a provider is data rather than a class. A message is
never sent twice on a guess: the gateway is asked for our reference before each POST, and again when a
POST brought no answer. One that cannot be asked gets no second POST after it fell silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import NewConnectionError

from app.delivery.channel import Message, Outcome, Receipt, Report
from app.delivery.gateways import GatewayRequest, filled, text_at
from app.errors import DeliveryFailed

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LATER = frozenset({408, 409, 423, 425, 429})
# No such message, or no such question: then the gateway's own care for our reference must do.
_KNOWS_NOTHING = frozenset({404, 405, 501})
_ABOUT_OUR_ACCOUNT = frozenset({401, 402, 403, 407})
_MAY_HAVE_LEFT = frozenset({500, 502, 504, 520, 522, 524})
UNREADABLE = "The SMS gateway's answer cannot be read."
UNSURE = "We cannot tell whether this SMS went out, so it is not sent a second time."


def phone_number(text: str) -> str:
    """Return `text` if it is E.164; raises DeliveryFailed (permanent)."""
    if not _E164.fullmatch(text):
        raise DeliveryFailed("This is not a phone number.", permanent=True)
    return text


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """One gateway as the operator set it up. `url`: its base address; empty: that of the preset.

    `status_url` ("https://.../{id}") and `callback`, where delivery receipts come to us, may be empty.
    """

    url: str
    key: str
    sender: str
    request: GatewayRequest = field(default_factory=GatewayRequest)
    timeout_s: float = 15.0
    account: str = ""
    status_url: str = ""
    callback: str = ""
    name: str = "sms"


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

    @property
    def finds_repeats(self) -> bool:
        """Whether a message that may have gone out already can be found instead of sent again."""
        return bool(self._gateway.request.lookup)

    def send(self, message: Message) -> Receipt:
        """Return the gateway's receipt; raises DeliveryFailed."""
        phone_number(message.to)
        return self._find(message) or self._post(message)

    def report(self, provider_id: str) -> Report | None:
        """Return what became of a message, nothing when this gateway cannot be asked; raises DeliveryFailed."""
        asked, values = self._gateway.request, {**self._values(), "id": quote(provider_id, safe="")}
        address = self._gateway.status_url or asked.status
        if not address or not provider_id:
            return None
        query = filled(asked.status_query, {**values, "id": provider_id})
        answer = self._ask("GET", filled(address, values), values, params=query)
        if answer.status_code == 404:
            return Report(Outcome.UNDER_WAY)
        return asked.answer.report(_json(_accepted(answer)))

    def _post(self, message: Message) -> Receipt:
        asked, values = self._gateway.request, self._values(message)
        form = {"data" if asked.as_form else "json": filled(asked.body, values)}
        try:
            answer = self._ask("POST", filled(asked.send, values), values, **form)
        except _NoAnswer as error:
            # It may have gone out all the same: ask before anyone tries again.
            if found := self._find(message):
                return found
            if not self.finds_repeats and not error.never_left:
                raise DeliveryFailed(UNSURE, permanent=True) from error
            raise
        return self._receipt(answer, asked.id_field)

    def _find(self, message: Message) -> Receipt | None:
        """Return the receipt of a message that the gateway already has, or None."""
        asked, values = self._gateway.request, self._values(message)
        if not asked.lookup:
            return None
        query = filled(asked.lookup, values)
        answer = self._ask("GET", filled(asked.find, values), values, params=query)
        if answer.status_code in _KNOWS_NOTHING:
            return None
        if not text_at(_json(_accepted(answer)), asked.found_field):
            return None
        return self._receipt(answer, asked.found_field)

    def _ask(
        self, method: str, url: object, values: Mapping[str, str], **content: Any
    ) -> requests.Response:
        asked, gateway = self._gateway.request, self._gateway
        headers = {name: pattern.format_map(values) for name, pattern in asked.headers.items()}
        try:
            return self._http.request(
                method,
                str(url),
                headers=headers,
                auth=(gateway.account, gateway.key) if asked.basic else None,
                timeout=gateway.timeout_s,
                allow_redirects=False,
                **content,
            )
        except requests.RequestException as error:
            raise _NoAnswer(never_left=_never_left(error)) from error

    def _receipt(self, answer: requests.Response, id_field: str) -> Receipt:
        finds = self.finds_repeats
        try:
            provider_id = text_at(_json(_accepted(answer, finds_repeats=finds)), id_field)
        except _Unreadable as error:
            # A yes in words we cannot read is no reason to send it again unseen.
            raise DeliveryFailed(UNREADABLE if finds else UNSURE, permanent=not finds) from error
        if not provider_id:
            raise DeliveryFailed(UNREADABLE if finds else UNSURE, permanent=not finds)
        return Receipt(self._gateway.name, provider_id[:200], self._now())

    def _values(self, message: Message | None = None) -> dict[str, str]:
        gateway = self._gateway
        return {
            "base": (gateway.url or gateway.request.base).rstrip("/"),
            "account": quote(gateway.account, safe=""),
            "to": message.to if message else "",
            "digits": message.to.lstrip("+") if message else "",
            "text": message.text if message else "",
            "sender": gateway.sender,
            "ref": message.message_id if message else "",
            "key": gateway.key,
            "callback": gateway.callback,
        }


class _NoAnswer(DeliveryFailed):
    """The gateway gave no answer; `never_left`: the request did not even reach it."""

    def __init__(self, *, never_left: bool) -> None:
        self.never_left = never_left
        super().__init__("The SMS gateway does not answer.")


class _Unreadable(DeliveryFailed):
    """A yes that is no JSON."""


def _never_left(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def refusal(code: int, *, finds_repeats: bool) -> DeliveryFailed:
    """Return what an HTTP answer that is no yes means for a message.

    A broken or late answer of a gateway's front may hide a message that was taken; it is tried again only where it
    would be found.
    """
    if code in _MAY_HAVE_LEFT and not finds_repeats:
        return DeliveryFailed(UNSURE, permanent=True)
    permanent = 400 <= code < 500 and code not in _LATER | _ABOUT_OUR_ACCOUNT
    return DeliveryFailed(
        "The SMS gateway refused the message ({code}).", permanent=permanent, code=code
    )


def _accepted(answer: requests.Response, *, finds_repeats: bool = True) -> requests.Response:
    """Return `answer` if it is a yes; raises DeliveryFailed."""
    if answer.status_code >= 300:
        raise refusal(answer.status_code, finds_repeats=finds_repeats)
    return answer


def _json(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError as error:
        raise _Unreadable(UNREADABLE) from error
