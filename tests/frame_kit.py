"""A pretend portal with our app in it, and an employee's frame that calls as our scripts do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from app.actions import send
from app.core.record import PortalUser, RecordKey
from app.services import Services
from app.store import envelopes, templates
from app.store.tables import Document, Envelope, FieldRow, Installation, RateLimit
from emulator import lifecycle
from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.server import Emulator, start

TICKET, RECORD = "X-Paraph-Ticket", "X-Paraph-Record"
DIRECTOR, SELLER, OTHER = 1, 2, 3
DEAL = RecordKey(2, "1")
BASE = "http://localhost:8610"


@contextmanager
def running_portal() -> Iterator[Emulator]:
    """Yield a portal that answers at once."""
    with start(
        app_url=BASE, docgen_delay_s=0.0, queue_delay_s=0.0, converter=lambda _: pdf("Devis")
    ) as emulator:
        emulator.state.limits.enabled = False
        yield emulator


@dataclass
class Frame:
    """One opened frame: the page it got, and calls that carry its ticket and pass."""

    client: FlaskClient
    page: TestResponse
    ticket: str
    record_pass: str = ""

    @property
    def html(self) -> str:
        return self.page.get_data(as_text=True)

    @property
    def load_path(self) -> str:
        """Where the page's script asks for the content."""
        found = re.search(r'data-load="([^"]+)"', self.html)
        assert found, self.html[:400]
        return unescape(found[1])

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {TICKET: self.ticket, "Accept": "text/html"}
        if self.record_pass:
            headers[RECORD] = self.record_pass
        response = self.client.open(path, method=method, headers=headers, **options)
        self.ticket = response.headers.get(TICKET, self.ticket)
        self.record_pass = response.headers.get(RECORD, self.record_pass)
        return response

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def post(self, path: str, **values: Any) -> TestResponse:
        return self.call("POST", path, data=values)

    def post_json(self, path: str, value: object) -> TestResponse:
        return self.call("POST", path, json=value)

    def load(self) -> TestResponse:
        return self.get(self.load_path)


@dataclass
class Portal:
    """The pretend portal and our app, wired together."""

    emulator: Emulator
    services: Services
    app: Flask
    base_url: str = BASE

    def install(self) -> Frame:
        """Walk through the installer as an administrator."""
        engine = self.emulator.engine
        lifecycle.start_install(engine, CLIENT_ID, DIRECTOR)
        frame = self.open("DEFAULT", {})
        assert frame.page.status_code == 200, frame.html
        while frame.call("POST", "/placements/install/step").json["remaining"]:
            pass
        lifecycle.finish_install(engine, CLIENT_ID, DIRECTOR)
        self.let_a_minute_pass()
        return frame

    def let_a_minute_pass(self) -> None:
        """Empty our bucket of calls, as a quiet minute does."""
        with self.services.database.transaction() as session:
            session.execute(delete(RateLimit))

    def open(self, code: str, options: dict[str, Any], user: int = DIRECTOR) -> Frame:
        """Open a widget as the portal does: a form posted into a frame."""
        opened = self.emulator.engine.open_placement(user, code, options)
        return self.post(opened.url, opened.fields)

    def open_rule(self, options: dict[str, Any], user: int = DIRECTOR) -> Frame:
        opened = self.emulator.engine.open_robot_settings(user, "paraph_send", options)
        return self.post(opened.url, opened.fields)

    def post(self, url: str, fields: dict[str, str]) -> Frame:
        client = self.app.test_client()
        page = client.post(url.removeprefix(self.base_url), data=fields)
        ticket = re.search(r'data-ticket="([^"]+)"', page.get_data(as_text=True))
        return Frame(client, page, ticket[1] if ticket else "")

    def wizard(self, deal: str = "1", user: int = DIRECTOR) -> Frame:
        """Open "Sign" in the Document menu of a deal and load its first screen."""
        code = "CRM_DEAL_DOCUMENTGENERATOR_BUTTON"
        frame = self.open(code, {"ENTITY_ID": deal}, user)
        assert frame.page.status_code == 200, frame.html
        frame.page = frame.load()
        return frame

    def admin(self) -> PortalUser:
        """Return the director, who administers the portal."""
        return replace(self.who(), is_admin=True)

    def who(self, user: int = DIRECTOR) -> PortalUser:
        with self.services.database.reading() as session:
            portal_id = session.execute(select(Installation.portal_id)).scalar_one()
        return PortalUser(portal_id, str(user), "en")


def without_waiting(services: Services) -> Services:
    """Return the services with a bucket of calls that is booked but never waited for."""
    return replace(services, portals=replace(services.portals, sleep=lambda _seconds: None))


def settings_for(emulator: Emulator) -> dict[str, object]:
    """Return the settings that point our app at the pretend portal."""
    return {
        "oauth_url": emulator.oauth_url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "base_url": BASE,
        "sms_url": f"{emulator.services_url}/sms/send",
        "smtp_host": "127.0.0.1",
        "smtp_tls": "none",
    }


def pdf(*lines: str, pages: int = 2) -> bytes:
    """Return a small PDF with the same lines on each page."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number in range(pages):
        for row, line in enumerate((*lines, f"Page {number + 1}")):
            canvas.drawString(72, 760 - 24 * row, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def make_ready(
    services: Services, envelope_id: str, *, signatures: bool = True, pages: int = 2
) -> str:
    """Do what the flow "prepare" does, without LibreOffice; return the document's id."""
    lines = "The provider", "The client", "Signature of the provider", "Signature of the client"
    content = pdf(*lines, pages=pages)
    digest = services.files.put(content)
    document_id = services.new_id()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        original = digest
        if envelope.source["kind"] == "template":
            template_id = envelope.source["template_id"]
            original = templates.get(session, envelope.portal_id, template_id).digest
        session.add(
            Document(
                id=document_id,
                portal_id=envelope.portal_id,
                envelope_id=envelope_id,
                name=envelope.title,
                original_digest=original,
                printed_digest=digest,
                page_count=pages,
                page_sizes=[[595.3, 841.9]] * pages,
            )
        )
        session.flush()
        for index, role in enumerate(("us", "client") if signatures else ()):
            session.add(_signature(services, envelope, document_id, role, 0.3 + index / 4))
        envelope.prepare_state = "ready"
    return document_id


def _signature(
    services: Services, envelope: Envelope, document_id: str, role: str, y: float
) -> FieldRow:
    return FieldRow(
        id=services.new_id(),
        portal_id=envelope.portal_id,
        envelope_id=envelope.id,
        document_id=document_id,
        key=f"{role}-signature-1",
        kind="signature",
        role=role,
        page=1,
        x=0.2,
        y=y,
        w=0.3,
        h=0.06,
        from_tag=True,
    )


def placed(document_id: str, **changes: object) -> dict[str, object]:
    """Return a field as the editor sends it."""
    return {
        "key": "hand-1",
        "kind": "signature",
        "role": "client",
        "document": document_id,
        "page": 0,
        "x": 0.2,
        "y": 0.4,
        "w": 0.3,
        "h": 0.06,
        "required": True,
        "label": "",
        **changes,
    }


def send_now(services: Services, envelope_id: str) -> str:
    """Send as the button does."""
    return send.send(services, envelope_id, actor="portal_user:1", now=services.now())


def envelope_of(response: TestResponse) -> str:
    """Return the envelope's id a page speaks of."""
    found = re.search(r'data-envelope="([0-9a-f]{32})"', response.get_data(as_text=True))
    assert found, response.get_data(as_text=True)[:600]
    return found[1]


def error_of(response: TestResponse) -> dict[str, str]:
    """Return the sentence and field of a refusal."""
    found: dict[str, str] = json.loads(response.get_data(as_text=True))
    return found
