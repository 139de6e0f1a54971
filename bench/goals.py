"""P1 to P12 of the goals, each beside its ceiling or peer of the same run: bin/bench goals.

GOALS_ONLY="P4 P12" runs a few; the others stand in the table as not run. Every line names the bench it comes from,
so that it can be run by itself. The table goes to docs/results/goals.md.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from bench.results import Table, write

ROOT = Path(__file__).resolve().parent.parent
HEADS = "goal", "what", "wanted", "figure", "met", "by"
STARTS = 5
OURS = "import app.web"
BARE = "import flask, sqlalchemy.orm, requests, pydantic_settings, cryptography.x509"
PATIENCE_S = 1800
NOT_RUN = "not run"
STAMP_AND_SEAL = "seal, ours", "certificate pages", "line on"
"""How the rows of bin/bench seal begin that P5 adds up."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured: the figure in words, and whether the goal is met."""

    figure: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the goal table. `measure`: None where no bench measures it yet."""

    name: str
    what: str
    wanted: str
    command: str = ""
    measure: Callable[[str], Found] | None = None


def main() -> int:
    """Print and write the table; return 1 when a goal that was measured is missed."""
    only = os.environ.get("GOALS_ONLY", "").split()
    found = [(goal, _found(goal, only)) for goal in GOALS]
    lines = [_line(goal, one) for goal, one in found]
    notes = "“no bench” is below the goal by being unknown: the bench has to be written first."
    title = "Goals of speed (P1 to P12)"
    write(Table("goals", title, "bin/bench goals", HEADS, lines, _versions(), notes))
    return int(any(one is not None and not one.is_met for _, one in found))


def _found(goal: Goal, only: list[str]) -> Found | None:
    if goal.measure is None or (only and goal.name not in only):
        return None
    found = goal.measure(_output(goal.command))
    sys.stdout.write(f"{goal.name} {found.figure}: {'met' if found.is_met else 'MISSED'}\n")
    sys.stdout.flush()
    return found


def _line(goal: Goal, found: Found | None) -> tuple[str, ...]:
    if found is None:
        said = (NOT_RUN, "-") if goal.measure else ("no bench", "NO")
    else:
        said = (found.figure, "yes" if found.is_met else "NO")
    return goal.name, goal.what, goal.wanted, *said, goal.command or "-"


@cache
def _output(command: str) -> str:
    """Return what a bench prints, whatever it thinks of its own goals."""
    if not command.startswith("bin/bench "):
        return ""
    words = command.removeprefix("bin/bench ").split()
    done = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    return done.stdout


def _calls(said: str) -> Found:
    found = re.search(r"unattended.*: (\d+) HTTP calls an envelope; one by one (\d+)", said)
    if found is None:
        return NOTHING
    ours, naive = map(int, found.groups())
    return Found(f"{ours} calls unattended, one by one {naive}", ours <= 4)


def _documents(said: str) -> Found:
    found = re.search(r"P4 .*: ([\d.]+) at worst", said)
    if found is None:
        return NOTHING
    return Found(f"{found[1]} times the bare tools, at worst", float(found[1]) <= 1.15)


def _preview(said: str) -> Found:
    rows = re.findall(r"^ *(\d+) +(\d+) .* +(\d+) ms$", said, re.MULTILINE)
    figures = [f"{pages} pages, {count} rows: {ms} ms" for count, pages, ms in rows]
    held = bool(re.search(r"P7 .*\(held\)", said))
    return Found("; ".join(figures), held) if rows else NOTHING


def _sealed(said: str) -> Found:
    took = {name.strip(): float(ms) for name, ms in re.findall(r"^(.+?) +([\d.]+) ms$", said, re.M)}
    ours = [ms for name, ms in took.items() if name.startswith(STAMP_AND_SEAL)]
    peer = next((ms for name, ms in took.items() if name.startswith("seal, @signpdf")), None)
    if len(ours) != 3:
        return NOTHING
    total = f"{sum(ours):.0f} ms with a time stamp"
    if peer is None:
        return Found(f"{total}; the peer on Node is not installed here", False)
    return Found(f"{total}; @signpdf with pdf-lib {peer:.0f} ms, seal only", sum(ours) < peer)


def _growth(said: str) -> Found:
    above = re.findall(r"^(\S.*?) {2,}\S.* ([\d.]+) +[\d.]+  above 1\.5$", said, re.MULTILINE)
    pages = [f"{name} {ratio}" for name, ratio in above if not name.startswith(("upkeep", "figures"))]  # fmt: skip
    return Found("; ".join(pages) or "every page within 1.5", not pages) if said else NOTHING


def _memory(said: str) -> Found:
    found = re.search(r"after (\d+) documents: (\d+) MiB, goal (\d+); grew from half: (\w+)", said)
    if found is None:
        return NOTHING
    count, ours, goal, grew = found.groups()
    met = int(ours) <= int(goal) and grew == "False"
    return Found(f"{ours} MiB after {count} documents, grew: {grew.lower()}", met)


def _page(said: str) -> Found:
    met, missed = (len(re.findall(rf"\b{word}$", said, re.MULTILINE)) for word in ("met", "MISSED"))
    return Found(f"{met} of {met + missed} lines met", met > 0 and not missed)


def _start(_said: str) -> Found:
    """A web process's imports beside those of the libraries it cannot do without, turn by turn."""
    took: dict[str, list[float]] = {OURS: [], BARE: []}
    for _ in range(STARTS):
        for code, into in took.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
            into.append(time.perf_counter() - started)
    ours, bare = (statistics.median(took[code]) for code in (OURS, BARE))
    return Found(f"{ours:.2f} s, {ours / bare:.2f} times its bare libraries", ours <= 1.5)


NOTHING = Found("the bench gave no figure", False)
DOCUMENTS = "bin/bench documents"
GOALS = (
    Goal("P1", "robot or event call against bare Flask and insert", "60 % of its throughput"),
    Goal("P2", "unattended envelopes a minute against bare LibreOffice", "85 %"),
    Goal("P3", "calls to the portal an envelope", "4 with files", "bin/bench pipeline", _calls),
    Goal("P4", "fill and convert against the bare tools", "1.15", DOCUMENTS, _documents),
    Goal("P5", "stamp, certificate, seal; 20 pages", "below the peer", "bin/bench seal", _sealed),
    Goal("P6", "50 signers at once", "p95 500 ms"),
    Goal("P7", "from Sign to preview", "1 s; 3 s with 200 rows", DOCUMENTS, _preview),
    Goal("P8", "pages at 100,000 against 1,000 envelopes", "1.5", "bin/bench growth", _growth),
    Goal("P9", "a portal beside one with 10,000 calls", "5 s late at most"),
    Goal("P10", "memory of a web process", "150 MB, no growth", "bin/bench web_memory", _memory),
    Goal("P11", "signing page", "product table", "bin/bench signing", _page),
    Goal("P12", "import of the web process", "1.5 s", "python -c 'import app.web'", _start),
)


def _versions() -> str:
    parts = ", ".join(f"{one} {version(one)}" for one in ("sqlalchemy", "dbos", "pyhanko", "docxtpl"))  # fmt: skip
    return f"Python {platform.python_version()}, {parts}"
