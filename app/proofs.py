"""The operator's commands about evidence: `bin/app audit verify` and what belongs to it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from app import services
from app.actions.examine import Examination, examine
from app.settings import read
from app.store import schema


def add_commands(commands: Any) -> None:
    """Add this module's commands to the parser's."""
    audit = commands.add_parser("audit", help="walk every chain of evidence and every daily root")
    audit.add_argument("what", choices=["verify"])
    audit.add_argument("--json", action="store_true", help="print what was found as JSON")
    audit.add_argument(
        "--without-files", action="store_true", help="do not open the sealed files (faster)"
    )
    audit.set_defaults(run=_audit)


def _audit(asked: argparse.Namespace) -> int:
    tools = services.build(read())
    if not schema.is_current(tools.database):
        _say("The database is not at this version's schema: run `bin/app migrate`.", sys.stderr)
        return 2
    seen = examine(tools, files=not asked.without_files)
    _say(as_json(seen) if asked.json else "\n".join(as_lines(seen)))
    return 1 if seen.faults else 0


def as_lines(seen: Examination) -> Sequence[str]:
    """Return the examination for a person; the first line is the judgement."""
    looked = (
        f"{seen.chains} chains, {seen.events} events, {seen.days} daily roots, "
        f"{seen.files} sealed files"
    )
    verdict = f"{len(seen.faults)} faults in {looked}." if seen.faults else f"Whole: {looked}."
    erased = [f"Details erased: {seen.erased} events; their links hold."] if seen.erased else []
    return [
        verdict,
        *(f"  {fault.place}: {fault.what}" for fault in seen.faults),
        *erased,
        *seen.notes,
    ]


def as_json(seen: Examination) -> str:
    """Return the examination as JSON text."""
    values = asdict(seen)
    del values["heads"]
    return json.dumps(values, indent=2, ensure_ascii=False)


def _say(text: str, where: TextIO | None = None) -> None:
    (where or sys.stdout).write(text + "\n")
