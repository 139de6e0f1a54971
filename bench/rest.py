"""HTTP calls to the portal and milliseconds, per envelope: ours against a naive client, in one run.

Everything an envelope needs from the portal is read once; a status card is put when it is sent and updated when it
is sealed; the sealed PDF goes up as a comment's file. Goal P3: 1 call to read, 2 to write, 3 with files: that is
so when two people sign in one sitting. With hours between, each moment that moves somebody is a call: 5 in all.
"Naive" asks for each thing alone and looks before every write. The pretend portal runs in another process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

from app.crm import cards, record_query, records, timeline
from app.crm.client import Command, CrmClient
from app.crm.limiter import Limiter, Rate
from app.crm.oauth import direct_transport
from app.crm.wire import pooled_session
from app.errors import PortalError
from app.store import rates, rest_log, schema
from app.store.database import Database
from app.store.tables import Installation, RestCallRow
from bench.distance import front

ENVELOPES = 20
BOOKINGS = 200
ROUND_TRIP_S = 0.03
DEAL = "1"
PDF = b"%PDF-1.7\n" + b"0" * 300_000
PORTAL = """
import sys
from emulator import server, tokens
portal = server.start(converter=lambda *_: b"%PDF-")
portal.state.limits.enabled = False
client_id = next(iter(portal.state.apps))
portal.engine.start_install(client_id, 1)
print(portal.portal_url, tokens.issue(portal.state, client_id, 1).access, flush=True)
sys.stdin.read()
portal.stop()
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One way of doing it: calls and median milliseconds per envelope."""

    name: str
    read: float
    write: float
    ms: float

    def __str__(self) -> str:
        return f"{self.name:34} {self.read:5.0f} read {self.write:5.0f} write {self.ms:9.1f} ms"


class OneConnectionACall(requests.Session):
    """Closes its connections after every call, as clients without a pool do."""

    def post(self, *args: object, **more: object) -> requests.Response:  # type: ignore[override]
        self.close()
        return super().post(*args, **more)  # type: ignore[arg-type]


def main() -> list[Line]:
    """Print the table and return its lines."""
    with portal() as (near, access), front(port_of(near), round_trip_s=ROUND_TRIP_S) as port:
        endpoint = near.replace(str(port_of(near)), str(port))
        register_triggers(endpoint, access)
        print(
            f"the portal is {1000 * ROUND_TRIP_S:.0f} ms away; a new connection costs two round trips more"
        )
        lines = [
            measure("ours, pooled", pooled_session(), endpoint, access, ours),
            measure("ours, one connection a call", OneConnectionACall(), endpoint, access, ours),
            measure("ours, hours between the steps", pooled_session(), endpoint, access, spread),
            measure("naive, pooled", pooled_session(), endpoint, access, naive),
            measure("naive, one connection a call", OneConnectionACall(), endpoint, access, naive),
        ]
    for line in lines:
        print(line)
    print(f"our own bucket and log: {own_ms():.1f} ms a call (SQLite, every commit on the disk)")
    print(f"calls: {total(lines[3]) / total(lines[0]):.1f} times fewer than naive")
    print(f"pool:  {lines[1].ms / lines[0].ms:.1f} times faster than one connection a call")
    print(f"time:  {lines[4].ms / lines[0].ms:.1f} times faster than naive without a pool")
    return lines


def register_triggers(endpoint: str, access: str) -> None:
    """Tell the portal our triggers, as the installer does: one it does not know is refused, which costs a call."""
    client = CrmClient(direct_transport(pooled_session(), endpoint, access))
    for code in ("paraph_sent", "paraph_opened", "paraph_signed", "paraph_completed"):
        client.call("crm.automation.trigger.add", {"CODE": code, "NAME": code})


def port_of(endpoint: str) -> int:
    return urlsplit(endpoint).port or 80


def own_ms() -> float:
    """Return the milliseconds that booking a call in the shared bucket and keeping it in the REST log take."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        schema.migrate(database)
        with database.transaction() as session:
            session.add(
                Installation(
                    portal_id="p",
                    member_id="m",
                    domain="d",
                    client_endpoint="c",
                    preferences={},
                    installed_at=datetime.now(UTC),
                )
            )
        started = time.perf_counter()
        for _ in range(BOOKINGS):
            rates.book(database, "p", now=time.time(), per_second=2.0)
            with database.transaction() as session:
                rest_log.add(session, exchange())
        spent = time.perf_counter() - started
        database.close()
    return spent * 1000 / BOOKINGS


def exchange() -> RestCallRow:
    return RestCallRow(
        portal_id="p",
        at=datetime.now(UTC),
        method="batch",
        asked={},
        answered={},
        status=200,
        ms=80,
    )


def total(line: Line) -> float:
    return line.read + line.write


@contextmanager
def portal() -> Iterator[tuple[str, str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PORTAL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url, access = process.stdout.readline().split()
        try:
            yield f"{url}/rest/", access
        finally:
            process.stdin.close()


Work = Callable[[CrmClient, str], tuple[int, int]]


def measure(name: str, session: requests.Session, endpoint: str, access: str, work: Work) -> Line:
    """Return calls and median time of one envelope; each has its own id."""
    client = CrmClient(
        direct_transport(session, endpoint, access, limiter=Limiter(Rate(2.0, 10_000)))
    )
    spent, reads, writes = [], 0, 0
    for n in range(ENVELOPES):
        started = time.perf_counter()
        read, written = work(client, f"{name}-{n}"[:32])
        spent.append((time.perf_counter() - started) * 1000)
        reads, writes = reads + read, writes + written
    session.close()
    return Line(name, reads / ENVELOPES, writes / ENVELOPES, statistics.median(spent))


def ours(client: CrmClient, envelope: str) -> tuple[int, int]:
    start = client.http_calls
    records.read_snapshot(client, entity_type_id=2, entity_id=DEAL, now=datetime.now(UTC))
    read = client.http_calls - start
    own = put(client, envelope, None, look=False, then=triggers("paraph_sent"))
    put(client, envelope, own, then=triggers("paraph_signed", "paraph_completed"))
    say(client, envelope, look=False)
    return read, client.http_calls - start - read


def spread(client: CrmClient, envelope: str) -> tuple[int, int]:
    """Sent; ours has signed and the client is invited; the client has opened it; signed and sealed; the file."""
    start = client.http_calls
    records.read_snapshot(client, entity_type_id=2, entity_id=DEAL, now=datetime.now(UTC))
    read = client.http_calls - start
    own = put(client, envelope, None, look=False, then=triggers("paraph_sent"))
    put(client, envelope, own)
    put(client, envelope, own, then=triggers("paraph_opened"))
    put(client, envelope, own, then=triggers("paraph_signed", "paraph_completed"))
    say(client, envelope, look=False)
    return read, client.http_calls - start - read


def naive(client: CrmClient, envelope: str) -> tuple[int, int]:
    """One call a thing: only what our batch turned out to need on this deal."""
    start = client.http_calls
    answers: dict[str, object] = {}
    for key, (method, params) in record_query.commands(2, DEAL).items():
        if key in NEEDED:
            answers[key] = ask(client, method, followed(params, answers))
    read = client.http_calls - start
    put(client, envelope, None)
    put(client, envelope, None)
    for code in ("paraph_sent", "paraph_signed", "paraph_completed"):
        ask(client, *timeline.trigger_command(code, (2, DEAL)))
    say(client, envelope)
    return read, client.http_calls - start - read


NEEDED = {
    "rec", "link", "dcont", "comp", "cont", "lreq", "laddr", "lbank", "mreq", "maddr", "macc", "mcomp",
    "prod", "user", "staff", "docs", "tmpl",
}  # fmt: skip


def ask(client: CrmClient, method: str, params: object) -> object:
    try:
        return client.call(method, params)  # type: ignore[arg-type]
    except PortalError:
        return None


def followed(value: object, answers: dict[str, object]) -> object:
    """Put earlier answers where a batch would have put them."""
    if isinstance(value, dict):
        return {key: followed(inner, answers) for key, inner in value.items()}
    if not isinstance(value, str) or not value.startswith("$result["):
        return value
    here: object = answers
    for step in value.removeprefix("$result[").removesuffix("]").split("]["):
        if isinstance(here, list):
            here = here[int(step)] if int(step) < len(here) else None
        else:
            here = here.get(step) if isinstance(here, dict) else None
    return here or 0


def triggers(*codes: str) -> dict[str, Command]:
    return {code: timeline.trigger_command(code, (2, DEAL)) for code in codes}


def put(
    client: CrmClient,
    envelope: str,
    activity_id: str | None,
    *,
    look: bool = True,
    then: dict[str, Command] | None = None,
) -> str:
    card = cards.StatusCard(envelope_id=envelope, number=envelope, title="Agreement", state="Sent")
    return timeline.write_moment(
        client,
        entity_type_id=2,
        entity_id=DEAL,
        card=card,
        activity_id=activity_id,
        look=look,
        then=then or {},
    ).activity_id


def say(client: CrmClient, envelope: str, *, look: bool = True) -> None:
    timeline.add_comment(
        client,
        entity_type_id=2,
        entity_id=DEAL,
        envelope_id=envelope,
        text=f"Signed: {envelope}",
        files=[("signed.pdf", PDF)],
        look=look,
    )


if __name__ == "__main__":
    main()
