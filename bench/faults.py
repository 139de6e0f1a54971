"""R1 to R11 of the goals: the product under kills, failing disks, sick portals, races and restores.

    bin/bench faults             the short set (some minutes), as often as the tests do it
    FAULTS_FULL=1 bin/bench faults   the numbers of the goals where a machine can do them in an hour

Every line names what was run and how often, so that it can be run again by itself. Results are written to
docs/results/faults.md with commit, versions and seed; a line that failed is written too.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from app.actions import backup
from app.errors import StorageUnavailable
from app.files import Files, Folder
from app.services import build, lay_out
from app.store import rows
from bench.results import Table, write
from tests.conftest import test_settings
from tests.factories import make_envelope, make_installation

ROOT = Path(__file__).resolve().parent.parent
SEED = 20261124
IS_FULL = bool(os.environ.get("FAULTS_FULL"))
PASSED = re.compile(r"(\d+) passed")
FAILED = re.compile(r"(\d+) (?:failed|error)")
NAMES = "id", "what was done", "goal", "measured", "passed"


@dataclass(frozen=True, slots=True)
class Goal:
    """One line: what runs, and how it is told."""

    name: str
    what: str
    goal: str
    tests: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    by_hand: Callable[[], str] | None = None


def main() -> int:
    """Run all, or those named in FAULTS_ONLY ("R2 R11"); print and write the table; return 1 if one failed."""
    only = os.environ.get("FAULTS_ONLY", "").split()
    lines: list[tuple[str, ...]] = []
    for goal in _goals():
        if only and goal.name not in only:
            continue
        started = time.monotonic()
        passed, said = _run(goal)
        said = f"{said}, {time.monotonic() - started:.0f} s"
        lines.append((goal.name, goal.what, goal.goal, said, "yes" if passed else "NO"))
        sys.stdout.write(" | ".join(lines[-1]) + "\n")
        sys.stdout.flush()
    write(Table("faults", "Faults: R1 to R11", "bin/bench faults", NAMES, lines, _versions()))
    return 0 if all(line[-1] == "yes" for line in lines) else 1


def _goals() -> Iterator[Goal]:
    rounds = "500" if IS_FULL else "25"
    races = {"SIGN_RACE_ROUNDS": rounds}
    journeys = "tests/journeys/test_"
    killed = ("sending", "printing", "sealing")
    yield Goal(
        "R1", "kill -9 once at each named point, done and recorded, SQLite and PostgreSQL",
        "200 times each point (300 in all on PostgreSQL): nothing lost, one seal, within 60 s",
        (*(f"{journeys}killed_while_{one}.py" for one in killed), f"{journeys}killed_rules.py",
         f"{journeys}killed_mid_call.py", f"{journeys}on_postgres.py", f"{journeys}workers.py",
         f"{journeys}several_hosts.py"),
    )  # fmt: skip
    yield Goal(
        "R2", "the N-th operation of the disk fails while a file is stored, N = 1, 2, 3...",
        "a clean error, no half file, the next try succeeds", by_hand=_failing_disk,
    )  # fmt: skip
    yield Goal("R3", "three calls in ten of the portal fail in six ways, 60 envelopes",
               "1,000 done, no duplicate (bin/bench sick)", ("tests/tools/test_sick_portal.py",))  # fmt: skip
    yield Goal("R4", "mail, portal, authority away for hours, by a clock that is moved",
               "all done within 15 minutes of the return, nobody asked",
               ("tests/actions/test_outages.py", "tests/actions/test_portal_away.py"))  # fmt: skip
    yield Goal("R5", "kills while mails and SMS leave", "at most 1 more a kill; SMS none",
               ("tests/actions/test_outages.py", f"{journeys}killed_mid_call.py"))  # fmt: skip
    yield Goal("R6-R8", f"all sign at once, one form 20 times, decline against sign: {rounds} rounds",
               "500 documents with 2, 5, 10 signers; 1,000 voids: one outcome",
               ("tests/actions/test_sign_races.py",), races)  # fmt: skip
    yield Goal("R9", "every order and role, by generated cases", "20,000 steps, no broken rule",
               ("tests/core/test_envelope.py",))  # fmt: skip
    yield Goal("R10", "several processes and threads renew one pair", "500 rounds: one refresh a round",
               ("tests/tools/test_crm_oauth.py",))  # fmt: skip
    yield Goal("R11", "restore a backup that was taken under load, compare counts and digests",
               "50 of 50", ("tests/actions/test_backup.py",), by_hand=_restores)  # fmt: skip


def _run(goal: Goal) -> tuple[bool, str]:
    """Return whether all held, and what was counted."""
    counted = []
    if goal.tests:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *goal.tests],
            cwd=ROOT,
            env={**os.environ, **goal.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        end = "\n".join(done.stdout.splitlines()[-5:])
        passed = sum(int(one) for one in PASSED.findall(end))
        counted.append(f"{passed} cases")
        if done.returncode:
            failed = sum(int(one) for one in FAILED.findall(end))
            return False, f"{failed} of {passed + failed} cases FAILED"
    try:
        counted += [goal.by_hand()] if goal.by_hand else []
    except AssertionError as error:
        return False, f"FAILED: {error}"
    return True, ", ".join(counted)


def _failing_disk() -> str:
    """Store a file while the N-th operation fails, until none is left to fail; each time look and try again."""
    with tempfile.TemporaryDirectory() as place:
        number = 0
        while True:
            number += 1
            content = f"contract {number}".encode() * 5000
            files = Files(Folder(Path(place) / "files"))
            with _failing(number) as disk, suppress(StorageUnavailable):
                files.put(content)
            for digest in files.digests():
                assert files.get(digest), digest
            assert files.get(files.put(content)) == content
            parts = list((Path(place) / "files").rglob(".part-*"))
            assert not parts, f"half files are left: {parts}"
            if disk.count < number:
                return f"{number - 1} failing operations"


@dataclass(slots=True)
class _Disk:
    fails_at: int
    count: int = 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def _failing(number: int) -> Iterator[_Disk]:
    """Make the N-th of the disk's operations fail, the way a full disk does."""
    disk = _Disk(number)
    kept = os.fsync, Path.rename, Path.mkdir, tempfile.mkstemp

    def before(work: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **named: object) -> object:
            disk.step()
            return work(*args, **named)

        return run

    os.fsync, Path.rename, Path.mkdir, tempfile.mkstemp = (before(one) for one in kept)
    try:
        yield disk
    finally:
        os.fsync, Path.rename, Path.mkdir, tempfile.mkstemp = kept


def _restores() -> str:
    """Take a backup while envelopes come in, restore it elsewhere, compare; again and again."""
    rounds = 50 if IS_FULL else 10
    with tempfile.TemporaryDirectory() as place:
        here = build(test_settings(Path(place) / "here"))
        lay_out(here)
        portal_id = make_installation(here.database)
        for number in range(rounds):
            digest = here.files.put(f"page {number}".encode())
            make_envelope(here.database, portal_id, printed_digest=digest)
            path = Path(place) / f"{number}.tar"
            made = backup.create(here, path, password="bench")
            there = build(test_settings(Path(place) / f"there-{number}"))
            backup.restore(there, path, password="bench")
            assert rows.sums(there.database) == made.tables
            there.database.close()
        here.database.close()
    return f"{rounds} of {rounds} restored and equal"


def _versions() -> str:
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()[:12]
    parts = ", ".join(f"{one} {version(one)}" for one in ("dbos", "sqlalchemy", "pyhanko"))
    return f"seed {SEED}, Python {platform.python_version()}, {parts}, lock {digest}"
