"""One bucket a portal in the database: processes together stay within the portal's rate."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.crm.limiter import ENTERPRISE, STANDARD, Limiter, rate_of
from app.errors import PortalUnavailable
from app.portals import StoredBucket
from app.store import rates
from app.store.database import Database

BOOK = """
import sys
from app.store import rates
from app.store.database import Database
database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    print(rates.book(database, "p", now=1000.0, per_second=2.0))
database.close()
"""


def test_two_processes_at_once_share_one_bucket(database: Database) -> None:
    command = [sys.executable, "-c", BOOK, database.url, "40"]
    root = Path(__file__).resolve().parents[2]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(2)
    ]
    told = [float(line) for one in both for line in one.communicate()[0].split()]
    assert sorted(told) == [float(n) for n in range(1, 81)]


def test_a_limiter_on_the_database_waits_as_one_in_memory_does(database: Database) -> None:
    slept: list[float] = []
    limiter = Limiter(
        STANDARD,
        bucket=StoredBucket(database, "p"),
        clock=lambda: 1000.0,
        sleep=slept.append,
    )
    for _ in range(52):
        limiter.take()
    assert slept == [0.5, 1.0]


def test_the_bucket_leaks_and_a_clock_that_stands_behind_changes_nothing(
    database: Database,
) -> None:
    for _ in range(10):
        rates.book(database, "p", now=1000.0, per_second=2.0)
    assert rates.book(database, "p", now=1002.0, per_second=2.0) == pytest.approx(7.0)
    assert rates.book(database, "p", now=900.0, per_second=2.0) == pytest.approx(8.0)
    assert rates.book(database, "p", now=1003.0, per_second=2.0) == pytest.approx(7.0)


def test_portals_do_not_share(database: Database) -> None:
    rates.book(database, "p", now=1000.0, per_second=2.0)
    assert rates.book(database, "q", now=1000.0, per_second=2.0) == 1.0


def test_a_pause_told_to_one_process_holds_for_all(database: Database) -> None:
    def limiter() -> Limiter:
        return Limiter(bucket=StoredBucket(database, "p"), clock=lambda: 1000.0)

    limiter().pause("crm.item.get", 60)
    with pytest.raises(PortalUnavailable):
        limiter().take("crm.item.get")
    assert limiter().take("crm.item.list") == 0


def test_a_full_bucket_told_by_the_portal_holds_for_all(database: Database) -> None:
    rates.book(database, "p", now=1000.0, per_second=2.0)
    rates.fill(database, "p", now=1000.0, burst=50)
    assert rates.book(database, "p", now=1000.0, per_second=2.0) == 51.0


@pytest.mark.parametrize(
    ("plan", "rate"),
    [("fr_ent250", ENTERPRISE), ("ENT", ENTERPRISE), ("fr_pro100", STANDARD), ("", STANDARD)],
)
def test_the_plan_decides_the_rate(plan: str, rate: object) -> None:
    assert rate_of(plan) is rate
