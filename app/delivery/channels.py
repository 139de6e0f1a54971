"""The channels that the operator set up, behind one `send`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from app.delivery.channel import Channel, Kind, Message, Receipt
from app.delivery.email import EmailChannel, SmtpServer
from app.delivery.outbox import OutboxChannel
from app.delivery.sms import SmsChannel, SmsGateway
from app.errors import DeliveryFailed
from app.settings import Settings


class Channels:
    """A Channel that hands each message to the one of its kind."""

    def __init__(self, by_kind: Mapping[Kind, Channel]) -> None:
        self._by_kind = dict(by_kind)

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds that may be offered to a sender."""
        return frozenset(self._by_kind)

    def send(self, message: Message) -> Receipt:
        """Return the provider's receipt; raises DeliveryFailed."""
        channel = self._by_kind.get(message.channel)
        if channel is None:
            raise DeliveryFailed("This way of sending is not set up.", permanent=True)
        return channel.send(message)


def open_channels(settings: Settings, *, now: Callable[[], datetime]) -> Channels:
    """Return the channels of `settings`.

    Without an SMTP host mails are written to DATA/outbox, and SMS too when no gateway is set; with
    one, SMS exist only where a gateway is set.
    """
    outbox = None
    if not settings.smtp_host:
        outbox = OutboxChannel(settings.data / "outbox", mail_from=settings.mail_from, now=now)
    by_kind: dict[Kind, Channel] = {}
    by_kind[Kind.EMAIL] = outbox or EmailChannel(_server(settings), now=now)
    if settings.sms_url:
        gateway = SmsGateway(settings.sms_url, settings.sms_key, settings.sms_sender)
        by_kind[Kind.SMS] = SmsChannel(gateway, now=now)
    elif outbox:
        by_kind[Kind.SMS] = outbox
    return Channels(by_kind)


def _server(settings: Settings) -> SmtpServer:
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        mail_from=settings.mail_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
        security=settings.smtp_tls,
    )
