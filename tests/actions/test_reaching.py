"""Reaching people: the other channel after a failure, once; then a task; receipts by asking and by the door."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from dbos import DBOSClient

from app.actions.invite import fall_back, invite
from app.actions.receipts import ask_for_receipts, look, take_receipt
from app.core.evidence import EventKind
from app.delivery.channel import Outcome, Report
from app.jobs import APP_NAME
from app.services import Services
from app.store import audit
from tests.actions.reaching_kit import (
    KEY,
    Gateway,
    change,
    deliver,
    deliver_all,
    messages_of,
    person_of,
    sent_envelope,
)
from tests.conftest import Clock
from tests.tools.gateways import MailSink, mail_sink
from tests.tools.scripted_http import serving


@pytest.fixture
def mail() -> Iterator[MailSink]:
    with mail_sink() as sink:
        yield sink


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def reach(
    make_services: Callable[..., Services], mail: MailSink, gateway: Gateway
) -> Iterator[Services]:
    """Services with a real mail server and gateway on loopback."""
    with serving(gateway) as service:
        yield make_services(
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_tls="none",
            sms_url=service.url,
            sms_key=KEY,
            sms_status_url=service.url + "/status/{id}",
        )


@pytest.fixture
def asked(reach: Services) -> Iterator[Callable[[str], list[str]]]:
    """The keys of the flows of one name that were asked for."""
    client = DBOSClient(system_database_engine=reach.database.engine, application_name=APP_NAME)
    yield lambda name: sorted(
        one.workflow_id for one in client.list_workflows() if one.name == name
    )
    client.destroy()


def channels(services: Services, envelope_id: str) -> list[tuple[str, str]]:
    return [(one.channel, one.state) for one in messages_of(services, envelope_id)]


def test_a_refused_address_moves_on_to_the_phone(reach: Services, mail: MailSink) -> None:
    mail.on_rcpt = "550 5.1.1 No such user"
    envelope_id = sent_envelope(reach)
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    assert channels(reach, envelope_id) == [("email", "failed"), ("sms", "accepted")]
    assert person_of(reach, envelope_id).channel == "sms"


def test_when_both_channels_fail_the_responsible_gets_one_task(
    reach: Services, mail: MailSink, gateway: Gateway, asked: Callable[[str], list[str]]
) -> None:
    mail.on_rcpt, gateway.state = "550 5.1.1 No such user", "failed"
    envelope_id = sent_envelope(reach)
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    sms = messages_of(reach, envelope_id)[-1]
    assert look(reach, sms.id) == "failed"
    assert [fall_back(reach, sms.id), fall_back(reach, sms.id)] == ["task", "task"]
    assert asked("task") == [f"task:{person_of(reach, envelope_id).id}"]
    assert len(messages_of(reach, envelope_id)) == 2


def test_a_person_without_another_address_is_a_task_at_once(
    reach: Services, mail: MailSink, asked: Callable[[str], list[str]]
) -> None:
    mail.on_rcpt = "550 5.1.1 No such user"
    envelope_id = sent_envelope(reach)
    change(reach, envelope_id, phone="")
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    assert channels(reach, envelope_id) == [("email", "failed")]
    assert len(asked("task")) == 1


def test_an_sms_not_delivered_in_a_quarter_of_an_hour_is_followed_by_an_e_mail(
    reach: Services, gateway: Gateway, clock: Clock, mail: MailSink
) -> None:
    gateway.state = "accepted"
    envelope_id = sent_envelope(reach, channel="sms")
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    sms = messages_of(reach, envelope_id)[0]
    clock.pass_by(minutes=14)
    assert look(reach, sms.id) == "accepted"
    clock.pass_by(minutes=1)
    assert look(reach, sms.id) == "late"
    assert fall_back(reach, sms.id) == "moved"
    assert look(reach, sms.id) == "late"
    assert fall_back(reach, sms.id) == "left"
    deliver_all(reach, envelope_id)
    assert channels(reach, envelope_id) == [("sms", "accepted"), ("email", "accepted")]
    assert len(mail.envelopes) == 1


def test_who_reads_the_document_keeps_the_link_whatever_the_gateway_says(
    reach: Services, gateway: Gateway, clock: Clock
) -> None:
    gateway.state = "accepted"
    envelope_id = sent_envelope(reach, channel="sms")
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    clock.pass_by(minutes=5)
    change(reach, envelope_id, viewed_at=clock.at)
    clock.pass_by(minutes=11)
    sms = messages_of(reach, envelope_id)[0]
    assert look(reach, sms.id) == "late"
    assert fall_back(reach, sms.id) == "left"
    assert channels(reach, envelope_id) == [("sms", "accepted")]


def test_who_signed_meanwhile_is_left_in_peace(reach: Services, mail: MailSink) -> None:
    mail.on_rcpt = "550 5.1.1 No such user"
    envelope_id = sent_envelope(reach)
    (made,) = invite(reach, envelope_id)
    change(reach, envelope_id, state="signed")
    assert deliver(reach, made) == "failed"
    assert len(messages_of(reach, envelope_id)) == 1
    assert mail.envelopes == []


def test_the_gateway_is_asked_at_growing_distances_and_not_after_the_answer(
    reach: Services, gateway: Gateway, clock: Clock, asked: Callable[[str], list[str]]
) -> None:
    gateway.state = "accepted"
    envelope_id = sent_envelope(reach, channel="sms")
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    sms = messages_of(reach, envelope_id)[0]
    minutes = []
    for minute in range(20):
        if ask_for_receipts(reach):
            minutes.append(minute)
            look(reach, sms.id)
        clock.pass_by(minutes=1)
    assert minutes == [0, 3, 7, 15]
    gateway.state = "delivered"
    clock.pass_by(hours=1)
    assert ask_for_receipts(reach) == 1
    assert look(reach, sms.id) == "delivered"
    clock.pass_by(days=1)
    assert ask_for_receipts(reach) == 0
    assert len(asked("receipt")) == 5


def test_a_gateway_that_is_away_costs_no_question_and_no_verdict(
    reach: Services, gateway: Gateway, clock: Clock
) -> None:
    envelope_id = sent_envelope(reach, channel="sms")
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    sms = messages_of(reach, envelope_id)[0]
    gateway.is_away = True
    clock.pass_by(minutes=40)
    assert look(reach, sms.id) == "accepted"
    assert messages_of(reach, envelope_id)[0].checks == 0


def test_a_brought_receipt_counts_once_and_a_failure_stands_in_the_trail(
    reach: Services, asked: Callable[[str], list[str]]
) -> None:
    envelope_id = sent_envelope(reach, channel="sms")
    invite(reach, envelope_id)
    deliver_all(reach, envelope_id)
    sms = messages_of(reach, envelope_id)[0]
    failed = Report(Outcome.FAILED, "failed unreachable")
    assert take_receipt(reach, sms.provider_id, failed)
    assert take_receipt(reach, sms.provider_id, Report(Outcome.DELIVERED))
    settled = messages_of(reach, envelope_id)[0]
    assert (settled.state, settled.told) == ("failed", "failed unreachable")
    with reach.database.reading() as session:
        events = audit.events(session, envelope_id)
    assert [e.data["told"] for e in events if e.kind is EventKind.DELIVERY_FAILED] == [
        "failed unreachable"
    ]
    assert asked("receipt") == [f"receipt:{sms.id}:failed"]


def test_a_receipt_for_a_strangers_message_is_not_ours(reach: Services) -> None:
    assert not take_receipt(reach, "sms-999", Report(Outcome.DELIVERED))
    assert not take_receipt(reach, "", Report(Outcome.DELIVERED))
