"""SMS: one request a message, and never a second message on a guess."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from gateways import KEY, SmsSink, sms_sink

from app.delivery.channel import Kind, Message
from app.delivery.gateways import GatewayRequest
from app.delivery.sms import SmsChannel, SmsGateway
from app.errors import DeliveryFailed

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MESSAGE = Message(
    to="+33199000012", channel=Kind.SMS, text="Votre code {est} 482913", message_id="d-1"
)


@pytest.fixture
def sink() -> Iterator[SmsSink]:
    with sms_sink() as running:
        yield running


def channel(sink: SmsSink, *, key: str = KEY, request: GatewayRequest | None = None) -> SmsChannel:
    gateway = SmsGateway(sink.url, key, "Paraph", request or GatewayRequest(), timeout_s=5)
    return SmsChannel(gateway, now=lambda: NOW)


def test_the_gateway_gets_number_text_sender_and_our_reference(sink: SmsSink) -> None:
    receipt = channel(sink).send(MESSAGE)
    assert sink.sent == [
        {
            "to": "+33199000012",
            "text": "Votre code {est} 482913",
            "from": "Paraph",
            "client_ref": "d-1",
        }
    ]
    assert (receipt.provider, receipt.provider_id) == ("sms", "sms-1")


def test_a_repeated_message_is_found_instead_of_sent(sink: SmsSink) -> None:
    first = channel(sink).send(MESSAGE)
    again = channel(sink).send(MESSAGE)
    assert again.provider_id == first.provider_id
    assert sink.posts == 1


def test_a_lost_answer_is_asked_for_before_anyone_sends_again(sink: SmsSink) -> None:
    sink.hang_up_after_taking = True
    receipt = channel(sink).send(MESSAGE)
    assert receipt.provider_id == "sms-1"
    assert sink.posts == 1


def test_a_gateway_without_lookup_is_simply_asked_to_send(sink: SmsSink) -> None:
    sink.knows_lookup = False
    assert channel(sink).send(MESSAGE).provider_id == "sms-1"


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        (400, True),
        (422, True),
        (401, False),
        (402, False),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_a_refusal_is_final_only_when_it_is_about_the_message(
    sink: SmsSink, status: int, permanent: bool
) -> None:
    sink.status = status
    with pytest.raises(DeliveryFailed) as refused:
        channel(sink).send(MESSAGE)
    assert refused.value.permanent is permanent
    assert "+331" not in str(refused.value)


def test_a_wrong_key_waits_for_the_operator_and_is_not_told(sink: SmsSink) -> None:
    with pytest.raises(DeliveryFailed) as refused:
        channel(sink, key="other-key").send(MESSAGE)
    assert not refused.value.permanent
    assert "other-key" not in str(refused.value)


def test_an_answer_that_is_no_json_is_not_taken_for_a_yes(sink: SmsSink) -> None:
    sink.knows_lookup = False
    sink.body = b"<html>Service page</html>"
    with pytest.raises(DeliveryFailed):
        channel(sink).send(MESSAGE)


def test_another_gateway_is_a_template_away(sink: SmsSink) -> None:
    other = GatewayRequest(
        body={"to": "{to}", "text": "{text}", "client_ref": "{ref}", "origin": "{sender}"},
        headers={"Authorization": "Bearer {key}", "X-Account": "{sender}"},
        lookup={},
    )
    channel(sink, request=other).send(MESSAGE)
    assert sink.sent[0]["origin"] == "Paraph"
