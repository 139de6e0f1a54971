"""The signing page against its goals, in a real browser throttled to a slow phone: `bin/bench signing`.

Prints goal beside figure and exits with 1 when a goal is missed. Times are the median of ROUNDS openings,
each with an empty cache; bytes are those that travelled, headers included.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from app.texts import LANGUAGES
from bench import signing_checks as checks
from bench import signing_phone as phones
from bench.signing_stage import PAGES, SigningStage, signing_stage
from tools.present import browser, browser_args

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    goal: str
    figure: str
    is_met: bool


def measure(stage: SigningStage, chromium: Browser) -> list[Row]:
    """Return every row of the table."""
    return [
        *_taps(stage, chromium),
        *_loads(stage, chromium),
        *_room(stage, chromium),
        *_promises(stage, chromium),
    ]


def _taps(stage: SigningStage, chromium: Browser) -> list[Row]:
    signers = (stage.signer(), stage.signer(needs_code=True), stage.signer_of_ten_fields())
    ways: list[tuple[str, int, Callable[..., int]]] = [
        ("taps from opened link to signed", 3, phones.taps_for_one_signature),
        ("the same with a code", 5, phones.taps_with_a_code),
        ("ten fields of which eight are known", 6, phones.taps_for_ten_fields),
    ]
    rows = []
    for (name, goal, way), signer in zip(ways, signers, strict=True):
        with phones.phone(chromium) as page:
            taps = way(page, stage.origin, signer)
        rows.append(Row(name, str(goal), str(taps), taps <= goal))
    return rows


def _loads(stage: SigningStage, chromium: Browser) -> list[Row]:
    loads = []
    for _ in range(ROUNDS):
        with phones.phone(chromium) as page:
            loads.append(phones.open_slowly(page, f"{stage.origin}/s/{stage.signer().token}"))
    worst, own = max(load.code_bytes for load in loads), stage.origin.removeprefix("http://")
    picture = max(load.picture_bytes for load in loads)
    hosts = {host for load in loads for host in load.hosts} - {own, ""}
    later = max(load.later_pictures for load in loads)
    fcp, usable, shift = (_middle(loads, name) for name in ("fcp", "usable", "shift"))
    fonts = sum(load.fonts for load in loads)
    return [
        Row(
            "HTML+CSS+JS before the page can be used",
            "60 KB",
            f"{worst / 1e3:.1f} KB",
            worst <= 6e4,
        ),
        Row("hosts that are not ours", "0", str(len(hosts)), not hosts),
        Row("web fonts", "0", str(fonts), fonts == 0),
        Row("first page image", "120 KB", f"{picture / 1e3:.1f} KB", 0 < picture <= 1.2e5),
        Row(
            "later pages fetched before scrolling",
            "lazy",
            f"{later} of {PAGES - 1}",
            later < PAGES - 1,
        ),
        Row("first contentful paint", "1.5 s", f"{fcp / 1e3:.2f} s", fcp <= 1500),
        Row("usable", "2.5 s", f"{usable / 1e3:.2f} s", usable <= 2500),
        Row("layout shift", "0.05", f"{shift:.3f}", shift <= 0.05),
    ]


def _middle(loads: list[phones.Load], name: str) -> float:
    return statistics.median(getattr(load, name) for load in loads)


def _room(stage: SigningStage, chromium: Browser) -> list[Row]:
    target = checks.smallest_target(chromium, stage)
    font = checks.smallest_input_font(chromium, stage)
    wide = checks.widest_overflow(chromium, stage)
    return [
        Row("smallest touch target, 320 px wide", "44 px", f"{target:.0f} px", target >= 43.5),
        Row("smallest input font", "16 px", f"{font:.0f} px", font >= 16),
        *(
            Row(f"sideways scrolling, {name}, all languages", "0 px", f"{px:.0f} px", px <= 0)
            for name, px in wide.items()
        ),
    ]


def _promises(stage: SigningStage, chromium: Browser) -> list[Row]:
    axe = checks.faults_of_axe(chromium, stage)
    for fault in axe:
        sys.stderr.write(f"axe: {fault}\n")
    spoken = checks.spoken_languages(chromium, stage)
    turned = checks.strokes_after_turning(chromium, stage)
    kept = checks.values_after_reload(chromium, stage)
    plain = checks.signs_without_a_script(chromium, stage)
    return [
        Row("strokes kept when the phone is turned", "all", _yes(turned), turned),
        Row("values kept over a reload", "all", _yes(kept), kept),
        Row("axe, light and dark", "0", str(len(axe)), not axe),
        Row("languages", "8", f"{len(spoken)}: {' '.join(spoken)}", len(spoken) >= 8),
        Row("signed without a script", "yes", _yes(plain), plain),
    ]


def _yes(held: bool) -> str:
    return "yes" if held else "NO"


def table(rows: list[Row]) -> str:
    """Return the rows as text for a terminal."""
    widths = [max(len(getattr(row, name)) for row in rows) for name in ("name", "goal", "figure")]
    lines = [
        f"{row.name:<{widths[0]}}  {row.goal:>{widths[1]}}  {row.figure:<{widths[2]}}  "
        f"{'met' if row.is_met else 'MISSED'}"
        for row in rows
    ]
    head = f"{'signing page':<{widths[0]}}  {'goal':>{widths[1]}}  figure"
    return "\n".join([head, "-" * len(max(lines, key=len)), *lines])


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and return 1 when a goal is missed."""
    with sync_playwright() as play, signing_stage() as stage:
        chromium = play.chromium.launch(executable_path=browser(), args=browser_args())
        rows = measure(stage, chromium)
        chromium.close()
    print(f"4x CPU, 1.6 Mbit/s, 150 ms, {ROUNDS} openings, {len(LANGUAGES)} languages\n")
    print(table(rows))
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
