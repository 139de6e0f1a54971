"""Fifty thousand fuzzed requests in four roles: no answer of 5xx and nothing that ends a request badly (goal S11).

A stranger, a signer with a good link, an administrator with a good ticket, and the portal with the right
application token send what no page of ours would: every door of the address map, names that the doors read, odd
values. The names are taken from the doors' source, so that a new field is fuzzed from its first day.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from flask import Flask, g
from werkzeug.exceptions import HTTPException

from app.core.record import RecordKey
from app.http.guards import PortalCaller, new_ticket
from app.services import Services, build, lay_out
from app.settings import ROOT, Settings
from app.store import envelopes, installations, tokens
from app.store.database import Session
from app.web import create_app
from bench.forgery import ODD
from emulator import tokens as given
from emulator.demo_data import CLIENT_ID, MEMBER_ID
from placements import frame
from tests.frame_kit import (
    DIRECTOR,
    RECORD,
    TICKET,
    Portal,
    pdf,
    running_portal,
    settings_for,
    without_waiting,
)
from tests.signing_kit import Signer, make_signers

REQUESTS = 50_000
FRESH_EVERY = 500
"""Requests after which envelope, link, ticket and token are new ones: the old are used up by then."""
READ_NAME = re.compile(r"[\"']([a-z][a-z0-9_-]{1,24})[\"']")
DOOR_FOLDERS = ("handlers", "placements", "app/http", "app/crm")
NOT_READY = "/readyz"
"""Says 503 on purpose while no worker runs."""
EVENTS = ("ONAPPUPDATE", "ONAPPINSTALL", "ONAPPPAYMENT", "ONCRMTIMELINEITEMACTION", "ONCRMDEALDELETE",
          "ONCRMTYPEADD", "ONCRMTYPEDELETE", "ONAPPTEST", "X")  # fmt: skip
"""Without ONAPPUNINSTALL, after which this portal would have no more doors."""
FILE_FIELDS = ("file", "picture", "image", "document", "drawing")
CONTENT_TYPES = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "multipart/form-data", "text/plain", "",
)  # fmt: skip
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """What became of the requests. `broken`: those answered by 5xx."""

    requests: int
    statuses: dict[str, dict[int, int]]
    broken: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        return not self.broken


@dataclass
class Stage:
    """What the four roles hold just now."""

    portal: Portal
    rng: Random
    signers: dict[str, Signer] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    browser: Any = None

    def renew(self) -> None:
        """Make a sent envelope with two links on a portal of its own, and a ticket for its record."""
        services = self.portal.services
        self.signers = make_signers(
            services, printed=pdf("The client"), needs_code=True, entity_id="1"
        )
        one = self.signers["client"]
        with services.database.transaction() as session:
            envelope = envelopes.lock(session, one.envelope_id)
            portal_id = envelope.portal_id
            papers = [paper.id for paper in envelopes.documents(session, envelope.id)]
            introduce(self.portal, session, portal_id)
        self.headers = ticket(self.portal, portal_id)
        self.browser = self.portal.app.test_client()
        self.browser.get(f"/s/{one.token}").close()
        self.ids = {
            "short": [one.short],
            "token": [one.token],
            "envelope_id": [one.envelope_id],
            "recipient_id": [one.recipient_id],
            "document_id": papers,
        }


def introduce(portal: Portal, session: Session, portal_id: str) -> None:
    """Let a portal of ours be reached at the pretend portal's address, with its director's tokens."""
    services, endpoint = portal.services, f"{portal.emulator.portal_url}/rest/"
    installations.get(session, portal_id).client_endpoint = endpoint
    pair = given.issue(portal.emulator.state, CLIENT_ID, DIRECTOR)
    ends = services.now() + timedelta(hours=1)
    stored = tokens.StoredPair(pair.access, pair.refresh, ends, endpoint, str(DIRECTOR))
    tokens.save(session, services.secrets, portal_id, stored)


Send = Callable[[Stage, str, str], int]


def fuzzing(count: int, seed: int) -> Fuzzing:
    """Send `count` fuzzed requests made from `seed`; return what became of them."""
    rng, began = Random(seed), perf_counter()
    statuses: dict[str, Counter[int]] = {role: Counter() for role in ROLES}
    broken = []
    with stage(rng) as made:
        places = doors(made.portal.app)
        for number in range(count):
            if number % FRESH_EVERY == 0:
                made.renew()
            role = rng.choice(list(ROLES))
            methods, rule = rng.choice(places[role])
            method = rng.choice(methods if rng.random() < 0.85 else METHODS)
            path = filled(made, rule)
            status = ROLES[role](made, method, path)
            statuses[role][status] += 1
            if status >= 500 and path != NOT_READY:
                broken.append(f"{number} {role} {method} {path[:200]}: {status}")
    told = {role: dict(sorted(found.items())) for role, found in statuses.items()}
    return Fuzzing(count, told, tuple(broken), perf_counter() - began)


@contextmanager
def stage(rng: Random) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder, running_portal() as emulator:
        settings = Settings.model_validate({"data": Path(folder), **settings_for(emulator)})
        services: Services = without_waiting(build(settings))
        lay_out(services)
        portal = Portal(emulator, services, create_app(services))
        portal.install()
        yield Stage(portal, rng, names=read_names())
        services.database.close()


def read_names() -> list[str]:
    """Return every short word between quotes in the source of our doors: what they may read is among them."""
    found: set[str] = set()
    for folder in DOOR_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found |= set(READ_NAME.findall(path.read_text(encoding="utf-8")))
    return sorted(found)


Door = tuple[list[str], str]


def doors(app: Flask) -> dict[str, list[Door]]:
    """Return (methods, rule) of every door by role; a stranger tries them all."""
    every: list[Door] = [
        (sorted(rule.methods or ()), str(rule))
        for rule in sorted(app.url_map.iter_rules(), key=str)
    ]

    def under(*starts: str) -> list[Door]:
        return [one for one in every if one[1].startswith(starts)]

    return {
        "stranger": every,
        "signer": under("/s/"),
        "employee": under("/placements/"),
        "portal": under("/handlers/", "/receipts/"),
    }


def ticket(portal: Portal, portal_id: str) -> dict[str, str]:
    """Return the headers of a frame that a seller opened on deal 1."""
    with portal.app.test_request_context():
        caller = PortalCaller(
            portal_id, str(DIRECTOR), True, "en", "x.example.com", "https://x.example.com"
        )
        g.caller = caller
        frame.admit(RecordKey(2, "1"))
        return {TICKET: new_ticket(caller), RECORD: g.record_pass, "Accept": "application/json"}


def filled(made: Stage, rule: str) -> str:
    """Return an address of the rule: mostly with ids that exist, else with odd ones."""
    rng = made.rng

    def value(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        known = made.ids.get(name, [])
        if known and rng.random() < 0.8:
            return rng.choice(known)
        if kind == "int":
            return rng.choice(["0", "1", "2", "720", "99999999999999999999", "-1", "x"])
        return rng.choice([*ODD[:12], "a" * 32, "b" * 64, "x" * 900]) or "0"

    return re.sub(r"<([^>]+)>", value, rule)


def odd(rng: Random, depth: int = 0) -> object:
    """Return an odd value: text, number, list or map."""
    if depth < 3 and rng.random() < 0.2:
        return [odd(rng, depth + 1) for _ in range(rng.randrange(4))]
    if depth < 3 and rng.random() < 0.2:
        return {str(rng.choice(ODD)): odd(rng, depth + 1) for _ in range(rng.randrange(4))}
    plain: list[object] = [None, True, -1, 0, 3, 1e308, 10**30, 0.5, "1", "2", "on", "client", "us",
                           "2026-12-24", "a@example.org", "+33199000012", *ODD]  # fmt: skip
    return rng.choice(plain)


def fields(made: Stage) -> dict[str, object]:
    """Return some of the names that doors read, each with an odd value or an id that exists."""
    known = [one for many in made.ids.values() for one in many]
    chosen = made.rng.sample(made.names, made.rng.randrange(1, 12))
    return {
        name: made.rng.choice(known) if made.rng.random() < 0.2 else odd(made.rng)
        for name in chosen
    }


def body(made: Stage, good: dict[str, str]) -> dict[str, Any]:
    """Return the body of a request in one of five wrappings; `good` is what makes it one of ours."""
    rng, values = made.rng, {**fields(made), **good}
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
    plain: dict[str, Any] = {k: v.encode("utf-8", "surrogatepass") for k, v in texts.items()}
    way = rng.randrange(5)
    if way == 0:
        return {"data": {**plain, rng.choice(FILE_FIELDS): upload(rng)}}
    if way == 1:
        return {"data": json.dumps(values, default=str), "content_type": "application/json"}
    if way == 2:
        return {"data": junk(rng), "content_type": rng.choice(CONTENT_TYPES)}
    return {"data": plain}


def upload(rng: Random) -> tuple[BytesIO, str]:
    """Return a file that begins like one we take, and its name."""
    start = rng.choice([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
    return BytesIO(start + junk(rng)), rng.choice(["a.pdf", "a.docx", "../a.png", "\u202e.pdf"])


def junk(rng: Random) -> bytes:
    return rng.randbytes(rng.randrange(300))


def sent(client: Any, method: str, path: str, **more: Any) -> int:
    """Send a request; return the status, 599 for an exception that no answer came of."""
    try:
        answer = client.open(path, method=method, **more)
    except HTTPException as error:
        return error.code or 599
    status: int = answer.status_code
    answer.close()
    return status


def by_stranger(made: Stage, method: str, path: str) -> int:
    query = {k: str(v) for k, v in fields(made).items()} if made.rng.random() < 0.3 else {}
    return sent(made.portal.app.test_client(), method, path, query_string=query, **body(made, {}))


def by_signer(made: Stage, method: str, path: str) -> int:
    good = made.signers["client"].form() if made.rng.random() < 0.8 else {}
    return sent(made.browser, method, path, **body(made, good))


def by_employee(made: Stage, method: str, path: str) -> int:
    query = {"type": "2", "id": "1"} if made.rng.random() < 0.5 else {}
    return sent(made.portal.app.test_client(), method, path, headers=made.headers,
                query_string=query, **body(made, {}))  # fmt: skip


def by_portal(made: Stage, method: str, path: str) -> int:
    """An event or a rule's call with the right tokens; what it brings is odd."""
    rng, state = made.rng, made.portal.emulator.state
    good = {
        "event": rng.choice(EVENTS), "auth[member_id]": MEMBER_ID, "event_token": f"{rng.random()}",
        "auth[application_token]": state.installations[CLIENT_ID].application_token,
        "document_id[0]": "crm", "document_id[1]": rng.choice(["CCrmDocumentDeal", "X", "Dynamic"]),
        "document_id[2]": rng.choice(["DEAL_1", "DEAL_x", "DYNAMIC_177_1", "DEAL_99999", ""]),
    }  # fmt: skip
    if rng.random() < 0.1:
        good["auth[access_token]"] = given.issue(state, CLIENT_ID, DIRECTOR).access
    for name in ("data", "properties"):
        inner = {f"{name}[{k}]": str(v) for k, v in fields(made).items()}
        good |= inner if rng.random() < 0.5 else {}
    return sent(made.portal.app.test_client(), method, path, **body(made, good))


ROLES: dict[str, Send] = {
    "stranger": by_stranger, "signer": by_signer, "employee": by_employee, "portal": by_portal,
}  # fmt: skip


def lines(found: Fuzzing, seed: int) -> list[str]:
    """Return the outcome as lines of text."""
    head = f"{found.requests} fuzzed requests (seed {seed}) in {found.seconds:.0f} s: "
    return [
        head + f"{len(found.broken)} answers of 5xx",
        *(f"  {role:9} {statuses}" for role, statuses in found.statuses.items()),
        *found.broken[:20],
    ]
