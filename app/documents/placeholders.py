"""Names that a template may use: which of those it says do not exist, and what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

OPEN_MAPS = frozenset({"fields", "custom"})
"""Their keys depend on the country or on the portal: an unknown one is empty, not a mistake."""


def unknown_names(
    paths: Iterable[tuple[str, int]], values: Mapping[str, object]
) -> list[tuple[str, str, int]]:
    """Return (name, suggestion, line) of each path that `values` does not have."""
    known = sorted(known_names(values))
    found = []
    for path, line in paths:
        if not _has(values, path.split(".")):
            shown = path.replace("[]", "")
            near = difflib.get_close_matches(path, known, 1, cutoff=0.6)
            found.append((shown, "".join(near).replace("[]", ""), line))
    return found


def known_names(values: object, prefix: str = "") -> list[str]:
    """Return every placeholder name in `values`; a list's items are named `products[]`."""
    if isinstance(values, Mapping):
        inner = [
            n
            for k, v in values.items()
            for n in known_names(v, f"{prefix}.{k}" if prefix else str(k))
        ]
        return inner if not prefix else [prefix, *inner]
    if isinstance(values, list):
        return [prefix, *(known_names(values[0], f"{prefix}[]") if values else [])]
    return [prefix]


def _has(values: object, parts: list[str]) -> bool:
    current = values
    for part in parts:
        name, is_item = part.removesuffix("[]"), part.endswith("[]")
        if isinstance(current, list) and name.isdigit():
            return True
        if not isinstance(current, Mapping):
            return False
        if name not in current:
            return False
        current = current[name]
        if name in OPEN_MAPS:
            return True
        if is_item:
            if not isinstance(current, list) or not current:
                return isinstance(current, list)
            current = current[0]
    return True
