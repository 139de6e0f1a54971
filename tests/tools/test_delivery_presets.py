"""Presets: each speaks to a local server that answers as the service's public documentation says."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from scripted_http import Answer, Asked, Service, serving

from app.delivery.channel import Kind, Message, Outcome
from app.delivery.gateways import text_at
from app.delivery.presets import PRESETS
from app.delivery.sms import UNSURE, SmsChannel, SmsGateway
from app.errors import DeliveryFailed

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MESSAGE = Message(
    to="+33199000012", channel=Kind.SMS, text="Your code {is} 482913", message_id="d-1"
)
CALLBACK = "https://sign.example.com/receipts/sms?key=s3cret"
BASIC = "Basic " + base64.b64encode(b"acct-1:k3y").decode()


@dataclass(frozen=True)
class Documented:
    """What the service's documentation shows: where to post what, and the answers."""

    name: str
    path: str
    body: Any
    authorization: str
    accepted: Answer
    provider_id: str
    state_path: str
    state: Callable[[str], Any]
    delivered: str
    failed: str
    under_way: str
    receipt: Any
    finds: bool = False
    nothing: Any = None


def twilio_state(word: str) -> Any:
    return {"sid": "SM1", "status": word, "error_code": None, "error_message": None}


def infobip_state(word: str) -> Any:
    status = {"groupId": 3, "groupName": word.split("_")[0], "id": 5, "name": word}
    return {"results": [{"messageId": "d-1", "status": {**status, "description": "As told"}}]}


def sinch_state(word: str) -> Any:
    statuses = [{"code": 0, "status": word, "count": 1}]
    return {"type": "delivery_report_sms", "batch_id": "01FC", "statuses": statuses}


def bird_state(word: str) -> Any:
    one = {"recipient": 33199000012, "status": word, "statusDatetime": "2026-11-24T09:30:01+00:00"}
    return {"id": "49e40bae", "recipients": {"totalCount": 1, "items": [one]}}


DOCUMENTED = [
    Documented(
        name="twilio",
        path="/2010-04-01/Accounts/acct-1/Messages.json",
        body={
            "To": "+33199000012",
            "From": "Paraph",
            "Body": MESSAGE.text,
            "StatusCallback": CALLBACK,
        },
        authorization=BASIC,
        accepted=(201, {"sid": "SM1", "status": "queued", "error_code": None}),
        provider_id="SM1",
        state_path="/2010-04-01/Accounts/acct-1/Messages/SM1.json",
        state=twilio_state,
        delivered="delivered",
        failed="undelivered",
        under_way="sent",
        receipt={"MessageSid": "SM1", "MessageStatus": "delivered"},
    ),
    Documented(
        name="plivo",
        path="/v1/Account/acct-1/Message/",
        body={"src": "Paraph", "dst": "33199000012", "text": MESSAGE.text, "url": CALLBACK},
        authorization=BASIC,
        accepted=(
            202,
            {"message": "message(s) queued", "message_uuid": ["db3ce55a"], "api_id": "a"},
        ),
        provider_id="db3ce55a",
        state_path="/v1/Account/acct-1/Message/db3ce55a/",
        state=lambda word: {
            "message_uuid": "db3ce55a",
            "message_state": word,
            "error_code": "000",
        },
        delivered="delivered",
        failed="undelivered",
        under_way="queued",
        receipt={"MessageUUID": "db3ce55a", "Status": "delivered", "ErrorCode": "000"},
    ),
    Documented(
        name="infobip",
        path="/sms/3/messages",
        body={
            "messages": [
                {
                    "sender": "Paraph",
                    "destinations": [{"to": "33199000012", "messageId": "d-1"}],
                    "content": {"text": MESSAGE.text},
                    "webhooks": {"delivery": {"url": CALLBACK}},
                }
            ]
        },
        authorization="App k3y",
        accepted=(
            200,
            {"messages": [{"messageId": "d-1", "status": {"groupName": "PENDING", "id": 26}}]},
        ),
        provider_id="d-1",
        state_path="/sms/3/logs",
        state=infobip_state,
        delivered="DELIVERED_TO_HANDSET",
        failed="UNDELIVERABLE_REJECTED_OPERATOR",
        under_way="DELIVERED_TO_OPERATOR",
        receipt=infobip_state("DELIVERED_TO_HANDSET"),
        finds=True,
        nothing={"results": []},
    ),
    Documented(
        name="sinch",
        path="/xms/v1/acct-1/batches",
        body={
            "from": "Paraph",
            "to": ["+33199000012"],
            "body": MESSAGE.text,
            "client_reference": "d-1",
            "delivery_report": "per_recipient",
            "callback_url": CALLBACK,
        },
        authorization="Bearer k3y",
        accepted=(201, {"id": "01FC", "to": ["33199000012"], "client_reference": "d-1"}),
        provider_id="01FC",
        state_path="/xms/v1/acct-1/batches/01FC/delivery_report",
        state=sinch_state,
        delivered="Delivered",
        failed="Expired",
        under_way="Dispatched",
        receipt={
            "type": "recipient_delivery_report_sms",
            "batch_id": "01FC",
            "recipient": "33199000012",
            "code": 0,
            "status": "Delivered",
        },
        finds=True,
        nothing={"count": 0, "page": 0, "batches": [], "page_size": 0},
    ),
    Documented(
        name="messagebird",
        path="/messages",
        body={
            "originator": "Paraph",
            "recipients": ["33199000012"],
            "body": MESSAGE.text,
            "reference": "d-1",
            "reportUrl": CALLBACK,
        },
        authorization="AccessKey k3y",
        accepted=(201, bird_state("sent")),
        provider_id="49e40bae",
        state_path="/messages/49e40bae",
        state=bird_state,
        delivered="delivered",
        failed="delivery_failed",
        under_way="buffered",
        receipt={"id": "49e40bae", "reference": "d-1", "status": "delivered"},
    ),
]
EACH = pytest.mark.parametrize("told", DOCUMENTED, ids=lambda told: told.name)


def channel(service: Service, name: str) -> SmsChannel:
    gateway = SmsGateway(
        service.url,
        "k3y",
        "Paraph",
        PRESETS[name],
        timeout_s=5,
        account="acct-1",
        callback=CALLBACK,
        name=name,
    )
    return SmsChannel(gateway, now=lambda: NOW)


def taking(told: Documented) -> Callable[[Asked], Answer]:
    """The service as it takes one message that it does not know yet."""
    return lambda asked: told.accepted if asked.method == "POST" else (200, told.nothing)


@EACH
def test_a_message_is_posted_as_the_service_wants_it(told: Documented) -> None:
    with serving(taking(told)) as service:
        receipt = channel(service, told.name).send(MESSAGE)
    (post,) = service.of("POST")
    assert (post.path, post.body) == (told.path, told.body)
    assert post.headers["Authorization"] == told.authorization
    assert (receipt.provider, receipt.provider_id) == (told.name, told.provider_id)


@EACH
def test_the_service_is_asked_what_became_of_a_message(told: Documented) -> None:
    found = {}
    for word in (told.delivered, told.failed, told.under_way):
        with serving(lambda _asked, word=word: (200, told.state(word))) as service:
            report = channel(service, told.name).report(told.provider_id)
            assert service.asked[0].path == told.state_path
            assert report is not None
            found[word] = report.outcome
    assert list(found.values()) == [Outcome.DELIVERED, Outcome.FAILED, Outcome.UNDER_WAY]


@EACH
def test_its_delivery_receipt_is_understood(told: Documented) -> None:
    reading = PRESETS[told.name].receipt
    assert text_at(told.receipt, reading.id) == told.provider_id
    assert reading.report(told.receipt).outcome is Outcome.DELIVERED


@EACH
def test_a_silent_service_never_gets_a_second_message(told: Documented) -> None:
    """It took the message and said nothing: found by our reference, or given up as uncertain."""
    known: list[bool] = []

    def answer(asked: Asked) -> Answer:
        if asked.method == "POST":
            known.append(True)
            return 0, None
        if told.name == "sinch":
            return 200, {"count": len(known), "batches": [{"id": "01FC"}] if known else []}
        return 200, told.state(told.under_way) if known else told.nothing

    with serving(answer) as service:
        if told.finds:
            assert channel(service, told.name).send(MESSAGE).provider_id == told.provider_id
        else:
            with pytest.raises(DeliveryFailed) as failed:
                channel(service, told.name).send(MESSAGE)
            assert failed.value.permanent
            assert failed.value.message_key == UNSURE
    assert len(service.of("POST")) == 1


@EACH
@pytest.mark.parametrize("answered", [(500, {}), (504, {}), (200, "<html>Welcome</html>")])
def test_an_answer_that_may_hide_a_yes_is_repeated_only_where_it_would_be_found(
    told: Documented, answered: Answer
) -> None:
    with serving(lambda asked: answered if asked.method == "POST" else (200, told.nothing)) as one:
        for _ in range(2):
            with pytest.raises(DeliveryFailed) as failed:
                channel(one, told.name).send(MESSAGE)
    assert failed.value.permanent is not told.finds
    if not told.finds:
        assert failed.value.message_key == UNSURE


@EACH
def test_a_service_that_asks_us_to_wait_is_asked_again_later(told: Documented) -> None:
    def busy(asked: Asked) -> Answer:
        return (503, {}) if asked.method == "POST" else (200, told.nothing)

    with serving(busy) as service, pytest.raises(DeliveryFailed) as failed:
        channel(service, told.name).send(MESSAGE)
    assert not failed.value.permanent


@EACH
def test_a_service_that_is_not_there_is_asked_again_later(told: Documented) -> None:
    with serving(taking(told)) as service:
        gone = channel(service, told.name)
    with pytest.raises(DeliveryFailed) as failed:
        gone.send(MESSAGE)
    assert not failed.value.permanent
