"""A whole Paraph beside a pretend portal: web pages in this process, the worker as a process of its own.

Nothing here reaches into our code: the portal's frames, the signer's pages and the worker's environment are those
of bin/demo. Results are read from the portal (timeline, mails, SMS, rules) and from the database.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dbos import DBOSClient
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app import services
from app.jobs import APP_NAME
from app.services import Services
from app.settings import ROOT, Settings
from app.web import create_app
from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.server import Emulator, start
from emulator.web import SMS_KEY

T = TypeVar("T")
PATIENCE_S = 90.0
POLL_S = 0.05
QUOTE_LINES = (
    "Devis Atelier Lumen",
    "Concept lumière du hall et des vitrines",
    "Pose et réglage sur place, déplacements compris",
    "Validité de cette offre : trois mois",
    "Conditions de paiement à trente jours",
    "Le prestataire, lu et approuvé",
    "Fait à Lyon en deux exemplaires",
)
UNDER_WAY = ["PENDING", "ENQUEUED", "DELAYED"]
_JOB = threading.Event()
"""Never set: a wait on it is a pause."""


class NotSeen(AssertionError):
    """A journey waited for something that did not come."""


def until(
    what: str, look: Callable[[], T], *, patience_s: float = PATIENCE_S, poll_s: float = POLL_S
) -> T:
    """Return the first truthy answer of `look`; raises NotSeen naming `what`."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        _JOB.wait(poll_s)
    raise NotSeen(f"not seen within {patience_s:.0f} s: {what}")


def quote_pdf() -> bytes:
    """Return one A4 page with words enough for a field to find its place again."""
    made = io.BytesIO()
    page = canvas.Canvas(made, pagesize=A4, invariant=1)
    for number, words in enumerate(QUOTE_LINES):
        page.drawString(72, 760 - 90 * number, words)
    page.save()
    return made.getvalue()


class Quiet(WSGIRequestHandler):
    """No line of log for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        return


@dataclass
class Worker:
    """Our worker's process. One that is killed is started again at once, as an operator's service manager does."""

    environment: Mapping[str, str]
    log: Path
    deaths: int = 0
    process: subprocess.Popen[bytes] | None = None
    _is_kept: bool = False
    _keeper: threading.Thread | None = None

    def start(self, *, is_kept: bool = True, **settings: str) -> None:
        """Start the worker with more settings (upper case, without PARAPH_) and keep it alive if `is_kept`."""
        self.stop()
        self.deaths, self._is_kept = 0, is_kept
        more = {f"PARAPH_{name}": value for name, value in settings.items()}
        self._launch({**self.environment, **more})
        self._keeper = threading.Thread(target=self._keep, args=(more,), daemon=True)
        self._keeper.start()

    def stop(self, *, how: signal.Signals = signal.SIGKILL) -> None:
        """End the worker for good."""
        self._is_kept = False
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        if self._keeper is not None:
            self._keeper.join(30)
            self._keeper = None

    def kill(self) -> None:
        """Kill the process as a power cut does; it is started again."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)

    def said(self, words: str) -> int:
        """Return how often the worker's log says `words`."""
        return self.log.read_bytes().count(words.encode()) if self.log.exists() else 0

    def slots(self) -> list[str]:
        """Return the slots this worker took, in all its lives."""
        return re.findall(r'"slot": "([\w-]+)"', self.log.read_text("utf-8", "replace"))

    def _launch(self, environment: Mapping[str, str]) -> None:
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.worker"],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )

    def _keep(self, more: Mapping[str, str]) -> None:
        while self.process is not None:
            code = self.process.wait()
            self.deaths += 1
            if not self._is_kept or code != -signal.SIGKILL:
                return
            self._launch({**self.environment, **more})


@dataclass
class Scene:
    """The portal, our web pages and our worker, on one data folder."""

    portal: Emulator
    tools: Services
    web: BaseWSGIServer
    worker: Worker
    client: DBOSClient
    workers: list[Worker] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return self.tools.settings.base_url

    @property
    def data(self) -> Path:
        return self.tools.settings.data

    def another_worker(self) -> Worker:
        """Return a second worker on the same data folder, not yet started."""
        made = Worker(self.worker.environment, self.data / f"worker-{len(self.workers) + 2}.log")
        self.workers.append(made)
        return made

    def under_way(self) -> list[str]:
        """Return the keys of the flows that are not over."""
        found = self.client.list_workflows(status=UNDER_WAY, load_input=False, load_output=False)
        return [one.workflow_id for one in found]

    def flows_of(self, word: str) -> list[str]:
        """Return the keys of all flows that have `word` in their key."""
        found = self.client.list_workflows(load_input=False, load_output=False)
        return [one.workflow_id for one in found if word in one.workflow_id]

    def settle(self, *, patience_s: float = PATIENCE_S) -> None:
        """Return once no flow is under way; raises NotSeen with those that are."""
        try:
            until("an end of all flows", lambda: not self.under_way(), patience_s=patience_s)
        except NotSeen as late:
            raise NotSeen(f"{late}: {self.under_way()}\n{self.tail()}") from None

    def tail(self) -> str:
        """Return the end of the worker's log."""
        text = self.worker.log.read_text("utf-8", "replace") if self.worker.log.exists() else ""
        return "\n".join(text.splitlines()[-25:])


@contextlib.contextmanager
def scene(folder: Path, *, database_url: str = "", has_office: bool = False) -> Iterator[Scene]:
    """Yield a scene; its portal prints every document of its own generator alike. No worker runs yet.

    Without `has_office` the worker does not find LibreOffice, and starts in half the time.
    """
    pdf = quote_pdf()
    web = make_server("127.0.0.1", 0, _nothing, threaded=True, request_handler=Quiet)
    base_url = f"http://localhost:{web.server_port}"
    with start(
        app_url=base_url, docgen_delay_s=0.05, queue_delay_s=0.0, converter=lambda _: pdf
    ) as portal:
        portal.state.limits.enabled = False
        settings = _settings(folder, portal, base_url, database_url)
        if not has_office:
            settings = settings.model_copy(update={"soffice": str(folder / "no-office")})
        _trust(settings, portal)
        tools = services.build(settings)
        services.lay_out(tools)
        services.check_keys(tools)
        web.app = create_app(tools)
        thread = threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        client = DBOSClient(system_database_engine=tools.database.engine, application_name=APP_NAME)
        made = Scene(
            portal, tools, web, Worker(_environment(settings), folder / "worker.log"), client
        )
        try:
            yield made
        finally:
            for worker in (made.worker, *made.workers):
                worker.stop()
            web.shutdown()
            web.server_close()
            client.destroy()
            tools.database.close()


def _nothing(_environ: Any, _start_response: Any) -> Any:
    raise RuntimeError("The app is not ready.")


def _settings(folder: Path, portal: Emulator, base_url: str, database_url: str) -> Settings:
    values: dict[str, object] = {
        "data": folder / "data",
        "database_url": database_url,
        "base_url": base_url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "oauth_url": portal.oauth_url,
        "local_portals": True,
        "organisation": "Atelier Lumen",
        "smtp_host": "127.0.0.1",
        "smtp_port": portal.smtp_port,
        "smtp_tls": "none",
        "sms_url": f"{portal.services_url}/sms/send",
        "sms_key": SMS_KEY,
        "sms_status_url": f"{portal.services_url}/sms/status/{{id}}",
        "tsa_urls": f"{portal.services_url}/tsa",
        "trust_folder": folder / "trust",
        "poll_s": 0.05,
    }
    return Settings.model_validate(values)


def _environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARAPH_")}
    ours = {f"PARAPH_{k.upper()}": str(v) for k, v in settings.model_dump().items() if v != ""}
    return {**kept, **ours, "PYTHONUNBUFFERED": "1", "NO_PROXY": "localhost,127.0.0.1"}


def _trust(settings: Settings, portal: Emulator) -> None:
    with urllib.request.urlopen(f"{portal.services_url}/tsa/root.pem", timeout=5) as answer:
        root = answer.read()
    settings.tsa_trust.mkdir(parents=True, exist_ok=True)
    (settings.tsa_trust / "demo-tsa.pem").write_bytes(root)
