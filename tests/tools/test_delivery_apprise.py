"""An Apprise address as SMS gateway: the number goes in, yes or no comes out, and nothing leaves twice."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scripted_http import Answer, Asked, serving

from app.delivery.apprise import ABSENT, AppriseChannel
from app.delivery.channel import Kind, Message
from app.delivery.channels import open_channels
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


def test_a_no_is_final_so_that_the_other_channel_follows() -> None:
    def refuse(_: Asked) -> Answer:
        return 500, {}

    with serving(refuse) as service, pytest.raises(DeliveryFailed) as caught:
        channel(service.url).send(MESSAGE)
    assert caught.value.permanent
    assert len(service.asked) == 1


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
