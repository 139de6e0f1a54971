"""Slots: the stable ids of workers ("worker-1", "worker-2"...), each held by a lock that goes with its process.

On SQLite all workers share a data folder, and the operating system locks a file in it. On PostgreSQL they may be
on several hosts, and the server keeps the lock as long as the worker's connection lives. Either way a free slot
that was used before belongs to a dead worker.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from app.store import heartbeats, locks
from app.store.database import Database

SLOTS = 16


class Lock(Protocol):
    """What holds a slot."""

    def is_held(self) -> bool: ...

    def close(self) -> None: ...


class Locks(Protocol):
    """Where slots are locked: numbered locks, and the numbers that were ever used."""

    def take(self, number: int) -> Lock | None: ...

    def used(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class FileLock:
    """A lock of the operating system on a file; it cannot be lost while the process lives."""

    file: IO[str]

    def is_held(self) -> bool:
        return not self.file.closed

    def close(self) -> None:
        self.file.close()


@dataclass(frozen=True, slots=True)
class FileLocks:
    """Locks in a folder of this host."""

    folder: Path

    def take(self, number: int) -> Lock | None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / f"{number}.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return FileLock(file)

    def used(self) -> Sequence[int]:
        return sorted(int(path.stem) for path in self.folder.glob("*.lock"))


@dataclass(frozen=True, slots=True)
class ServerLocks:
    """Locks of the PostgreSQL server, for workers on any host."""

    database: Database

    def take(self, number: int) -> Lock | None:
        return locks.take(self.database.engine, number)

    def used(self) -> Sequence[int]:
        with self.database.reading() as session:
            return [int(slot.rpartition("-")[2]) for slot in heartbeats.slots(session)]


def locks_of(database: Database, data: Path) -> Locks:
    """Return where the workers of this installation lock their slots."""
    return FileLocks(data / "workers") if database.is_sqlite else ServerLocks(database)


def take(where: Locks) -> tuple[str, Lock]:
    """Return the first free worker id and the lock that holds it; raises SystemExit when all are taken."""
    for number in range(1, SLOTS + 1):
        lock = where.take(number)
        if lock is not None:
            return f"worker-{number}", lock
    raise SystemExit(f"{SLOTS} workers run on this installation already.")


@contextmanager
def abandoned(where: Locks) -> Iterator[list[str]]:
    """Yield the ids of workers that are no more; nobody can take their slots meanwhile."""
    free = {number: lock for number in where.used() if (lock := where.take(number)) is not None}
    try:
        yield [f"worker-{number}" for number in free]
    finally:
        for lock in free.values():
            lock.close()
