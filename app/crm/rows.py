"""Values out of PHP's JSON: ids are numbers here and texts there, absent is null, "" or not there at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]


def text(row: Row, key: str) -> str:
    """Return a value as trimmed text, "" when it is absent or not one value."""
    value = row.get(key)
    if value is None or isinstance(value, bool | Mapping | list):
        return ""
    return str(value).strip()


def first_text(row: Row, *keys: str) -> str:
    """Return the first of `keys` that holds text."""
    return next((found for found in (text(row, key) for key in keys) if found), "")


def ident(row: Row, key: str) -> str:
    """Return an id as digits, "" for 0, null and anything odd."""
    value = text(row, key)
    return value if value.isascii() and value.isdigit() and value.strip("0") else ""


def money(row: Row, key: str) -> Decimal:
    """Return an exact decimal; 0 for what is no number. JSON floats go through their shortest text."""
    value = text(row, key)
    try:
        number = Decimal(value) if value else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def is_yes(row: Row, key: str) -> bool:
    """Whether a flag is set, in any of the platform's spellings."""
    return row.get(key) in (True, 1, "1", "Y", "y", "true")


def moment(row: Row, key: str) -> datetime | None:
    """Return an aware time, nothing when it is absent or unreadable."""
    try:
        found = datetime.fromisoformat(text(row, key))
    except ValueError:
        return None
    return found if found.tzinfo else None


def item(result: object) -> Row:
    """Return the row of an `.get` answer: itself, or what stands under `item`."""
    if isinstance(result, Mapping):
        inner = result.get("item", result)
        return inner if isinstance(inner, Mapping) else {}
    return {}


def rows(result: object, *names: str) -> list[Row]:
    """Return the rows of a list answer: a list, one of `names`, or a map by id."""
    if isinstance(result, Mapping):
        result = next((result[name] for name in names if name in result), result)
    if isinstance(result, Mapping):
        result = list(result.values())
    if not isinstance(result, Sequence) or isinstance(result, str):
        return []
    return [row for row in result if isinstance(row, Mapping)]
