"""Every mail of the demonstration: an SMTP server that keeps what it gets, raw and parsed."""

from __future__ import annotations

import asyncio
import re
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from emulator.faults import Faults
from emulator.state import Attachment, Mail, State


def keep(
    state: State, raw: bytes, sender: str, recipients: list[str], *, source: str = "smtp"
) -> Mail:
    """Parse a message, keep it, and return it."""
    message = message_from_bytes(raw, policy=policy.default)
    with state.lock:
        mail = Mail(
            id=state.next_id("mail"),
            received=state.now(),
            sender=str(message.get("From", sender)),
            recipients=recipients,
            subject=str(message.get("Subject", "")),
            text=body_of(message, "plain"),
            html=body_of(message, "html"),
            raw=raw,
            attachments=[attachment(part) for part in message.iter_attachments()],
            headers={k: str(v) for k, v in message.items()},
            source=source,
        )
        state.mails.append(mail)
        state.touch()
        return mail


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def attachment(part: Any) -> Attachment:
    content = part.get_payload(decode=True) or b""
    return Attachment(part.get_filename() or "attachment", part.get_content_type(), content)


def links_in(mail: Mail) -> list[str]:
    """Return the web addresses a reader could open, in order, each once."""
    found = re.findall(r"https?://[^\s\"'<>)]+", f"{mail.text}\n{mail.html}")
    return list(dict.fromkeys(link.replace("&amp;", "&").rstrip(".,") for link in found))


class Sink:
    """aiosmtpd handler that accepts everything, unless a fault rule says otherwise."""

    def __init__(self, state: State, faults: Faults) -> None:
        self.state = state
        self.faults = faults

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        rule = self.faults.take("mail:smtp")
        if rule and rule.kind == "reject":
            return "550 5.1.1 No such mailbox"
        if rule:
            return "451 4.3.0 Try again later"
        keep(self.state, envelope.content, envelope.mail_from, list(envelope.rcpt_tos))
        return "250 2.0.0 Kept"


class MailServer:
    """The SMTP sink on its own thread. `port` is the real one after `start`."""

    def __init__(self, state: State, faults: Faults, *, port: int) -> None:
        self.sink = Sink(state, faults)
        self.port = port
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="smtp", daemon=True)
        self.server: Any = None

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self.thread.start()
        try:
            self.server = self.run(
                self.loop.create_server(
                    lambda: SMTP(self.sink, loop=self.loop, enable_SMTPUTF8=True),
                    "127.0.0.1",
                    self.port,
                )
            )
        except OSError:
            self.end_loop()
            raise
        self.port = self.server.sockets[0].getsockname()[1]

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(5)

    def stop(self) -> None:
        if self.server is None:
            return
        self.run(self.close())
        self.end_loop()

    async def close(self) -> None:
        self.server.close()
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def end_loop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()
