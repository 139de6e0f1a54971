"""Four campaigns against our doors, each by a seed: forged calls, hostile hosts, guessed codes, fuzzed requests.

Ten thousand forged calls (goal S1): none accepted, no answer of 5xx, no connection to a foreign host, the database
as before. A pretend portal and our app in this process, two more portals beside it. Hostile hosts are S3, guesses
S6, fuzz S11. Every campaign runs in the quick tests with fewer.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import structlog
from flask import Flask
from itsdangerous import URLSafeSerializer
from sqlalchemy import select, text

from app.services import Services, build, lay_out
from app.settings import Settings
from app.store.database import Database
from app.store.tables import Table
from app.web import create_app
from bench import fuzz, guesses, hosts
from bench.forgery import Call, Known, forge
from emulator import lifecycle, tokens
from emulator.demo_data import CLIENT_ID, MEMBER_ID
from tests.factories import make_installation
from tests.frame_kit import (
    DIRECTOR,
    SELLER,
    Portal,
    running_portal,
    settings_for,
    without_waiting,
)
from tests.spy import watched

CALLS = 10_000
SEED = 20_261_124
NOTES = frozenset({"rate_limits", "rest_calls", "leases"})
OTHER_APP = "local.other.app1"
OTHER_TOKEN = "b" * 32


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the calls. Empty lists and an unchanged database are what we promise."""

    calls: int
    statuses: dict[int, int]
    accepted: tuple[Call, ...]
    broken: tuple[Call, ...]
    reached: frozenset[str]
    """Hosts connected to or looked up besides the authorization server."""
    is_changed: bool
    seconds: float


class Clock:
    """A clock that stands, so that tickets age only when told."""

    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def forged_calls(count: int, seed: int) -> Outcome:
    """Send `count` forged calls made from `seed`; return what became of them."""
    with _portal() as (portal, clock):
        known = _known(portal, clock)
        rng, client = Random(seed), portal.app.test_client()
        statuses: Counter[int] = Counter()
        accepted, broken = [], []
        before, began = state_of(portal.services.database), perf_counter()
        with watched() as traffic:
            for _ in range(count):
                call = forge(rng, known)
                status = _sent(client, call)
                statuses[status] += 1
                if status >= 500:
                    broken.append(call)
                elif status < 400 and not call.is_probe:
                    accepted.append(call)
        return Outcome(
            calls=count,
            statuses=dict(sorted(statuses.items())),
            accepted=tuple(accepted),
            broken=tuple(broken),
            reached=frozenset(traffic.beyond(*_expected(portal))),
            is_changed=state_of(portal.services.database) != before,
            seconds=perf_counter() - began,
        )


def _expected(portal: Portal) -> tuple[str, ...]:
    """The authorization server, the proven portal, and where the pretend portal itself looks for our app."""
    return (portal.emulator.oauth_url, portal.emulator.portal_url, "http://127.0.0.1:8610")


def _sent(client: Any, call: Call) -> int:
    response = client.open(
        call.path,
        method=call.method,
        data=call.body,
        content_type=call.content_type or None,
        headers=call.headers,
    )
    status: int = response.status_code
    response.close()
    return status


@contextmanager
def _portal() -> Iterator[tuple[Portal, Clock]]:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, running_portal() as emulator:
        settings = Settings.model_validate({"data": Path(folder), **settings_for(emulator)})
        services = without_waiting(build(settings, now=clock))
        lay_out(services)
        portal = Portal(emulator, services, create_app(services))
        portal.install()
        yield portal, clock
        services.database.close()


def _known(portal: Portal, clock: Clock) -> Known:
    """Return what a well-informed forger would hold: everything but the right proofs."""
    state, services = portal.emulator.state, portal.services
    state.apps[OTHER_APP] = replace(state.apps[CLIENT_ID], client_id=OTHER_APP)
    lifecycle.start_install(portal.emulator.engine, OTHER_APP, DIRECTOR)
    hashed = services.secrets.keyed_hash("application_token", OTHER_TOKEN)
    other = "0c" * 16
    make_installation(services.database, member_id=other, application_token_hash=hashed)
    closed = make_installation(services.database, state="closed")
    ticket = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER).ticket
    clock.at += timedelta(minutes=1)
    fresh = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER).ticket
    clock.at += timedelta(seconds=599)
    return Known(
        member_id=MEMBER_ID,
        application_token=state.installations[CLIENT_ID].application_token,
        other_member_id=other,
        other_application_token=OTHER_TOKEN,
        employee_access=tokens.issue(state, CLIENT_ID, SELLER).access,
        foreign_access=tokens.issue(state, OTHER_APP, DIRECTOR).access,
        old_ticket=ticket,
        closed_ticket=_ticket_of(services, fresh, closed),
        ticket=fresh,
        ticket_doors=ticket_doors(portal.app),
    )


def _ticket_of(services: Services, ticket: str, portal_id: str) -> str:
    """Return the ticket as it would be, had it been given on another portal."""
    signer = URLSafeSerializer(services.secrets.signing_key("frame-ticket"), salt="ticket")
    held = signer.loads(ticket)
    return str(signer.dumps({**held, "caller": {**held["caller"], "portal_id": portal_id}}))


def ticket_doors(app: Flask) -> list[tuple[str, str]]:
    """Return (method, path) of every door that asks for a ticket, ids made up."""
    found = []
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "guard", "") != "frame_ticket":
            continue
        path = str(rule)
        for name in rule.arguments:
            path = path.replace(f"<int:{name}>", "0").replace(f"<{name}>", "0" * 32)
        found += [
            (method, path) for method in sorted(rule.methods or ()) if method in ("GET", "POST")
        ]
    return found


def state_of(database: Database) -> str:
    """Return a digest of everything our tables hold, and of how much work is asked for.

    Not of the notes on our own calls to a proven portal: asking it is no harm.
    """
    digest = hashlib.sha256()
    with database.reading() as session:
        for table in Table.metadata.sorted_tables:
            if table.name in NOTES:
                continue
            rows = sorted(map(repr, session.execute(select(table)).all()))
            digest.update(repr((table.name, rows)).encode())
        asked = session.execute(text("select count(*) from workflow_status")).scalar_one()
        digest.update(str(asked).encode())
    return digest.hexdigest()


def main(words: Sequence[str] = ()) -> int:
    """Run the campaigns that are named, all of them otherwise; return 0 when every promise holds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    results = []
    for name in words or CAMPAIGNS:
        holds, lines = CAMPAIGNS[name]()
        results.append(holds)
        sys.stdout.write("\n".join([f"{name}: {'holds' if holds else 'BROKEN'}", *lines, "\n"]))
        sys.stdout.flush()
    return int(not all(results))


def _forged() -> tuple[bool, list[str]]:
    found = forged_calls(CALLS, SEED)
    return not (found.accepted or found.broken or found.reached or found.is_changed), [
        f"{found.calls} forged calls (seed {SEED}) in {found.seconds:.0f} s; answers {found.statuses}",
        f"accepted {len(found.accepted)}, answers of 5xx {len(found.broken)}",
        f"reached besides the authorization server: {sorted(found.reached) or 'nothing'}",
        f"database {'changed' if found.is_changed else 'unchanged'}",
    ]


def _hosts() -> tuple[bool, list[str]]:
    with _portal() as (portal, _):
        found = hosts.visits(portal)
    return found.holds, [
        f"{found.count} hostile hosts named in frames and events; refused {found.refused}, "
        f"answers of 5xx {found.broken}",
        f"reached besides configured and proven hosts: {sorted(found.reached) or 'nothing'}; "
        f"connections at the thief's socket {found.came_to_the_thief}",
    ]


def _guesses() -> tuple[bool, list[str]]:
    found = guesses.guessing(guesses.GUESSES, SEED)
    return found.holds, guesses.lines(found, SEED)


def _fuzz() -> tuple[bool, list[str]]:
    found = fuzz.fuzzing(fuzz.REQUESTS, SEED)
    return found.holds, fuzz.lines(found, SEED)


CAMPAIGNS: dict[str, Callable[[], tuple[bool, list[str]]]] = {
    "forged": _forged, "hosts": _hosts, "guesses": _guesses, "fuzz": _fuzz,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
