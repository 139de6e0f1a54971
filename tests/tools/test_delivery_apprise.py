"""An Apprise address as SMS gateway: the number goes in, yes or no comes out, and nothing leaves twice."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scripted_http import Answer, Asked, serving

from app.delivery.apprise import ABSENT, AppriseChannel
from app.delivery.channel import Kind, Message
from app.delivery.channels import open_channels
from app.delivery.sms import UNSURE
from app.errors import DeliveryFailed, is_retryable
from app.settings import Settings

# A service of the library reads pictures with a module that Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MESSAGE = Message(to="+33199000012", channel=Kind.SMS, text="Your {code}: 482913", message_id="d1")


def channel(url: str) -> AppriseChannel:
    return AppriseChannel(url.replace("http://", "json://") + "/sms/{digits}", now=lambda: NOW)


def test_the_service_gets_text_and_number() -> None:
    with serving(lambda _: (200, {"ok": True})) as service:
        receipt = channel(service.url).send(MESSAGE)
    (asked,) = service.asked
    assert asked.path == "/sms/33199000012"
    assert asked.body["message"] == MESSAGE.text
    assert (receipt.provider, receipt.provider_id, receipt.accepted_at) == ("apprise", "", NOW)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(503, False), (429, False), (401, False), (400, True), (404, True), (500, True), (504, True)],
)
def test_a_no_is_tried_again_only_when_the_message_surely_did_not_leave(
    status: int, permanent: bool
) -> None:
    def refuse(_: Asked) -> Answer:
        return status, {}

    with serving(refuse) as service, pytest.raises(DeliveryFailed) as caught:
        channel(service.url).send(MESSAGE)
    assert caught.value.permanent is permanent
    assert len(service.asked) == 1


def test_a_service_that_is_not_there_is_tried_again() -> None:
    with serving(lambda _: (200, {})) as service:
        gone = channel(service.url)
    with pytest.raises(DeliveryFailed) as caught:
        gone.send(MESSAGE)
    assert is_retryable(caught.value)


def test_a_service_that_takes_it_and_falls_silent_gets_it_once() -> None:
    with serving(lambda _: (0, None)) as service, pytest.raises(DeliveryFailed) as caught:
        channel(service.url).send(MESSAGE)
    assert caught.value.permanent
    assert caught.value.message_key == UNSURE
    assert len(service.asked) == 1


class Kept(logging.Handler):
    """What reaches the log of the process."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_what_the_library_says_of_people_reaches_no_log() -> None:
    kept = Kept()
    logging.getLogger().addHandler(kept)
    try:
        with serving(lambda _: (503, {})) as service, pytest.raises(DeliveryFailed):
            channel(service.url).send(MESSAGE)
    finally:
        logging.getLogger().removeHandler(kept)
    assert not [line for line in kept.lines if MESSAGE.text in line]
    assert not [line for line in kept.lines if "Failed to send" in line]


def test_words_of_the_message_are_not_taken_for_the_services() -> None:
    odd = replace(MESSAGE, text="NewConnectionError, Socket Exception, error=503.")
    with serving(lambda _: (400, {})) as service, pytest.raises(DeliveryFailed) as caught:
        channel(service.url).send(odd)
    assert caught.value.permanent


def test_without_the_library_messages_wait_for_the_operator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(DeliveryFailed) as caught:
        channel("http://127.0.0.1:9").send(MESSAGE)
    assert caught.value.message_key == ABSENT
    assert is_retryable(caught.value)


def test_an_address_that_is_none_waits_for_the_operator() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        AppriseChannel("nothing", now=lambda: NOW).send(MESSAGE)
    assert is_retryable(caught.value)


def test_the_settings_choose_it_and_know_that_it_cannot_be_asked(tmp_path: Path) -> None:
    values = {"data": tmp_path, "sms_preset": "apprise", "sms_url": "json://127.0.0.1/{digits}"}
    channels = open_channels(Settings.model_validate(values), now=lambda: NOW)
    assert Kind.SMS in channels.kinds
    assert channels.sends_blindly(Kind.SMS)
    assert channels.report(Kind.SMS, "x") is None
