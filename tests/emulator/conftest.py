"""A portal per test module, brought back to its first minute before each test; an app that listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from portal_kit import PDF, Client, Listener, client_of

from emulator.demo_data import CLIENT_ID
from emulator.rest.params import from_pairs
from emulator.server import Emulator, start


@pytest.fixture(scope="session")
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = from_pairs(parse_qsl(body, keep_blank_values=True))
            listener.posts.append({"raw": body, "path": self.path, **form})
            self.send_response(listener.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield listener
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def running(listening: Listener) -> Iterator[Emulator]:
    with start(
        app_url=listening.url, docgen_delay_s=0.05, queue_delay_s=0.0, converter=lambda _: PDF
    ) as emulator:
        yield emulator


@pytest.fixture
def listener(listening: Listener) -> Listener:
    listening.posts.clear()
    listening.status = 200
    return listening


@pytest.fixture
def portal(running: Emulator, listener: Listener) -> Emulator:
    """A fresh portal without our app."""
    running.engine.outbox.wait_idle()
    running.reset()
    listener.posts.clear()
    return running


@pytest.fixture
def started(portal: Emulator) -> Emulator:
    """A portal whose installer is open: installFinish has not been called."""
    portal.engine.start_install(CLIENT_ID, 1)
    return portal


@pytest.fixture
def installed(started: Emulator) -> Emulator:
    started.engine.finish_install(CLIENT_ID)
    started.engine.outbox.wait_idle()
    return started


@pytest.fixture
def admin(installed: Emulator) -> Client:
    return client_of(installed, 1)


@pytest.fixture
def seller(installed: Emulator) -> Client:
    return client_of(installed, 2)
