"""Plain text: what every database, file and font of ours can hold."""

from __future__ import annotations

import re

MAX_NAME = 80
_ODD = re.compile("[\x00\ud800-\udfff]")


def is_plain(text: str) -> bool:
    """Whether `text` holds neither a zero character nor half of a surrogate pair, which no database keeps."""
    return _ODD.search(text) is None


def is_plain_value(value: object) -> bool:
    """Whether every text in a decoded JSON value is plain, names included."""
    if isinstance(value, str):
        return is_plain(value)
    if isinstance(value, dict):
        return all(is_plain(str(key)) and is_plain_value(inner) for key, inner in value.items())
    return not isinstance(value, list) or all(map(is_plain_value, value))


def plain_name(name: str) -> str:
    """Return the last part of a file's name, without what a name should not hold; never empty."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*')
    return " ".join(kept.split())[-MAX_NAME:] or "file"
