"""The table of settings in docs/operating.md, written from app/settings.py: `python -m tools.environment`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "app" / "settings.py"
PAGE = ROOT / "docs" / "operating.md"
START, END = "<!-- settings: python -m tools.environment -->", "<!-- end of settings -->"
NOT_FOR_OPERATORS = frozenset({"kill_after", "local_portals"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as an operator reads of it."""

    name: str
    default: str
    meaning: str


def settings() -> Iterator[Setting]:
    """Yield the settings in their order, each with the sentence that stands below it in the source."""
    tree = ast.parse(SOURCE.read_text("utf-8"))
    owner = next(
        one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == "Settings"
    )
    for node, after in zip(owner.body, [*owner.body[1:], ast.Pass()], strict=True):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        if node.target.id not in NOT_FOR_OPERATORS:
            yield Setting(node.target.id.upper(), _default(node.value), _sentence(after))


def table() -> str:
    """Return the table."""
    lines = ["| `PARAPH_…` | default | meaning |", "|---|---|---|"]
    lines += [f"| `{one.name}` | {one.default} | {one.meaning} |" for one in settings()]
    return "\n".join(lines)


def with_table(page: str) -> str:
    """Return `page` with the present table between its marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def _default(value: ast.expr | None) -> str:
    if isinstance(value, ast.Call):
        value = next((one.value for one in value.keywords if one.arg == "default"), None)
    if isinstance(value, ast.Constant):
        return f"`{value.value}`" if value.value not in ("", None) else ""
    return "`var/data`" if isinstance(value, ast.BinOp) else ""


def _sentence(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split()).replace("|", "\\|").removesuffix(".")
    return ""


def main() -> int:
    """Write the table into the page; return 0."""
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
