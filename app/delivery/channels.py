"""The channels that the operator set up, behind one `send`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

from app.delivery.apprise import AppriseChannel
from app.delivery.channel import Channel, Kind, Message, Receipt, Report
from app.delivery.email import EmailChannel, SmtpServer
from app.delivery.gateways import GatewayRequest, Reading
from app.delivery.outbox import OutboxChannel
from app.delivery.presets import APPRISE, PRESETS
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

    def sends_blindly(self, kind: Kind) -> bool:
        """Whether a message of this kind, sent again after a doubt, could reach the person twice by SMS."""
        channel = self._by_kind.get(kind)
        return isinstance(channel, SmsChannel | AppriseChannel) and not channel.finds_repeats

    def report(self, kind: Kind, provider_id: str) -> Report | None:
        """Return what became of an accepted message, nothing when nobody can tell; raises DeliveryFailed."""
        channel = self._by_kind.get(kind)
        return channel.report(provider_id) if isinstance(channel, SmsChannel) else None


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
    if settings.sends_sms:
        by_kind[Kind.SMS] = _sms(settings, now=now)
    elif outbox:
        by_kind[Kind.SMS] = outbox
    return Channels(by_kind)


def receipt_reading(settings: Settings) -> Reading:
    """Return how delivery receipts of the operator's gateway read."""
    return PRESETS.get(settings.sms_preset, GatewayRequest()).receipt


def _sms(settings: Settings, *, now: Callable[[], datetime]) -> Channel:
    if settings.sms_preset == APPRISE:
        return AppriseChannel(settings.sms_url, now=now)
    return SmsChannel(_gateway(settings), now=now)


def _gateway(settings: Settings) -> SmsGateway:
    secret = settings.sms_receipt_secret
    return SmsGateway(
        url=settings.sms_url,
        key=settings.sms_key,
        sender=settings.sms_sender,
        request=PRESETS[settings.sms_preset],
        account=settings.sms_account,
        status_url=settings.sms_status_url,
        callback=f"{settings.base_url}/receipts/sms?key={quote(secret)}" if secret else "",
        name="sms" if settings.sms_preset == "generic" else settings.sms_preset,
    )


def _server(settings: Settings) -> SmtpServer:
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        mail_from=settings.mail_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
        security=settings.smtp_tls,
    )
