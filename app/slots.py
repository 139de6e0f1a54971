"""Slots: the stable ids of workers ("worker-1", "worker-2"...), each held by a lock of the operating system.

The lock goes when its process does, however it ends; so a free slot that was used before belongs to a dead worker.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SLOTS = 16


def take(folder: Path) -> tuple[str, IO[str]]:
    """Return the first free worker id and the lock that holds it; raises SystemExit when all are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, SLOTS + 1):
        lock = _lock(folder / f"{number}.lock")
        if lock is not None:
            return f"worker-{number}", lock
    raise SystemExit(f"{SLOTS} workers run on this data folder already.")


@contextmanager
def abandoned(folder: Path) -> Iterator[list[str]]:
    """Yield the ids of workers that are no more; nobody can take their slots meanwhile."""
    used = sorted(folder.glob("*.lock"))
    locks = {path.stem: lock for path in used if (lock := _lock(path)) is not None}
    try:
        yield [f"worker-{number}" for number in locks]
    finally:
        for lock in locks.values():
            lock.close()


def _lock(path: Path) -> IO[str] | None:
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
