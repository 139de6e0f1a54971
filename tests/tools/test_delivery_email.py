"""E-mail on the wire: headers, parts, TLS, what a server's refusal means."""

from __future__ import annotations

import email
import email.policy
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gateways import MailSink, mail_sink
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.channel import Attachment, Kind, Message
from app.delivery.email import EmailChannel, SmtpServer, build_mail
from app.errors import DeliveryFailed

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FROM = "signatures@example.com"
MESSAGE = Message(
    to="helene@example.org",
    channel=Kind.EMAIL,
    text="Bonjour Hélène,\n\nhttps://sign.example.com/s/abc\n",
    html="<p>Bonjour Hélène</p>",
    message_id="7c1f",
    subject="Claire Martin vous invite à signer : Contrat",
    reply_to="claire@example.com",
    from_name="Claire Martin (Maison Aubrac)",
)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with mail_sink() as running:
        yield running


def send(sink: MailSink, message: Message = MESSAGE, **server: object) -> EmailMessage:
    base = SmtpServer("127.0.0.1", sink.port, FROM, security="none")
    EmailChannel(replace(base, **server), now=lambda: NOW).send(message)  # type: ignore[arg-type]
    return arrived(sink)


def arrived(sink: MailSink) -> EmailMessage:
    content = sink.envelopes[-1].content
    assert isinstance(content, bytes)
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_mail_names_its_sender_and_answers_go_to_them(sink: MailSink) -> None:
    mail = send(sink)
    assert mail["From"].addresses[0].display_name == "Claire Martin (Maison Aubrac)"
    assert mail["From"].addresses[0].addr_spec == FROM
    assert mail["Reply-To"] == "claire@example.com"
    assert mail["Subject"] == "Claire Martin vous invite à signer : Contrat"
    assert sink.envelopes[0].rcpt_tos == ["helene@example.org"]


def test_the_message_id_is_the_same_each_time(sink: MailSink) -> None:
    assert send(sink)["Message-ID"] == "<7c1f@example.com>" == send(sink)["Message-ID"]


def test_the_mail_says_that_a_machine_sent_it_and_when(sink: MailSink) -> None:
    mail = send(sink)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW


def test_plain_text_comes_first_and_html_is_its_twin(sink: MailSink) -> None:
    mail = send(sink)
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert body(mail) == MESSAGE.text
    assert "Bonjour Hélène" in body(mail, "html")


def test_an_attachment_arrives_byte_for_byte_under_its_name(sink: MailSink) -> None:
    pdf = bytes(range(256)) * 50
    file = Attachment("Contrat signé n° 12.pdf", "application/pdf", pdf)
    mail = send(sink, replace(MESSAGE, attachments=(file,)))
    [part] = list(mail.iter_attachments())
    assert part.get_filename() == "Contrat signé n° 12.pdf"
    assert part.get_content_type() == "application/pdf"
    assert part.get_content() == pdf


def test_an_attachment_name_is_no_path(sink: MailSink) -> None:
    file = Attachment("../etc/pass\r\nwd", "application/pdf", b"%PDF")
    [part] = list(send(sink, replace(MESSAGE, attachments=(file,))).iter_attachments())
    assert part.get_filename() == "..-etc-pass wd"


def test_the_receipt_keeps_the_servers_queue_reply(sink: MailSink) -> None:
    server = SmtpServer("127.0.0.1", sink.port, FROM, security="none")
    receipt = EmailChannel(server, now=lambda: NOW).send(MESSAGE)
    assert "queued as 4F2A" in receipt.provider_id


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\x0b", "\u2028", "\x85", "\0"])
def test_no_value_adds_a_header_or_a_recipient(sink: MailSink, break_: str) -> None:
    evil = f"Contrat{break_}Bcc: thief@example.org{break_}{break_}<b>text</b>"
    mail = send(
        sink, replace(MESSAGE, subject=evil, from_name=evil, headers={"X-Paraph-Purpose": evil})
    )
    assert mail["Bcc"] is None
    assert sink.envelopes[0].rcpt_tos == ["helene@example.org"]
    assert "thief@example.org" in mail["Subject"]
    assert body(mail) == MESSAGE.text


@given(subject=st.text(), name=st.text())
def test_any_text_survives_as_one_header_line(subject: str, name: str) -> None:
    raw = bytes(
        build_mail(replace(MESSAGE, subject=subject, from_name=name), mail_from=FROM, at=NOW)
    )
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert sorted(mail.keys()).count("Subject") == 1
    assert mail["To"] == "helene@example.org"
    assert mail["Bcc"] is None
    assert len(mail["From"].addresses) == 1


@pytest.mark.parametrize("name", ["Bcc", "from", "X-A\nBcc", "", "Message-ID", "X A"])
def test_a_message_sets_no_header_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match="header"):
        build_mail(replace(MESSAGE, headers={name: "x"}), mail_from=FROM, at=NOW)


def test_a_domain_in_national_letters_goes_out_in_ascii(sink: MailSink) -> None:
    send(sink, replace(MESSAGE, to="helene@maison-étoile.example.org"))
    assert sink.envelopes[0].rcpt_tos == ["helene@xn--maison-toile-heb.example.org"]


@pytest.mark.parametrize("address", ["hélène@example.org", "a..b@example.org", "a@b..c"])
def test_an_address_no_server_carries_is_refused_for_good(sink: MailSink, address: str) -> None:
    with pytest.raises(DeliveryFailed) as refused:
        send(sink, replace(MESSAGE, to=address))
    assert refused.value.permanent
    assert sink.envelopes == []


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 5.1.1 No such user", True),
        ("552 5.2.2 Mailbox full", True),
        ("450 4.2.1 Try later", False),
        ("451 4.7.1 Greylisted", False),
        ("530 5.7.0 Authentication required", False),
    ],
)
@pytest.mark.parametrize("stage", ["on_rcpt", "on_data"])
def test_a_5xx_about_the_message_is_final_and_anything_else_is_not(
    sink: MailSink, stage: str, answer: str, permanent: bool
) -> None:
    setattr(sink, stage, answer)
    with pytest.raises(DeliveryFailed) as refused:
        send(sink)
    assert refused.value.permanent is permanent
    assert answer[:3] in str(refused.value)
    assert "example.org" not in str(refused.value)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_waits_for_the_operator() -> None:
    with mail_sink(login=True) as sink:
        with pytest.raises(DeliveryFailed) as refused:
            send(sink, user="operator", password="wrong")
        assert not refused.value.permanent
        assert "wrong" not in str(refused.value)
        assert send(sink, user="operator", password="right")["To"] == "helene@example.org"


def test_starttls_is_used_and_the_certificate_is_checked(tls_pair: Contexts) -> None:
    ours, theirs = tls_pair()
    with mail_sink(tls=ours) as sink:
        server = SmtpServer("127.0.0.1", sink.port, FROM, security="starttls")
        EmailChannel(server, now=lambda: NOW, tls=theirs).send(MESSAGE)
        assert sink.with_tls == [True]
        with pytest.raises(DeliveryFailed) as refused:
            EmailChannel(server, now=lambda: NOW).send(MESSAGE)
        assert not refused.value.permanent
        assert len(sink.envelopes) == 1


def test_a_server_without_starttls_gets_nothing_in_clear(sink: MailSink) -> None:
    with pytest.raises(DeliveryFailed) as refused:
        send(sink, security="starttls")
    assert not refused.value.permanent
    assert sink.envelopes == []


Contexts = Callable[[], tuple[ssl.SSLContext, ssl.SSLContext]]


@pytest.fixture
def tls_pair(tmp_path: Path) -> Contexts:
    """Return a maker of (the server's context, a client's context that trusts it)."""

    def make() -> tuple[ssl.SSLContext, ssl.SSLContext]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        today = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = serialization.NoEncryption()
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        file = tmp_path / "server.pem"
        file.write_bytes(private + certificate.public_bytes(pem))
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_cert_chain(file)
        client = ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())
        return server, client

    return make
