"""Real servers on loopback for the delivery tests: an SMTP sink and an SMS gateway."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

KEY = "gateway-key"


@dataclass
class MailSink:
    """What arrived, and what to answer to RCPT and DATA."""

    envelopes: list[Envelope] = field(default_factory=list)
    on_rcpt: str = ""
    on_data: str = "250 2.0.0 Ok: queued as 4F2A"
    logins: list[bytes] = field(default_factory=list)
    with_tls: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802  # aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.on_rcpt:
            return self.on_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.on_data.startswith("250"):
            self.envelopes.append(envelope)
            self.with_tls.append(session.ssl is not None)
        return self.on_data

    def log_in(self, *given: Any) -> AuthResult:
        password = given[-1].password
        self.logins.append(password)
        return AuthResult(success=password == b"right", handled=False)


@contextmanager
def mail_sink(*, tls: ssl.SSLContext | None = None, login: bool = False) -> Iterator[MailSink]:
    """Run an SMTP server on a free port of loopback."""
    sink = MailSink()
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0, "enable_SMTPUTF8": False}
    if tls:
        options |= {"tls_context": tls, "require_starttls": True}
    if login:
        options |= {"authenticator": sink.log_in, "auth_required": True}
        options |= {"auth_require_tls": tls is not None}
    controller = _AnyPort(sink, **options)
    controller.start()
    sink.port = controller.server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        controller.stop()


class _AnyPort(Controller):
    """A controller that may listen on port 0: it greets itself on the port it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class SmsSink:
    """A gateway that keeps a message per client_ref and can be told to misbehave."""

    sent: list[dict[str, str]] = field(default_factory=list)
    posts: int = 0
    status: int = 202
    hang_up_after_taking: bool = False
    knows_lookup: bool = True
    body: bytes = b""
    url: str = ""

    def find(self, ref: str) -> dict[str, str] | None:
        return next((one for one in self.sent if one["client_ref"] == ref), None)


@contextmanager
def sms_sink() -> Iterator[SmsSink]:
    """Run an SMS gateway on a free port of loopback."""
    sink = SmsSink()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Sms,), {"sink": sink}))
    sink.url = f"http://127.0.0.1:{server.server_address[1]}/messages"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Sms(BaseHTTPRequestHandler):
    sink: SmsSink

    def do_POST(self) -> None:
        self.sink.posts += 1
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self._answer(401, {"error": "key"})
        if self.sink.status >= 300:
            return self._answer(self.sink.status, {"error": "no"})
        self.sink.sent.append(given)
        if self.sink.hang_up_after_taking:
            self.close_connection = True
            return None
        return self._answer(self.sink.status, self._shown(given))

    def do_GET(self) -> None:
        if not self.sink.knows_lookup:
            return self._answer(405, {})
        known = self.sink.find(parse_qs(urlsplit(self.path).query)["client_ref"][0])
        return self._answer(200, self._shown(known)) if known else self._answer(404, {})

    def _shown(self, message: dict[str, str]) -> dict[str, str]:
        return {"id": f"sms-{self.sink.sent.index(message) + 1}", "status": "accepted"}

    def _answer(self, status: int, body: dict[str, str]) -> None:
        content = self.sink.body or json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return
