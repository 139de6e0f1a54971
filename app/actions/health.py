"""How this installation is, finding by finding: what is wrong, and who can mend it.

A finding that `stops` takes the process out of service (/readyz answers 503); the others are for the operator's
eyes while people go on working. Nothing outside is asked here: what the worker found out, its heartbeat tells.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from app.errors import ParaphError, TimestampUnavailable
from app.services import Services
from app.store import canary, heartbeats, schema
from app.store.heartbeats import SILENT_AFTER
from app.store.tables import Heartbeat

KEY_WARNS = timedelta(days=60)
CLOCK_TOLERANCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `name` is for machines, `sentence` says who mends it and how."""

    name: str
    sentence: str
    stops: bool = False


def findings(services: Services) -> list[Finding]:
    """Return everything that is wrong; an empty list means all is well."""
    if not services.database.is_reachable():
        return [Finding("database", NO_DATABASE, stops=True)]
    if not schema.is_current(services.database):
        return [Finding("migration", NOT_MIGRATED, stops=True)]
    looks: tuple[Callable[[Services], Iterator[Finding]], ...] = (
        _keys,
        _storage,
        _room,
        _sealing_key,
        _workers,
    )
    return [found for look in looks for found in look(services)]


NO_DATABASE = (
    "The database does not answer. Start it, or correct PARAPH_DATABASE_URL. Nothing is lost meanwhile: "
    "Bitrix24 and people are asked to come back."
)
NOT_MIGRATED = "The database is not at this version's schema. Run: bin/app migrate"
WRONG_KEYS = (
    "The keys in the data folder do not belong to this database. "
    "Put back the folder 'keys' from the backup made with it."
)
NO_STORAGE = (
    "Files cannot be stored. Check that the data folder (or the object store) can be written."
)
LITTLE_ROOM = (
    "The disk is nearly full: uploads are refused, signing and sealing go on. Free some space, or lower "
    "PARAPH_MIN_FREE_MB."
)
NO_SEALING_KEY = (
    "The sealing key cannot be read: signed documents wait. "
    "Put back keys/seal-key.pem from the backup."
)
KEY_ENDS = (
    "The sealing certificate ends on {day}. Order a new one and put it into keys/seal-key.pem."
)
NO_WORKER = (
    "No worker is at work: nothing is prepared, sent or sealed. Start one: python -m app.worker"
)
NO_PRINTING = "The worker {worker} on {host} cannot print Word documents: {reason}"
CLOCK_OFF = (
    "The clock of {host} is {seconds} seconds off the time-stamp authority's. "
    "Set it (for instance with chrony)."
)


def beat(services: Services, worker: str, *, clock_s: float | None) -> None:
    """Keep this worker's heartbeat. clock_s: what `clock_offset_s` told last."""
    state = services.converter.state()
    row = Heartbeat(
        worker=worker,
        host=socket.gethostname()[:80],
        at=services.now(),
        converter="" if state.ready else state.message_key,
        clock_s=clock_s,
    )
    with services.database.transaction() as session:
        heartbeats.beat(session, row)


def has_worker(services: Services) -> bool:
    """Whether a worker was heard of within the last minute; False also for a database of an older schema."""
    if not schema.is_current(services.database):
        return False
    with services.database.reading() as session:
        return bool(heartbeats.since(session, services.now() - SILENT_AFTER))


def clock_offset_s(services: Services) -> float | None:
    """Return how many seconds our clock is ahead of a time-stamp authority's, None when none can be asked."""
    if not services.settings.tsa_urls:
        return None
    asked = services.now()
    try:
        token = services.timestamper.token(bytes(32))
    except TimestampUnavailable:
        return None
    middle = asked + (services.now() - asked) / 2
    return (middle - token.at).total_seconds()


def _keys(services: Services) -> Iterator[Finding]:
    with services.database.reading() as session:
        kept = canary.read(session)
    try:
        opens = kept is None or services.secrets.decrypt("canary", kept) == "paraph"
    except ParaphError:
        opens = False
    if not opens:
        yield Finding("canary", WRONG_KEYS, stops=True)


def _storage(services: Services) -> Iterator[Finding]:
    if not services.files.is_writable():
        yield Finding("storage", NO_STORAGE, stops=True)


def _room(services: Services) -> Iterator[Finding]:
    free = shutil.disk_usage(services.settings.data).free
    if free < services.settings.min_free_mb * 1024 * 1024:
        yield Finding("disk", LITTLE_ROOM)


def _sealing_key(services: Services) -> Iterator[Finding]:
    try:
        ends = services.sealing_key.expires_at
    except ParaphError:
        yield Finding("sealing_key", NO_SEALING_KEY)
        return
    if ends - services.now() < KEY_WARNS:
        yield Finding("sealing_key", KEY_ENDS.format(day=ends.date().isoformat()))


def _workers(services: Services) -> Iterator[Finding]:
    with services.database.reading() as session:
        living = heartbeats.since(session, services.now() - SILENT_AFTER)
    if not living:
        yield Finding("worker", NO_WORKER)
    for one in living:
        if one.converter:
            reason = NO_PRINTING.format(worker=one.worker, host=one.host, reason=one.converter)
            yield Finding("converter", reason)
        if one.clock_s is not None and abs(one.clock_s) > CLOCK_TOLERANCE_S:
            off = CLOCK_OFF.format(host=one.host, seconds=round(abs(one.clock_s)))
            yield Finding("clock", off)
