"""Filter, order and select of list methods, over rows that are plain maps.

A filter whose value is empty matches everything [U]: the dangerous reading, kept on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emulator.rest.errors import RestError

PREFIX = re.compile(r"^(!@|@|>=|<=|!=%|!%|!=|=%|%=|!|=|>|<|%)?(.*)$")


def apply(
    rows: list[dict[str, Any]], conditions: Any, order: Any = None, *, strict: bool = False
) -> list[dict[str, Any]]:
    """Return the rows that match, in order. strict: an unknown field is INVALID_ARG_VALUE."""
    known = {key for row in rows for key in row}
    if strict and rows:
        check(as_map(conditions), known, "filter")
        check(as_map(order), known, "order")
    kept = [row for row in rows if matches(row, as_map(conditions))]
    return ordered(kept, as_map(order))


def as_map(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {str(i): v for i, v in enumerate(value)}
    return value if isinstance(value, dict) else {}


def check(conditions: dict[str, Any], known: set[str], what: str) -> None:
    for key in conditions:
        name = split(key)[1]
        if name in known or name.isdigit() or name.lower() == "logic" or is_custom(name):
            continue
        raise RestError(
            "INVALID_ARG_VALUE", f"Invalid {what}: field '{name}' is not allowed in {what}"
        )


def is_custom(name: str) -> bool:
    return name.lower().startswith(("uf", "parentid"))


def split(key: str) -> tuple[str, str]:
    found = PREFIX.match(key)
    return (found.group(1) or "", found.group(2)) if found else ("", key)


def matches(row: dict[str, Any], conditions: dict[str, Any]) -> bool:
    results = []
    for key, wanted in conditions.items():
        if key.lower() == "logic":
            continue
        if key.isdigit() and isinstance(wanted, dict):
            results.append(matches(row, wanted))
            continue
        operator, name = split(key)
        results.append(one(row.get(name), operator, wanted))
    if str(conditions.get("logic", conditions.get("LOGIC", ""))).upper() == "OR":
        return any(results) or not results
    return all(results)


def one(value: Any, operator: str, wanted: Any) -> bool:
    if wanted in ("", None, []) and operator in ("", "=", "@"):
        return True
    if isinstance(wanted, (list, dict)):
        among = any(same(value, w) for w in as_map(wanted).values())
        return not among if operator.startswith("!") else among
    return OPERATORS[operator](value, wanted)


def same(value: Any, wanted: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(same(v, wanted) for v in value)
    return text(value) == text(wanted) or as_flag(value) == as_flag(wanted) != ""


def as_flag(value: Any) -> str:
    return {"true": "Y", "y": "Y", "false": "N", "n": "N"}.get(text(value).lower(), "")


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    return "" if value is None else str(value)


def compare(value: Any, wanted: Any) -> int:
    left, right = text(value), text(wanted)
    try:
        a, b = float(left), float(right)
    except ValueError:
        return (left > right) - (left < right)
    return (a > b) - (a < b)


def contains(value: Any, wanted: Any) -> bool:
    return text(wanted).strip("%").lower() in text(value).lower()


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "": same,
    "=": same,
    "@": same,
    "!": lambda v, w: not same(v, w),
    "!=": lambda v, w: not same(v, w),
    "!@": lambda v, w: not same(v, w),
    ">": lambda v, w: compare(v, w) > 0,
    ">=": lambda v, w: compare(v, w) >= 0,
    "<": lambda v, w: compare(v, w) < 0,
    "<=": lambda v, w: compare(v, w) <= 0,
    "%": contains,
    "=%": contains,
    "%=": contains,
    "!%": lambda v, w: not contains(v, w),
    "!=%": lambda v, w: not contains(v, w),
}


def ordered(rows: list[dict[str, Any]], order: dict[str, Any]) -> list[dict[str, Any]]:
    result = list(rows)
    for name, direction in reversed(list(order.items())):
        result.sort(key=lambda row: sort_key(row.get(name)), reverse=is_desc(name, direction))
    return result


def is_desc(name: str, direction: Any) -> bool:
    wanted = str(direction).upper()
    if wanted not in ("ASC", "DESC"):
        raise RestError(
            "INVALID_ARG_VALUE",
            "Invalid order: allowed sort directions are `ASC, DESC`. "
            f"But got '{direction}' for field '{name}'",
        )
    return wanted == "DESC"


def sort_key(value: Any) -> tuple[int, float, str]:
    try:
        return (0, float(text(value) or 0), "")
    except ValueError:
        return (1, 0.0, text(value))


def select(row: dict[str, Any], names: Any, *, always: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the chosen fields of a row; no choice or `*` means all of them."""
    wanted = [str(n) for n in as_map(names).values()] if not isinstance(names, str) else [names]
    if not wanted or "*" in wanted:
        return row
    return {k: v for k, v in row.items() if k in wanted or k in always}
