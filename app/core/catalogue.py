"""Every placeholder a Word template may use, in the groups people think in, with what to write and its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

GROUPS = (
    ("number", "The document"),
    ("deal", "The CRM record"),
    ("us", "Your company"),
    ("client", "The client"),
    ("contact", "The contact who signs"),
    ("responsible", "The responsible colleague"),
    ("products", "Each product row"),
    ("totals", "Totals"),
)
"""First part of the names, and the group's title (msgid)."""
_DOCUMENT = ("number", "today", "currency")
_MONEY = frozenset({"amount", "price", "net", "tax", "total", "gross"})
_RATES = frozenset({"tax_rate", "rate"})
ROW = "row"
LOOPS = {"products": ("{%tr for row in products %}", "{%tr endfor %}")}
"""What stands in the table rows above and below a repeated one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One placeholder. `write`: what the author types; `filter`: how its value is written out, "" as it is."""

    name: str
    write: str
    filter: str
    value: object


@dataclass(frozen=True, slots=True)
class Group:
    """Placeholders that belong together. `title` is a msgid; `loop`: first and last line around a repeated row."""

    key: str
    title: str
    entries: tuple[Entry, ...]
    loop: tuple[str, str] = ("", "")


def catalogue(values: Mapping[str, object]) -> tuple[Group, ...]:
    """Return every placeholder of core.merge's `values`, by group, in the order of the values."""
    return tuple(
        Group(key, title, tuple(_entries(values, key)), LOOPS.get(key, ("", "")))
        for key, title in GROUPS
    )


def _entries(values: Mapping[str, object], key: str) -> Iterator[Entry]:
    if key == "number":
        for name in _DOCUMENT:
            yield _entry(name, name, values[name])
        return
    value = values[key]
    if isinstance(value, list):
        first = value[0] if value else {}
        yield from _walk(f"{key}[]", ROW, first if isinstance(first, Mapping) else {})
    elif isinstance(value, Mapping):
        yield from _walk(key, key, value)


def _walk(name: str, write: str, values: Mapping[str, object]) -> Iterator[Entry]:
    for key, value in values.items():
        path, shown = f"{name}.{key}", f"{write}.{key}"
        if key in ("lines", "line", "taxes"):
            continue
        if isinstance(value, Mapping):
            if "lines" in value:
                yield _entry(path, shown, value)
            yield from _walk(path, shown, value)
        else:
            yield _entry(path, shown, value)


def _entry(name: str, shown: str, value: object) -> Entry:
    how = _filter(shown.rpartition(".")[2], value)
    return Entry(name, f"{{{{ {shown}|{how} }}}}" if how else f"{{{{ {shown} }}}}", how, value)


def _filter(last: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "address"
    if isinstance(value, date):
        return "date"
    if last == "phone":
        return "phone"
    if isinstance(value, Decimal):
        if last in _RATES:
            return "percent"
        return "money" if last in _MONEY else "number"
    return ""
