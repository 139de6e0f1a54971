"""Fields as the editor sends them, read into ours: every value checked, nothing taken for granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.actions.review import MAX_FIELDS, PlacedField
from app.core.field_formats import FORMATS
from app.core.fields import Field, FieldKind
from app.core.proposal import ROLE_KEYS
from app.errors import BadInput

MAX_ANSWERS = 40
LONGEST_ANSWER = 100
LONGEST_HELP = 300


def placed_fields(body: Any) -> list[PlacedField]:
    """Return the fields in `body`, the JSON of a save. Raises BadInput."""
    rows = body.get("fields") if isinstance(body, dict) else None
    if not isinstance(rows, list) or len(rows) > MAX_FIELDS:
        raise BadInput(field="fields")
    try:
        return [PlacedField(str(row["document"])[:40], _field(row)) for row in rows]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadInput(field="fields") from error


def _field(row: Mapping[str, Any]) -> Field:
    if row["role"] not in ROLE_KEYS:
        raise ValueError("unknown role")
    kind = FieldKind(row["kind"])
    return Field(
        key=str(row["key"])[:80],
        kind=kind,
        role=str(row["role"]),
        page=int(row["page"]),
        x=float(row["x"]),
        y=float(row["y"]),
        w=float(row["w"]),
        h=float(row["h"]),
        required=bool(row.get("required", True)),
        label=_words(row, "label")[:200],
        help=_words(row, "help")[:LONGEST_HELP],
        format=_format(kind, _words(row, "format")),
        options=_answers(kind, row.get("options") or []),
    )


def _words(row: Mapping[str, Any], name: str) -> str:
    """Return a text on one line: it is shown beside an input and in a list."""
    return " ".join(str(row.get(name) or "").split())


def _format(kind: FieldKind, name: str) -> str:
    if name and name not in FORMATS.get(kind, ()):
        raise ValueError("unknown format")
    return name


def _answers(kind: FieldKind, given: Any) -> tuple[str, ...]:
    if kind is not FieldKind.CHOICE:
        return ()
    if not isinstance(given, list):
        raise TypeError("not a list")
    answers = dict.fromkeys(" ".join(str(one).split())[:LONGEST_ANSWER] for one in given)
    answers.pop("", None)
    if not 2 <= len(answers) <= MAX_ANSWERS:
        raise BadInput("A choice needs at least two answers, and forty at most.", field="fields")
    return tuple(answers)
