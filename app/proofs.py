"""The operator's commands about evidence: audit verify, export, erase-person."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from app import services
from app.actions.erase_person import erase_person
from app.actions.examine import Examination, examine
from app.actions.export import export
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
    take = commands.add_parser("export", help="everything about one envelope in a ZIP")
    take.add_argument("envelope", help="its id (the long one at the foot of every page)")
    take.add_argument("--to", type=Path, default=Path(), help="folder; else the one you are in")
    take.set_defaults(run=_export)
    forget = commands.add_parser("erase-person", help="erase a person, keep the minimum of proof")
    forget.add_argument("address", help="e-mail address or phone number, as it was used")
    forget.add_argument("--yes", action="store_true", help="do it; else it is only counted")
    forget.set_defaults(run=_erase)


def _audit(asked: argparse.Namespace) -> int:
    tools = services.build(read())
    if not schema.is_current(tools.database):
        _say("The database is not at this version's schema: run `bin/app migrate`.", sys.stderr)
        return 2
    seen = examine(tools, files=not asked.without_files)
    _say(as_json(seen) if asked.json else "\n".join(as_lines(seen)))
    return 1 if seen.faults else 0


def _export(asked: argparse.Namespace) -> int:
    name, content = export(services.build(read()), asked.envelope)
    path = asked.to / name
    path.write_bytes(content)
    _say(str(path))
    return 0


def _erase(asked: argparse.Namespace) -> int:
    done = erase_person(services.build(read()), asked.address, dry_run=not asked.yes)
    verb = "Erased" if asked.yes else "Would be erased (say --yes)"
    _say(f"{verb}: {done.seats} seats; {done.events} events without details, their links hold.")
    if done.files:
        _say(f"Pictures and files of theirs that are gone: {done.files}.")
    for number in done.waiting:
        _say(f"Not erased: {number} still waits for somebody. Void it first.")
    for number in done.held:
        _say(f"Not erased: a legal hold keeps {number}. An administrator of its portal lifts it.")
    return 1 if done.waiting or done.held else 0


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
