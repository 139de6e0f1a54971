"""Growth (P8): pages and upkeep with 1,000, 10,000 and 100,000 envelopes on 1, 10 and 100 portals, both databases.

Each walk is measured warm, five times, the median told; beside it how many queries it sends. The last columns
are the ratio of the largest to the smallest, in milliseconds and in queries: the goal is 1.5 and 1.0. Then every
statement that was sent is explained by the database itself: those that would read a growing table from end to end
are listed.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import text

from app.services import Services, build, check_keys, lay_out
from app.web import create_app
from bench.crowd import Crowd, fill
from bench.results import Table, write
from tests import postgres
from tests.conftest import new_postgres, test_settings
from tests.frame_kit import Portal, running_portal, settings_for, without_waiting
from tests.plans import Sent, listening
from tests.walk import COUNTS, walks

SIZES = ((1, 1_000), (10, 10_000), (100, 100_000))
REPEATS = 5
GOAL = 1.5
NOTE = (
    "Upkeep looks at everybody who waits, so it grows with what is under way (9 % here); /metrics counts, "
    "so it grows with everything. Both run once a minute, by nobody who waits for a page."
)


@dataclass(frozen=True, slots=True)
class Figure:
    ms: float
    queries: int


def main() -> int:
    """Print a table for each database; return 1 when a query reads a whole growing table."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    found, lines = 0, []
    with postgres.running() as server:
        for kind in os.environ.get("GROWTH_KINDS", "sqlite postgresql").split():
            whole, table = _run(kind, server)
            found += whole
            lines += [_line(kind, name, figures) for name, figures in table.items()]
    sizes = [f"{portals} / {envelopes:,}" for portals, envelopes in _sizes()]
    heads = ["database", "walk", *sizes, "ratio", "queries"]
    notes = f"Portals / envelopes. Queries that read a whole growing table: {found}. {NOTE}"
    write(Table("growth", "Growth (P8)", "bin/bench growth", heads, lines, notes=notes))
    return 1 if found else 0


def _sizes() -> tuple[tuple[int, int], ...]:
    return SIZES[: int(os.environ.get("GROWTH_SIZES", len(SIZES)))]


def _line(kind: str, name: str, figures: list[Figure]) -> list[str]:
    cells = [f"{one.ms:.1f} ms, {one.queries} q" for one in figures]
    queries = figures[-1].queries / figures[0].queries if figures[0].queries else 1.0
    return [kind, name, *cells, f"{figures[-1].ms / figures[0].ms:.2f}", f"{queries:.2f}"]


def _run(kind: str, server: Path) -> tuple[int, dict[str, list[Figure]]]:
    sizes = _sizes()
    table: dict[str, list[Figure]] = {}
    whole: dict[str, str] = {}
    for portals, envelopes in sizes:
        url = new_postgres(server) if kind == "postgresql" else ""
        with _stage(url) as portal:
            crowd = Crowd(portal.who().portal_id, portals, envelopes, datetime.now(UTC))
            fill(portal.services.database, crowd)
            _settle(portal.services)
            for name, walk in walks(portal, _signer(portal, crowd)).items():
                figure, sent = _measure(portal, walk)
                table.setdefault(name, []).append(figure)
                if envelopes == sizes[-1][1] and name != COUNTS:
                    whole.update(dict.fromkeys(sent.whole_tables(), name))
    _print(kind, sizes, table)
    for statement, name in whole.items():
        print(f"  reads all of {statement}\n    in: {name}")
    print(f"{kind}: {len(whole)} queries without an index")
    return len(whole), table


@contextmanager
def _stage(url: str) -> Iterator[Portal]:
    with tempfile.TemporaryDirectory() as folder, running_portal() as emulator:
        settings = test_settings(Path(folder), database_url=url, **settings_for(emulator))
        services = without_waiting(build(settings))
        lay_out(services)
        check_keys(services)
        portal = Portal(emulator, services, create_app(services))
        portal.install()
        yield portal
        services.database.close()


def _settle(services: Services) -> None:
    """Let the database count what it holds, as it does by itself in time."""
    word = "ANALYZE"
    with services.database.engine.connect() as connection:
        connection.execute(text(word))
        connection.commit()


def _signer(portal: Portal, crowd: Crowd) -> str:
    query = text(
        "select r.id from recipients r join envelopes e on e.id = r.envelope_id "
        "where e.portal_id = :ours and e.status = 'sent' and r.role_key = 'us' limit 1"
    )
    with portal.services.database.reading() as session:
        return str(session.execute(query, {"ours": crowd.ours}).scalar_one())


def _measure(portal: Portal, walk: Callable[[], object]) -> tuple[Figure, Sent]:
    walk()
    with listening(portal.services.database.engine) as sent:
        walk()
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        walk()
        taken.append((time.perf_counter() - started) * 1000)
    return Figure(statistics.median(taken), sent.count), sent


def _print(kind: str, sizes: tuple[tuple[int, int], ...], table: dict[str, list[Figure]]) -> None:
    heads = "".join(f"{f'{p} / {e:,}':>22}" for p, e in sizes)
    print(f"\n{kind:32}{heads}{'ratio ms':>12}{'queries':>9}")
    for name, figures in table.items():
        cells = "".join(f"{f'{one.ms:.1f} ms, {one.queries} q':>22}" for one in figures)
        ratio = figures[-1].ms / figures[0].ms
        queries = figures[-1].queries / figures[0].queries if figures[0].queries else 1.0
        mark = "" if ratio <= GOAL else "  above 1.5"
        print(f"{name:32}{cells}{ratio:12.2f}{queries:9.2f}{mark}")
