"""What every channel promises, run on each of them: real SMTP, real HTTP, real files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gateways import KEY, mail_sink, sms_sink

from app.delivery.channel import Channel, Kind, Message, Receipt
from app.delivery.channels import Channels, open_channels
from app.delivery.email import EmailChannel, SmtpServer
from app.delivery.outbox import OutboxChannel
from app.delivery.sms import SmsChannel, SmsGateway
from app.errors import DeliveryFailed, is_retryable
from app.settings import Settings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def make_message(kind: Kind = Kind.EMAIL, **changes: object) -> Message:
    to = "helene@example.com" if kind is Kind.EMAIL else "+33199000012"
    base = Message(to=to, channel=kind, text="Bonjour", message_id="d-1", subject="À signer")
    return replace(base, **changes)  # type: ignore[arg-type]


@dataclass
class Case:
    """A channel, its kind, how many messages arrived, and how to take its far end away."""

    channel: Channel
    kind: Kind
    arrived: Callable[[], int]
    goes_away: Callable[[], object]


def smtp_case(stack: ExitStack, _folder: Path) -> Case:
    inner = stack.enter_context(ExitStack())
    sink = inner.enter_context(mail_sink())
    server = SmtpServer("127.0.0.1", sink.port, "signatures@example.com", security="none")
    channel = EmailChannel(server, now=clock)
    return Case(channel, Kind.EMAIL, lambda: len(sink.envelopes), inner.close)


def sms_case(stack: ExitStack, _folder: Path) -> Case:
    inner = stack.enter_context(ExitStack())
    sink = inner.enter_context(sms_sink())
    channel = SmsChannel(SmsGateway(sink.url, KEY, "Paraph"), now=clock)
    return Case(channel, Kind.SMS, lambda: len(sink.sent), inner.close)


def outbox_case(_stack: ExitStack, folder: Path, kind: Kind = Kind.EMAIL) -> Case:
    box = folder / "outbox"
    channel = OutboxChannel(box, mail_from="signatures@example.com", now=clock)

    def take_away() -> None:
        for one in box.glob("*"):
            one.unlink()
        if box.exists():
            box.rmdir()
        box.write_bytes(b"a file stands where the folder was")

    return Case(channel, kind, lambda: len(list(box.glob("*"))), take_away)


def outbox_sms_case(stack: ExitStack, folder: Path) -> Case:
    return outbox_case(stack, folder, Kind.SMS)


def all_case(stack: ExitStack, folder: Path) -> Case:
    inner = smtp_case(stack, folder)
    return replace(inner, channel=Channels({Kind.EMAIL: inner.channel}))


@pytest.fixture(params=[smtp_case, sms_case, outbox_case, outbox_sms_case, all_case])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    with ExitStack() as stack:
        yield request.param(stack, tmp_path)


def test_a_message_arrives_and_the_receipt_says_who_took_it_and_when(case: Case) -> None:
    receipt = case.channel.send(make_message(case.kind))
    assert isinstance(receipt, Receipt)
    assert receipt.provider
    assert receipt.provider_id
    assert receipt.accepted_at == NOW
    assert case.arrived() == 1


def test_an_address_that_is_none_is_refused_for_good_and_nothing_leaves(case: Case) -> None:
    for address in ("", "nobody", "a b@example.com", "0199000012", "x@example.com\nBcc: y@a.org"):
        with pytest.raises(DeliveryFailed) as refused:
            case.channel.send(make_message(case.kind, to=address))
        assert refused.value.permanent
        assert address.strip() == "" or address not in str(refused.value)
    assert case.arrived() == 0


def test_a_far_end_that_is_away_is_worth_another_try(case: Case) -> None:
    case.goes_away()
    with pytest.raises(DeliveryFailed) as failed:
        case.channel.send(make_message(case.kind))
    assert is_retryable(failed.value)


def test_the_same_message_again_is_accepted_again(case: Case) -> None:
    first = case.channel.send(make_message(case.kind))
    second = case.channel.send(make_message(case.kind))
    assert second.provider == first.provider


def test_a_message_id_cannot_carry_anything_else() -> None:
    for bad in ("", "two\nlines", "a b", "<x@y>", "x" * 200):
        with pytest.raises(ValueError, match="message_id"):
            make_message(message_id=bad)


def test_a_kind_that_is_not_set_up_is_refused_for_good() -> None:
    with pytest.raises(DeliveryFailed) as refused:
        Channels({}).send(make_message(Kind.SMS))
    assert refused.value.permanent


def settings(folder: Path, **values: object) -> Settings:
    return Settings(data=folder, **values)  # type: ignore[arg-type]


def test_without_a_mail_server_everything_goes_to_the_outbox_folder(tmp_path: Path) -> None:
    channels = open_channels(settings(tmp_path, smtp_host="", sms_url=""), now=clock)
    assert channels.kinds == {Kind.EMAIL, Kind.SMS}
    assert channels.send(make_message()).provider == "outbox"
    assert (tmp_path / "outbox" / "d-1.eml").read_bytes().startswith(b"From: ")
    channels.send(make_message(Kind.SMS, message_id="d-2"))
    assert "Bonjour" in (tmp_path / "outbox" / "d-2.txt").read_text(encoding="utf-8")


def test_with_a_mail_server_and_no_gateway_no_sms_is_offered(tmp_path: Path) -> None:
    channels = open_channels(settings(tmp_path, smtp_host="mail.example.com"), now=clock)
    assert channels.kinds == {Kind.EMAIL}


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_the_settings_reach_server_and_gateway(tmp_path: Path) -> None:
    with mail_sink(login=True) as mail, sms_sink() as sms:
        set_up = settings(
            tmp_path,
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_tls="none",
            smtp_user="operator",
            smtp_password="right",
            mail_from="paraph@example.org",
            sms_url=sms.url,
            sms_key=KEY,
            sms_sender="Lumen",
        )
        channels = open_channels(set_up, now=clock)
        channels.send(make_message())
        channels.send(make_message(Kind.SMS))
    assert mail.envelopes[0].mail_from == "paraph@example.org"
    assert mail.logins == [b"right"]
    assert sms.sent[0]["from"] == "Lumen"
