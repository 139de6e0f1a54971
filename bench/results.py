"""Results for docs/results: a table with the command, the commit and the machine they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "results"


@dataclass(frozen=True, slots=True)
class Table:
    """What a bench found. `name`: of the file; `lines` as wide as `heads`."""

    name: str
    title: str
    command: str
    heads: Sequence[str]
    lines: Sequence[Sequence[str]]
    versions: str = ""
    notes: str = ""


def write(table: Table) -> Path:
    """Write the table to docs/results/<name>.md; return where."""
    from bench.__main__ import machine

    heads = [f"| {' | '.join(table.heads)} |", "|" + "---|" * len(table.heads)]
    rows = [f"| {' | '.join(one.replace('|', '/') for one in line)} |" for line in table.lines]
    when = datetime.now(UTC).date().isoformat()
    origin = f"`{table.command}`, {when}: {machine()}. {table.versions}".strip()
    parts = [f"# {table.title}", origin, "\n".join([*heads, *rows]), table.notes]
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{table.name}.md"
    path.write_text("\n\n".join(one for one in parts if one) + "\n", "utf-8")
    return path
