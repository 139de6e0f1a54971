"""One refresher at a time, and what becomes of the others when it is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app import portals
from app.crm import wire
from app.crm.faults import TIMEOUT
from app.errors import PortalUnavailable
from app.services import Services
from app.store import tokens
from tests.conftest import Clock

NAME = "refresh:p:admin"


def test_a_killed_refresher_holds_others_up_for_half_a_minute_not_longer(
    services: Services, clock: Clock
) -> None:
    seconds = tokens.REFRESH_LEASE_S
    database = services.database
    assert tokens.take_lease(database, NAME, "killed", clock(), seconds=seconds)
    clock.pass_by(seconds=seconds - 1)
    assert not tokens.take_lease(database, NAME, "next", clock(), seconds=seconds)
    clock.pass_by(seconds=2)
    with services.portals.vault.lease("p", None):
        assert not tokens.take_lease(database, NAME, "third", clock(), seconds=seconds)
    assert tokens.take_lease(database, NAME, "third", clock(), seconds=seconds)


def test_no_refresh_outlives_its_lease_and_who_waits_outlasts_it() -> None:
    longest = 2 * wire.AUTH_CONNECT_S + 2 * wire.AUTH_ANSWER_S
    assert longest < tokens.REFRESH_LEASE_S < portals.LEASE_PATIENCE_S < 60


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte now and then and never comes to an end."""
    over = threading.Event()

    class Drip(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not over.wait(0.02):
                    self.wfile.write(b" ")

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/oauth/token/"
    over.set()
    server.shutdown()
    server.server_close()


def test_an_answer_that_drips_is_given_up(dripping: str) -> None:
    with pytest.raises(PortalUnavailable) as caught:
        wire.post_form(wire.pooled_session(), dripping, {}, method="x", patience=(5.0, 0.3))
    assert caught.value.code == TIMEOUT
