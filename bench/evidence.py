"""S8, S14, S15, S19 and the judges, by one command: every figure that the page for lawyers names.

S15: 1,000 changes of the audit by SQL, all found and located. S19: 100 people erased, chains hold. S8: tamper.
S14: the test that looks for canary secrets. Judges: pdfsig, qpdf and pyHanko on one document sealed in this run.

Each change starts from the same database with one closed, stamped day. The intruder may write anything anywhere in
it, triggers taken away, and may compute hashes as we do; what they cannot do is stamp a time.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from app import services as built
from app.actions.close_day import close_day
from app.actions.erase_person import erase_person
from app.actions.examine import examine
from app.core.audit_days import root_of
from app.core.evidence import EventKind, digest_of
from app.sealing.timestamps import Timestamper
from app.services import Services
from app.settings import ROOT, Settings
from app.store import audit, envelopes
from bench import tamper
from emulator.tsa import create_tsa
from tests.factories import make_envelope, make_installation
from tests.tools.sealing_kit import make_pdf, open_office

DAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SEED, EDITS, PEOPLE, CHAINS = 15, 1000, 100, 12
KINDS = (EventKind.SENT, EventKind.INVITED, EventKind.VIEWED, EventKind.CONSENTED, EventKind.SIGNED)
Dice = random.Random


def main() -> int:
    """Print every table; return 1 when a goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        tools = _house(Path(folder))
        missed = _edits(tools)
        missed += _people(tools)
        tools.database.close()
    missed += _judges()
    missed += _canaries()
    _say("\nS8: sealed files changed in every published way")
    missed += tamper.main()
    return 1 if missed else 0


def _judges() -> int:
    """Let judges that are not ours look at a document sealed now; return how many refuse it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office = open_office(folder)
        path = folder / "sealed.pdf"
        path.write_bytes(office.seal(make_pdf()))
        said = {
            "pdfsig": _run("pdfsig", "-nocert", str(path)),
            "qpdf": _run("qpdf", "--check", str(path)),
        }
        trust = tamper.Trust(office.key, office.tsa)
        found = {
            "pdfsig: Signature is Valid": "Signature is Valid" in said["pdfsig"],
            "pdfsig: Total document signed": "Total document signed" in said["pdfsig"],
            "qpdf --check: no fault": "No syntax or stream encoding errors" in said["qpdf"],
            "pyHanko: bottom line": trust.pyhanko_accepts(path.read_bytes()),
        }
    for what, is_so in found.items():
        _say(f"{what:42} {'yes' if is_so else 'NO'}")
    return sum(not one for one in found.values())


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _canaries() -> int:
    """Run the test that searches logs, files and backups for canary secrets; return 1 when it finds any."""
    where = "tests/journeys/test_logs_without_secrets.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", where], cwd=ROOT, capture_output=True, check=False
    )
    _say(
        f"S14: canary secrets in logs, files, backups: {'none' if not done.returncode else 'FOUND'}"
    )
    return int(bool(done.returncode))


def _house(folder: Path) -> Services:
    settings = Settings(data=folder, tsa_urls="https://tsa.example.org/", operator_token="")
    tools = built.build(settings, now=lambda: DAY + timedelta(days=5))
    built.lay_out(tools)
    tsa = create_tsa(folder / "tsa", clock=lambda: DAY + timedelta(days=1))
    tools.settings.tsa_trust.mkdir(parents=True)
    (tools.settings.tsa_trust / "tsa.pem").write_bytes(tsa.root_pem)
    stamper = Timestamper(["https://tsa.example.org/"], post=lambda _url, body: tsa.respond(body))
    tools.__dict__["timestamper"] = stamper
    portal_id = make_installation(tools.database)
    for number in range(CHAINS):
        _chain(tools, portal_id, f"person{number}@example.org")
    close_day(tools, DAY.date().isoformat())
    return tools


def _chain(tools: Services, portal_id: str, email: str) -> None:
    envelope_id = make_envelope(tools.database, portal_id, status="sealed")
    with tools.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        person = envelopes.recipients(session, envelope_id)[1]
        person.email, person.phone = email, ""
        for step, kind in enumerate(KINDS):
            audit.record(
                session,
                envelope,
                kind,
                at=DAY + timedelta(minutes=step),
                actor=f"recipient:{person.id}",
                ip="203.0.113.7",
                browser="Firefox",
                data={"to": email},
            )


def _edits(tools: Services) -> int:
    dice, found, tried = random.Random(SEED), Counter[str](), Counter[str]()
    where = [(chain[0].envelope_id, [event.number for event in chain]) for chain in _chains(tools)]
    for number in range(EDITS):
        name, edit = list(CHANGES.items())[number % len(CHANGES)]
        envelope_id, numbers = dice.choice(where)
        tried[name] += 1
        found[name] += _is_located(tools, edit, envelope_id, dice.choice(numbers), dice)
    for name, count in tried.items():
        _say(f"{name:52} {found[name]:5} of {count} found and located")
    _say(f"S15: {sum(found.values())} of {EDITS} (seed {SEED})\n")
    return EDITS - sum(found.values())


def _chains(tools: Services) -> list[list[audit.AuditEvent]]:
    with tools.database.reading() as session:
        return [audit.events(session, one) for one in audit.chain_ids(session)]


def _is_located(tools: Services, edit: Edit, envelope_id: str, number: int, dice: Dice) -> bool:
    """Make a change, look, and take it back; whether the look named the envelope or the day."""
    path = Path(tools.settings.data / "paraph.db")
    with closing(sqlite3.connect(":memory:")) as kept, closing(sqlite3.connect(path)) as live:
        live.backup(kept)
        try:
            return _is_found(tools, edit, envelope_id, number, dice)
        finally:
            kept.backup(live)


def _is_found(tools: Services, edit: Edit, envelope_id: str, number: int, dice: Dice) -> bool:
    with tools.database.engine.begin() as connection:
        for row in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type='trigger'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {row[0]}"))
        places = edit(connection, envelope_id, number, dice)
    seen = examine(tools, files=False)
    return bool(seen.faults) and all(fault.place in places for fault in seen.faults)


Edit = Callable[[Connection, str, int, Dice], set[str]]
HERE = "envelope_id = :e AND number = :n"
DAYS = {f"day {DAY.date()}"}


def _sql(statement: str, *also: str) -> Edit:
    def edit(connection: Connection, envelope_id: str, number: int, dice: Dice) -> set[str]:
        values = {"e": envelope_id, "n": number, "x": f"{dice.getrandbits(64):x}"}
        known = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), known)
        return {envelope_id, *also}

    return edit


def _anew(connection: Connection, envelope_id: str, number: int, dice: Dice) -> set[str]:
    """Change one event and compute every hash from there on, as we would."""
    rows = connection.execute(
        text(
            "SELECT number, kind, at, actor, commitment FROM audit_events "
            "WHERE envelope_id = :e ORDER BY number"
        ),
        {"e": envelope_id},
    ).all()  # fmt: skip
    previous = "0" * 64
    for at_number, kind, at, actor, commitment in rows:
        said = actor if at_number != number else f"portal_user:{dice.randrange(100, 999)}"
        values = {
            "envelope": envelope_id,
            "number": at_number,
            "kind": kind,
            "at": str(at)[:23].replace(" ", "T") + "Z",
            "actor": said,
            "details": commitment,
            "previous": previous,
        }
        new = {"e": envelope_id, "n": at_number, "p": previous, "h": digest_of(values), "a": said}
        connection.execute(
            text(f"UPDATE audit_events SET previous = :p, hash = :h, actor = :a WHERE {HERE}"), new
        )
        previous = new["h"]
    return {envelope_id}


def _root(connection: Connection, envelope_id: str, number: int, dice: Dice) -> set[str]:
    """Write a chain anew and the day's root with it; only the time stamp is out of reach."""
    _anew(connection, envelope_id, number, dice)
    head = connection.execute(
        text("SELECT number, hash FROM audit_events WHERE envelope_id = :e ORDER BY number DESC"),
        {"e": envelope_id},
    ).first()
    day = connection.execute(text("SELECT day, heads FROM audit_days")).one()
    heads = {**json.loads(day.heads), envelope_id: list(head or ())}
    known = {one: (int(found[0]), str(found[1])) for one, found in heads.items()}
    root = root_of(day.day, previous="", heads=known)
    connection.execute(
        text("UPDATE audit_days SET heads = :h, root = :r"), {"h": json.dumps(heads), "r": root}
    )
    return DAYS


CHANGES: dict[str, Edit] = {
    "a value of an event": _sql(f"UPDATE audit_events SET actor = :x WHERE {HERE}"),
    "the time of an event": _sql(
        f"UPDATE audit_events SET at = '2026-11-24 13:00:00.000000' WHERE {HERE}"
    ),
    "the kind of an event": _sql(f"UPDATE audit_events SET kind = 'reminded' WHERE {HERE}"),
    "a kind that there is not": _sql(f"UPDATE audit_events SET kind = :x WHERE {HERE}"),
    "a hash": _sql(f"UPDATE audit_events SET hash = :x WHERE {HERE}"),
    "a commitment": _sql(f"UPDATE audit_events SET commitment = :x WHERE {HERE}"),
    "an address in the details": _sql(f"UPDATE audit_details SET ip = :x WHERE {HERE}"),
    "data in the details": _sql(
        f"""UPDATE audit_details SET data = '{{"to": "x"}}' WHERE {HERE}"""
    ),
    "an event removed": _sql(f"DELETE FROM audit_events WHERE {HERE}"),
    "the last events removed": _sql(
        "DELETE FROM audit_events WHERE envelope_id = :e AND number >= :n"
    ),
    "a whole chain removed": _sql("DELETE FROM audit_events WHERE envelope_id = :e"),
    "an event added": _sql(
        "INSERT INTO audit_events (envelope_id, number, portal_id, kind, at, actor, commitment, previous, hash) "
        "SELECT envelope_id, 99, portal_id, kind, at, actor, commitment, hash, :x FROM audit_events "
        f"WHERE {HERE}"
    ),
    "a chain written anew, every hash right": _anew,
    "a chain and the day's root written anew": _root,
    "the day's root": _sql("UPDATE audit_days SET root = :x", *DAYS),
    "the day's root removed": _sql("DELETE FROM audit_days", *DAYS),
    "the time stamp of the day": _sql("UPDATE audit_days SET token = :x", *DAYS),
}


def _people(tools: Services) -> int:
    portal_id = make_installation(tools.database)
    people = [f"gone{number}@example.org" for number in range(PEOPLE)]
    for email in people:
        _chain(tools, portal_id, email)
    for email in people:
        erase_person(tools, email)
    with tools.database.engine.connect() as connection:
        dump = str(
            [
                connection.execute(text(f"SELECT * FROM {table}")).all()
                for table in ("recipients", "audit_details", "audit_events", "deliveries", "fields")
            ]
        )
    left = [email for email in people if email in dump]
    faults = [one for one in examine(tools, files=False).faults if one.place not in DAYS]
    late = [one for one in faults if "closed" not in one.what]
    _say(f"S19: {PEOPLE - len(left)} of {PEOPLE} people erased; {len(late)} chains broken")
    return len(left) + len(late)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
