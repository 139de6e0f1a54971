"""Outages on our clock: mail away for hours, a silent gateway, kills: nothing is lost and no SMS goes twice.

Trust R4 and R5. The waits are those of the flow engine.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.actions.invite import invite
from app.actions.message import UNSURE, carry
from app.delivery.channel import Channel, Kind, Message, Receipt
from app.delivery.channels import Channels, open_channels
from app.delivery.presets import PRESETS
from app.delivery.sms import SmsChannel, SmsGateway
from app.services import Services
from tests.actions.reaching_kit import (
    KEY,
    Gateway,
    deliver_all,
    messages_of,
    sent_envelope,
    wait_out,
)
from tests.conftest import Clock
from tests.tools.gateways import mail_sink
from tests.tools.scripted_http import Answer, Asked, serving

KILLS = 50


class Killed(BaseException):
    """Our process died here."""


class Dying:
    """A channel whose process dies between the provider's yes and our commit."""

    def __init__(self, channel: Channel) -> None:
        self._channel, self.kills = channel, 0

    def send(self, message: Message) -> Receipt:
        self._channel.send(message)
        self.kills += 1
        raise Killed


def with_channels(services: Services, channels: Channels) -> Services:
    """Put `channels` where the services keep theirs."""
    services.__dict__["channels"] = channels
    return services


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_mail_that_is_away_for_six_hours_is_delivered_within_a_quarter_after_its_return(
    make_services: Callable[..., Services], clock: Clock
) -> None:
    services = make_services(smtp_host="127.0.0.1", smtp_port=free_port(), smtp_tls="none")
    envelope_ids = [sent_envelope(services) for _ in range(5)]
    back = clock.at + timedelta(hours=6)
    waiting = [made for one in envelope_ids for made in invite(services, one)]
    start = clock.at
    late = []
    with mail_sink() as mail:

        def try_once(delivery_id: str) -> None:
            if clock.at >= back:
                with_channels(
                    services,
                    open_channels(
                        services.settings.model_copy(update={"smtp_port": mail.port}), now=clock
                    ),
                )
            carry(services, delivery_id)

        for delivery_id in waiting:
            clock.at = start
            services.__dict__.pop("channels", None)
            tries = wait_out(clock, lambda one=delivery_id: try_once(one))
            late.append(clock.at - back)
            assert tries < 60
        assert len(mail.envelopes) == 5
    assert max(late) <= timedelta(minutes=15)
    assert [messages_of(services, one)[0].state for one in envelope_ids] == ["accepted"] * 5


@pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")
def test_a_service_of_apprise_that_is_overloaded_for_six_hours_gets_each_sms_once(
    make_services: Callable[..., Services], clock: Clock
) -> None:
    back, taken = clock.at + timedelta(hours=6), []

    def answer(asked: Asked) -> Answer:
        if clock.at < back:
            return 503, {}
        taken.append(asked.body["message"])
        return 200, {}

    with serving(answer) as service:
        address = service.url.replace("http://", "json://") + "/{digits}"
        services = make_services(sms_preset="apprise", sms_url=address)
        (made,) = invite(services, sent_envelope(services, channel="sms"))
        tries = wait_out(clock, lambda: carry(services, made))
        carry(services, made)
    assert 10 < tries < 60
    assert clock.at - back <= timedelta(minutes=15)
    assert len(taken) == 1


def test_a_gateway_that_takes_and_says_nothing_gets_each_sms_once(
    make_services: Callable[..., Services],
) -> None:
    gateway = Gateway(silent=True)
    with serving(gateway) as service:
        services = make_services(sms_url=service.url, sms_key=KEY)
        envelope_ids = [sent_envelope(services, channel="sms") for _ in range(10)]
        for one in envelope_ids:
            invite(services, one)
            deliver_all(services, one)
    assert len(gateway.sent) == 10
    assert {messages_of(services, one)[0].state for one in envelope_ids} == {"accepted"}


def test_no_kill_sends_an_sms_twice_where_the_gateway_can_be_asked(
    make_services: Callable[..., Services],
) -> None:
    gateway = Gateway()
    with serving(gateway) as service:
        services = make_services(sms_url=service.url, sms_key=KEY)
        whole = services.channels
        for _ in range(KILLS):
            (made,) = invite(services, sent_envelope(services, channel="sms"))
            with_channels(services, Channels({Kind.SMS: Dying(whole)}))
            with pytest.raises(Killed):
                carry(services, made)
            with_channels(services, whole)
            assert carry(services, made) == "accepted"
    assert len(gateway.sent) == KILLS


def test_no_kill_sends_an_sms_twice_where_it_cannot_and_the_e_mail_follows(
    make_services: Callable[..., Services], clock: Clock
) -> None:
    posts: list[Asked] = []

    def twilio(asked: Asked) -> Answer:
        posts.append(asked)
        return 201, {"sid": f"SM{len(posts)}", "status": "queued"}

    with serving(twilio) as service:
        services = make_services(
            sms_preset="twilio", sms_account="acct-1", sms_key=KEY, sms_url=service.url
        )
        whole = services.channels
        for _ in range(KILLS):
            envelope_id = sent_envelope(services, channel="sms")
            (made,) = invite(services, envelope_id)
            services.__dict__["channels"] = _dying_gateway(whole, service.url, clock)
            with pytest.raises(Killed):
                carry(services, made)
            with_channels(services, whole)
            deliver_all(services, envelope_id)
            sms, *others = messages_of(services, envelope_id)
            assert (sms.state, sms.error) == ("failed", UNSURE)
            assert [(one.channel, one.state) for one in others] == [("email", "accepted")]
    assert len(posts) == KILLS


def test_a_kill_sends_at_most_one_mail_more_and_under_the_same_id(
    make_services: Callable[..., Services],
) -> None:
    with mail_sink() as mail:
        services = make_services(smtp_host="127.0.0.1", smtp_port=mail.port, smtp_tls="none")
        whole = services.channels
        for _ in range(KILLS):
            (made,) = invite(services, sent_envelope(services))
            with_channels(services, Channels({Kind.EMAIL: Dying(whole)}))
            with pytest.raises(Killed):
                carry(services, made)
            with_channels(services, whole)
            assert carry(services, made) == "accepted"
        ids = [
            line
            for one in mail.envelopes
            for line in bytes(one.content or b"").splitlines()
            if line.lower().startswith(b"message-id:")
        ]
    assert len(ids) == 2 * KILLS
    assert len(set(ids)) == KILLS


class _DyingSms(SmsChannel):
    """A gateway channel whose process dies after the gateway's yes."""

    def send(self, message: Message) -> Receipt:
        super().send(message)
        raise Killed


def _dying_gateway(whole: Channels, url: str, clock: Clock) -> Channels:
    gateway = SmsGateway(url, KEY, "Paraph", PRESETS["twilio"], account="acct-1", name="twilio")
    return Channels({Kind.SMS: _DyingSms(gateway, now=clock)})
