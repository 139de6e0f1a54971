"""What the page tests share: a portal, a browser, and a tiny application with the official SDK."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from emulator.server import Emulator, Quiet
from emulator.state import Activity, Mail, PlacementBinding, Robot
from emulator.web import portal_app

ROOT = Path(__file__).parents[2]
SDK = ROOT / "static" / "vendor" / "b24jssdk.min.js"
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE = """<!doctype html><meta charset="utf-8"><title>app</title>
<body style="font:16px sans-serif;padding:24px"><h1 id="place"></h1><p id="state">waiting</p>
<script src="/b24jssdk.min.js"></script><script>
window.posted = %s
document.getElementById('place').textContent = location.pathname + ' ' + (posted.PLACEMENT || '')
B24Js.initializeB24Frame().then((b24) => {
  window.b24 = b24
  document.getElementById('state').textContent = 'ready'
}).catch((error) => { document.getElementById('state').textContent = String(error) })
</script>"""


def chromium() -> str:
    """Return the browser's path; without one, skip here and fail where CI is set."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    if not found and not os.environ.get("CI"):
        pytest.skip("no Chromium: apt-get install chromium")
    assert found, "no Chromium"
    return found


@dataclass
class SmallApp:
    """An application of three addresses: pages in frames, events, robots; it keeps what it got."""

    url: str = ""
    frames: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, str]] = field(default_factory=list)
    robots: list[dict[str, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def keep(self, where: list[dict[str, str]]) -> None:
        with self.changed:
            where.append({**request.args.to_dict(), **request.form.to_dict()})
            self.changed.notify_all()

    def wait(self, where: list[dict[str, str]], name: str, value: str) -> dict[str, str]:
        """Return the first thing kept in `where` whose `name` is `value`."""

        def found() -> dict[str, str] | None:
            return next((x for x in where if x.get(name) == value), None)

        with self.changed:
            answer = self.changed.wait_for(found, timeout=15)
        assert answer, f"nothing with {name}={value} in {where}"
        return answer


def web(small: SmallApp) -> Flask:
    app = Flask("small", static_folder=None)

    @app.get("/b24jssdk.min.js")
    def sdk() -> Response:
        return Response(SDK.read_bytes(), mimetype="text/javascript")

    @app.post("/events")
    def events() -> str:
        small.keep(small.events)
        return ""

    @app.post("/robot")
    def robot() -> str:
        small.keep(small.robots)
        return ""

    @app.route("/<path:path>", methods=["GET", "POST"])
    def page(path: str) -> str:
        if request.method == "POST":
            small.keep(small.frames)
        return PAGE % json.dumps(request.form.to_dict()).replace("<", "\\u003c")

    return app


@contextlib.contextmanager
def small_app() -> Iterator[SmallApp]:
    """Run the application on localhost: another site than the portal's 127.0.0.1."""
    small = SmallApp()
    server = make_server("localhost", 0, web(small), threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    small.url = f"http://localhost:{server.server_port}"
    try:
        yield small
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextlib.contextmanager
def portal(app_url: str) -> Iterator[Emulator]:
    """Run a fresh portal where the small application is on offer, not installed."""
    emulator = Emulator(
        app_url=app_url,
        docgen_delay_s=0.0,
        queue_delay_s=0.0,
        converter=lambda docx: b"%PDF-1.4 " + docx[:8],
    ).start()
    with emulator:
        app = only_app(emulator)
        app.installer_url, app.application_url = f"{app_url}/install", f"{app_url}/main"
        app.event_url = f"{app_url}/events"
        yield emulator


def only_app(emulator: Emulator) -> Any:
    return next(iter(emulator.state.apps.values()))


def install(emulator: Emulator, app_url: str) -> None:
    """Install the application at once, with a widget at each place and one robot."""
    client = only_app(emulator).client_id
    inst = emulator.engine.start_install(client, 1)
    places = {
        "CRM_DEAL_DOCUMENTGENERATOR_BUTTON": "Sign",
        "CRM_DEAL_DETAIL_TOOLBAR": "Sign from the toolbar",
        "CRM_DEAL_DETAIL_TAB": "Signatures",
        "CRM_DEAL_ACTIVITY_TIMELINE_MENU": "Sign this",
    }
    for number, (place, title) in enumerate(places.items(), start=1):
        titles = {"fr": {"TITLE": title}, "en": {"TITLE": title}}
        handler = f"{app_url}/widget-{number}"
        inst.placements.append(
            PlacementBinding(number, place, handler, title, lang_all=titles, client_id=client)
        )
    inst.robots["send"] = Robot(
        "send",
        client,
        f"{app_url}/robot",
        {"fr": "Envoyer à signer", "en": "Send for signature"},
        properties={
            "template": {"Name": "Template", "Type": "string", "Required": "Y"},
            "signer": {"Name": "Signer", "Type": "user"},
        },
        use_placement=True,
        placement_handler=f"{app_url}/rule-settings",
    )
    emulator.engine.finish_install(client, 1)


def deal_id(emulator: Emulator) -> int:
    return min(emulator.state.deals)


def client(emulator: Emulator, host: str = "") -> FlaskClient:
    """Return a client of the portal's pages that needs no sockets."""
    app = portal_app(emulator)
    app.config["SERVER_NAME"] = host or emulator.state.portal.domain
    return app.test_client()


CARD = {
    "icon": {"code": "document"},
    "header": {"title": "Contract", "tags": {"one": {"type": "warning", "title": "Waiting"}}},
    "body": {
        "logo": {"code": "document"},
        "blocks": {"who": {"type": "text", "properties": {"value": "Claire has not opened it"}}},
    },
    "footer": {
        "buttons": {
            "remind": {
                "title": "Remind",
                "type": "primary",
                "action": {"type": "restEvent", "id": "remind", "animationType": "loader"},
            },
            "show": {
                "title": "Open",
                "type": "secondary",
                "action": {
                    "type": "openRestApp",
                    "actionParams": {"envelope": "e1"},
                    "sliderParams": {"title": "Envelope", "width": 800},
                },
            },
        }
    },
}


def add_card(emulator: Emulator, layout: dict[str, Any] | None = None) -> Activity:
    """Put a configurable activity of the application on the first deal."""
    state, now = emulator.state, emulator.state.now()
    activity = Activity(
        id=state.next_id("activity"),
        owner_type_id=2,
        owner_id=deal_id(emulator),
        type_id=6,
        provider_id="CONFIGURABLE_REST_APP",
        provider_type_id="CONFIGURABLE",
        subject="card",
        created=now,
        updated=now,
        author_id=1,
        responsible_id=1,
        layout=layout or CARD,
        client_id=only_app(emulator).client_id,
    )
    state.activities[activity.id] = activity
    state.add_entry("activity", 2, activity.owner_id, author_id=1, activity_id=activity.id)
    return activity


def add_mail(emulator: Emulator, html: str = "<p>Read it</p>", **values: Any) -> Mail:
    """Put a mail into the inbox."""
    state = emulator.state
    body: dict[str, Any] = {
        "sender": "Studio <studio@example.com>",
        "recipients": ["claire@example.org"],
        "subject": "To sign",
        "text": "Read it: https://sign.example.org/s/1.",
        "html": html,
        "raw": b"",
        **values,
    }
    state.mails.append(Mail(state.next_id("mail"), state.now(), **body))
    return state.mails[-1]
