"""Forms of hostile DOMAIN, SERVER_ENDPOINT, client_endpoint and PROTOCOL (goal S3): each names the same thief.

`visits` sends them all to our doors and watches this process's sockets: a good frame or call, one lie in each.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlencode, urlsplit

from emulator import tokens
from emulator.demo_data import CLIENT_ID, MEMBER_ID
from tests.frame_kit import BASE, DIRECTOR, SELLER, Portal
from tests.spy import watched

ADDRESSES = (
    "127.0.0.1:{port}", "localhost:{port}", "http://127.0.0.1:{port}/rest/", "https://127.0.0.1:{port}/rest/",
    "//127.0.0.1:{port}/rest/", "http:\\\\127.0.0.1:{port}\\rest\\", "{portal}@127.0.0.1:{port}",
    "http://{portal}@127.0.0.1:{port}/rest/", "http://127.0.0.1:{port}#{portal}/rest/",
    "http://127.0.0.1:{port}?{portal}/rest/", "http://127.0.0.1:{port}\\@{portal}/rest/",
    "{portal}.127.0.0.1.nip.example:{port}", "http://2130706433:{port}/rest/", "http://0x7f000001:{port}/rest/",
    "http://0177.0.0.1:{port}/rest/", "http://127.1:{port}/rest/", "http://[::1]:{port}/rest/",
    "http://[::ffff:127.0.0.1]:{port}/rest/", "http://127。0。0。1:{port}/rest/", "http://①②⑦.0.0.1:{port}/rest/",
    "http://127.0.0.1:{port}/rest/%2e%2e/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x",
    "http://169.254.169.254/latest/meta-data/", "{portal}\r\nHost: 127.0.0.1:{port}", "evil.example.com", " ",
)  # fmt: skip
"""{port}: where the thief listens; {portal}: the portal's true host."""
FRAME_NAMES = (
    "DOMAIN",
    "SERVER_ENDPOINT",
    "client_endpoint",
    "?DOMAIN",
    "?PROTOCOL",
    "APP_SID",
    "REFERER",
)
CALL_NAMES = ("auth[domain]", "auth[server_endpoint]", "auth[client_endpoint]")


def frames(port: int, portal: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield (form, query) to put over a good frame's: one hostile value each."""
    for name, address in product(FRAME_NAMES, addresses(port, portal)):
        if name.startswith("?"):
            yield {}, {name[1:]: address}
        else:
            yield {name: address}, {}


def calls(port: int, portal: str) -> Iterator[dict[str, str]]:
    """Yield what to put over a good event's or rule's form."""
    for name, address in product(CALL_NAMES, addresses(port, portal)):
        yield {name: address}


def addresses(port: int, portal: str) -> list[str]:
    """Return the thief's address in every form."""
    return [one.format(port=port, portal=portal) for one in ADDRESSES]


@dataclass(frozen=True, slots=True)
class Visits:
    """What became of the lies. `reached`: hosts besides those that are configured or proven."""

    count: int
    reached: frozenset[str]
    came_to_the_thief: int
    refused: int
    broken: int

    @property
    def holds(self) -> bool:
        return not (self.reached or self.came_to_the_thief or self.broken) and self.count >= 200


def visits(portal: Portal) -> Visits:
    """Send every lie to the doors of an installed app; return what its process reached for."""
    true, statuses = urlsplit(portal.emulator.portal_url).netloc, []
    known = (
        portal.emulator.oauth_url,
        portal.emulator.portal_url,
        BASE.replace("localhost", "127.0.0.1"),
    )
    with closing(socket.create_server(("127.0.0.1", 0))) as thief, watched() as traffic:
        thief.setblocking(False)
        port = thief.getsockname()[1]
        statuses += [_opened(portal, form, query) for form, query in frames(port, true)]
        statuses += [_called(portal, n, lie) for n, lie in enumerate(calls(port, true))]
        came = _came(thief)
    return Visits(
        count=len(statuses),
        reached=frozenset(traffic.beyond(*known)),
        came_to_the_thief=came,
        refused=sum(400 <= status < 500 for status in statuses),
        broken=sum(status >= 500 for status in statuses),
    )


def _opened(portal: Portal, form: dict[str, str], query: dict[str, str]) -> int:
    opened = portal.emulator.engine.open_placement(SELLER, "CRM_DEAL_DETAIL_TAB", {"ID": "1"})
    path = urlsplit(opened.url.removeprefix(BASE)).path
    frame = portal.post(f"{path}?{urlencode(query)}", {**opened.fields, **form})
    if frame.page.status_code == 200:
        return frame.load().status_code
    return frame.page.status_code


def _called(portal: Portal, number: int, lie: dict[str, str]) -> int:
    state = portal.emulator.state
    form: dict[str, Any] = {
        "event": ("ONAPPUPDATE", "ONAPPINSTALL")[number % 2],
        "auth[member_id]": MEMBER_ID,
        "auth[application_token]": state.installations[CLIENT_ID].application_token,
        "auth[access_token]": tokens.issue(state, CLIENT_ID, DIRECTOR).access,
        "auth[refresh_token]": "r" * 70,
        **lie,
    }
    return portal.app.test_client().post("/handlers/events", data=form).status_code


def _came(thief: socket.socket) -> int:
    """Return how many connections wait at the thief's door."""
    count = 0
    while True:
        try:
            connection, _ = thief.accept()
        except BlockingIOError:
            return count
        connection.close()
        count += 1
