"""One process that is a portal, its authorization server, its services and its mail.

`start()` for tests (ports 0: any free one), `python -m emulator` for people.
"""

from __future__ import annotations

import logging
import secrets
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from emulator import demo_data, docgen, web
from emulator.branches import Branch, engine_of, replace_state
from emulator.convert import Converter, by_libreoffice
from emulator.demo_data import PARAPH, AppCard
from emulator.engine import Engine
from emulator.mailbox import MailServer
from emulator.rest.gate import Gate
from emulator.rest.methods import load
from emulator.state import State

HOST = "127.0.0.1"
logging.getLogger("werkzeug").setLevel(logging.ERROR)


class PortTaken(Exception):
    """A port is in use; the text names it and says what to do."""


class Quiet(WSGIRequestHandler):
    """HTTP/1.1, without a line of log for each request. Every connection is closed after its answer."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        return


class Emulator:
    """A running portal. Use as a context manager, or call `stop()`."""

    def __init__(
        self,
        *,
        portal_port: int = 0,
        oauth_port: int = 0,
        services_port: int = 0,
        smtp_port: int = 0,
        app_url: str = "http://localhost:8610",
        card: AppCard = PARAPH,
        docgen_delay_s: float = 1.0,
        queue_delay_s: float = 0.2,
        data: Path | None = None,
        converter: Converter = by_libreoffice,
    ) -> None:
        load()
        self.app_url, self.card = app_url, card
        self.data = data
        self.options: dict[str, Any] = {
            "docgen_delay_s": docgen_delay_s,
            "queue_delay_s": queue_delay_s,
            "converter": converter,
        }
        self.ports = (portal_port, oauth_port, services_port, smtp_port)
        self.servers: list[BaseWSGIServer] = []
        self.threads: list[threading.Thread] = []
        self.branches: list[Branch] = []
        self.scratch = tempfile.TemporaryDirectory(prefix="portal-")
        self.tsa: Any = None
        self.portal_url = self.oauth_url = self.services_url = ""
        self.stopped = False

    # -- start and stop ------------------------------------------------------------------------

    def start(self) -> Emulator:
        """Listen on every port and return self. Raises PortTaken."""
        try:
            self.listen()
        except PortTaken:
            self.stop()
            raise
        return self

    def listen(self) -> None:
        late = [LateApp(), LateApp(), LateApp()]
        urls = [self.bind(app, port) for app, port in zip(late, self.ports[:3], strict=True)]
        self.portal_url, self.oauth_url, self.services_url = urls
        self.state = self.load_state()
        self.engine = Engine(self.state, **self.options)
        self.gate = Gate(self.engine)
        self.tsa = make_tsa(Path(self.scratch.name) if self.data is None else self.data.parent)
        self.mail = MailServer(self.state, self.engine.faults, port=self.ports[3])
        try:
            self.mail.start()
        except OSError as error:
            raise PortTaken(sentence(self.ports[3])) from error
        docgen.resume(self.engine)
        makers = (web.portal_app, web.oauth_app, web.services_app)
        for app, make in zip(late, makers, strict=True):
            app.become(make(self))

    def bind(self, app: Any, port: int) -> str:
        try:
            server = make_server(HOST, port, app, threaded=True, request_handler=Quiet)
        except (OSError, SystemExit) as error:
            raise PortTaken(sentence(port)) from error
        server.daemon_threads = True  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.servers.append(server)
        self.threads.append(thread)
        return f"http://{HOST}:{server.server_port}"

    def load_state(self) -> State:
        if self.data and self.data.exists():
            with suppress(ValueError):
                return self.moved_here(State.load(self.data))
        return demo_data.build(
            domain=self.portal_url.partition("://")[2],
            oauth_url=self.oauth_url,
            app_url=self.app_url,
            card=self.card,
        )

    def moved_here(self, state: State) -> State:
        """Return a loaded state with the addresses of this run."""
        state.portal.domain = self.portal_url.partition("://")[2]
        state.oauth_url = self.oauth_url
        for app in state.apps.values():
            demo_data.place_app(app, self.app_url, self.card)
        return state

    def reset(self) -> None:
        """Bring back the portal of the first minute, on the same ports and at its first address."""
        fresh = demo_data.build(
            domain=self.portal_url.partition("://")[2],
            oauth_url=self.oauth_url,
            app_url=self.app_url,
            card=self.card,
        )
        replace_state(self, fresh)

    def add_portal(self, title: str = "Studio Verrière", *, member_id: str = "") -> Branch:
        """Return one more portal on a port of its own, with the same app to install, under this
        authorization server. It stops with this one."""
        late = LateApp()
        branch = Branch(
            self,
            portal_url=self.bind(late, 0),
            member_id=member_id or secrets.token_hex(16),
            title=title,
            options=self.options,
        )
        self.branches.append(branch)
        late.become(web.portal_app(branch))
        return branch

    def engine_of(self, given: dict[str, str]) -> Engine:
        """Return the engine of the portal that what was given to the authorization server is from."""
        return engine_of([self.engine, *(b.engine for b in self.branches)], given)

    def save(self) -> None:
        """Write the state to the data file, when there is one."""
        if self.data:
            self.data.parent.mkdir(parents=True, exist_ok=True)
            self.state.save(self.data)

    def stop(self) -> None:
        """Stop listening, finish what runs, save."""
        if self.stopped:
            return
        self.stopped = True
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for branch in self.branches:
            branch.engine.close()
        if hasattr(self, "engine"):
            self.engine.close()
            self.save()
        if hasattr(self, "mail"):
            self.mail.stop()
        self.scratch.cleanup()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def smtp_port(self) -> int:
        return self.mail.port


class LateApp:
    """A WSGI application that is put in place once every port is known."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.app: Callable[..., Any] | None = None

    def become(self, app: Flask) -> None:
        self.app = app
        self.ready.set()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.ready.wait(10)
        if self.app is None:
            raise RuntimeError("The server is not ready.")
        return self.app(environ, start_response)


def sentence(port: int) -> str:
    return f"Port {port} is already in use; stop the program that holds it or choose another port."


def make_tsa(folder: Path) -> Any:
    """Return the time-stamp authority, none when it is not part of this installation."""
    try:
        from emulator.tsa import create_tsa
    except ImportError:
        return None
    return create_tsa(folder)


def start(**options: Any) -> Emulator:
    """Return a running portal; options as in `Emulator`. Every port is free unless given."""
    return Emulator(**options).start()
