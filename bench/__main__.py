"""bin/bench NAME: measure what we promise. Without a name the benches are listed."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHES = {
    "pipeline": "calls to the portal and milliseconds a step, for one finished envelope (about two minutes)",
    "documents": "fill, print, find the fields: beside docxtpl and LibreOffice alone",
    "seal": "seal and judge: beside pyHanko alone, and @signpdf with pdf-lib on Node",
    "rest": "calls and milliseconds at the portal: beside a client without batches",
    "delivery": "10,000 mails and 2,000 SMS with 700 deaths of our process: nothing lost, no SMS twice (minutes)",
    "sick": "a portal where three calls in ten fail: 1,000 envelopes, once each (some minutes); also rest --sick",
    "editor": "the field editor with 200 fields on 100 pages, beside 2 on 2, in a real browser",
    "automation": "1,000 deals dragged at once, the worker killed 20 times: once each (most of an hour)",
    "anchors": "200 pairs of agreements for each of five seeds: fields found again, beside coordinates copied",
    "wizard": "the wizard's first screen with a portal that needs 200 ms for every answer",
    "signing": "the signing page in a throttled browser, every figure beside its goal",
    "security": "forged calls, hostile hosts, guessed codes, fuzzed requests, by seed (some 15 minutes)",
    "evidence": "S8, S14, S15, S19 and the judges: edits, erasures, canaries, changed copies (some minutes)",
    "faults": "R1 to R11: kills, failing disk, sick portal, races, restores (some ten minutes)",
    "growth": "pages and upkeep with 1,000 to 100,000 envelopes; every query explained (some ten minutes)",
    "goals": "P1 to P12, each beside its ceiling or peer: docs/results/goals.md (most of an hour)",
    "web_memory": "a web server's memory over 1,000 documents (some minutes)",
    "tamper": "10,500 changed copies of sealed files: how many are refused",
}


def main(words: list[str]) -> int:
    """Run the bench that is named; return its exit code."""
    if words == ["rest", "--sick"]:
        words = ["sick"]
    if not words or words[0] not in BENCHES or (words[1:] and words[0] != "security"):
        _list()
        return 0 if not words or words[0] in ("--help", "-h") else 2
    _say(f"{words[0]}: {BENCHES[words[0]]}\n{machine()}\n")
    bench = importlib.import_module(f"bench.{words[0]}")
    if not hasattr(bench, "main"):
        for name, figure in bench.run():
            _say(f"{name:60} {figure:9.1f} ms")
        return 0
    code = bench.main(words[1:]) if words[1:] else bench.main()
    return code if isinstance(code, int) else 0


def machine() -> str:
    """Return what figures depend on: cores, system, Python, commit."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    commit = done.stdout.strip() or "unknown"
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores (load {load:.1f}), {platform.machine()}, "
        f"Python {platform.python_version()}, commit {commit}"
    )


def _list() -> None:
    _say("bin/bench NAME\n")
    for name, words in BENCHES.items():
        _say(f"  {name:12} {words}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
