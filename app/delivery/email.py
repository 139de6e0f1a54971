"""E-mail by the operator's SMTP server (RFC 5321, 5322; Auto-Submitted: RFC 3834)."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from app.delivery.channel import Attachment, Message, Receipt
from app.errors import DeliveryFailed

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_ADDRESS = re.compile(
    r"[^\s@<>\"(),;:\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>\"(),;:\\\[\]\x00-\x1f\x7f]{1,255}"
)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_OURS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id"}
    | {"mime-version", "auto-submitted", "return-path", "content-type", "content-disposition"}
    | {"content-transfer-encoding"}
)
# The operator must act on these; the next try may well pass (RFC 4954).
_ABOUT_OUR_ACCOUNT = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail leaves. `security` is starttls, tls or none; asked for, it is never waived."""

    host: str
    port: int
    mail_from: str
    user: str = ""
    password: str = ""
    security: str = "starttls"
    timeout_s: float = 20.0


class EmailChannel:
    """A Channel that opens one SMTP connection a message."""

    def __init__(
        self,
        server: SmtpServer,
        *,
        now: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._now = now
        self._tls = tls or ssl.create_default_context()

    def send(self, message: Message) -> Receipt:
        """Return the server's receipt with its queue reply; raises DeliveryFailed."""
        at = self._now()
        mail = build_mail(message, mail_from=self._server.mail_from, at=at)
        with _translated(), self._connection() as smtp:
            smtp.send_message(mail, self._server.mail_from, [_address(message.to).addr_spec])
            return Receipt("smtp", smtp.data_reply, self._now())

    @contextmanager
    def _connection(self) -> Iterator[_Smtp | _SmtpTls]:
        server = self._server
        if server.security == "tls":
            smtp: _Smtp | _SmtpTls = _SmtpTls(
                server.host, server.port, timeout=server.timeout_s, context=self._tls
            )
        else:
            smtp = _Smtp(server.host, server.port, timeout=server.timeout_s)
        with smtp:
            if server.security == "starttls":
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
            yield smtp


def build_mail(message: Message, *, mail_from: str, at: datetime) -> EmailMessage:
    """Return `message` as it goes on the wire: plain text, its HTML twin, attachments.

    No value can add a header or a recipient: control characters become spaces, addresses and header
    names are checked. Raises DeliveryFailed (permanent) for an address that is none.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(mail_from, _one_line(message.from_name))
    mail["To"] = _address(message.to)
    if message.reply_to:
        mail["Reply-To"] = _address(message.reply_to)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message.message_id}@{mail_from.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    for name, value in message.headers.items():
        mail[_header_name(name)] = _one_line(value)
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for attachment in message.attachments:
        _attach(mail, attachment)
    return mail


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.media_type.partition("/")
    name = _one_line(attachment.name).replace("/", "-").replace("\\", "-")
    mail.add_attachment(attachment.content, maintype=main, subtype=sub, filename=name)


def _one_line(value: str) -> str:
    return _CONTROLS.sub(" ", value).strip()


def _header_name(name: str) -> str:
    if not _HEADER.fullmatch(name) or name.lower() in _OURS:
        raise ValueError(f"not a header that a message may set: {name!r}")
    return name


def _address(text: str, name: str = "") -> Address:
    """Return `text` as a header address, its domain in IDNA form."""
    local, _, domain = text.rpartition("@")
    try:
        if not _ADDRESS.fullmatch(text):
            raise ValueError("not of the form name@domain")
        return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (ValueError, MessageError) as error:
        # Letters outside ASCII before the @ come here too: few servers carry them (RFC 6531).
        raise DeliveryFailed("This is not an e-mail address.", permanent=True) from error


class _KeepsReply:
    """Remembers what the server said to DATA: its queue id, worth keeping as evidence."""

    data_reply: str = ""

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, reply = super().data(msg)  # type: ignore[misc]
        self.data_reply = reply.decode("utf-8", "replace")[:200]
        return code, reply


class _Smtp(_KeepsReply, smtplib.SMTP):
    """Plain or STARTTLS."""


class _SmtpTls(_KeepsReply, smtplib.SMTP_SSL):
    """TLS from the first byte."""


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what smtplib and the network raise into DeliveryFailed; no address enters its text."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise _refused("The mail server does not accept this address ({code}).", code) from error
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        raise _refused("The mail server refused the message ({code}).", code) from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryFailed(
            "The mail server lacks a feature that this message or the settings need."
        ) from error
    except ssl.SSLError as error:
        raise DeliveryFailed("The mail server could not prove who it is.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed("The mail server does not answer.") from error


def _refused(sentence: str, code: int) -> DeliveryFailed:
    permanent = 500 <= code < 600 and code not in _ABOUT_OUR_ACCOUNT
    return DeliveryFailed(sentence, permanent=permanent, code=code)
