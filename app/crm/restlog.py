"""The REST log: what was asked of a portal and how it answered, with secrets and personal data left out.

The Market asks for three days of it. Keys, numbers and codes stay, texts of people become their length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_PLAIN_KEYS: Final = frozenset(
    {
        "select", "order", "placement", "handler", "event", "code", "method", "entity_type", "provider_id",
        "fieldtype", "use_placement", "use_subscription", "placement_handler", "halt", "start", "=ownertype",
    }
)  # fmt: skip
_SECRET_PARTS: Final = ("auth", "token", "secret", "password", "refresh")
MAX_ITEMS: Final = 60


@dataclass(frozen=True, slots=True)
class RestEntry:
    """One exchange with a portal. `ms` is its duration, `error` the code or ""."""

    portal_id: str
    method: str
    params: object
    status: int
    error: str
    ms: int
    attempt: int = 1
    answer: object = None
    user_id: str = ""


RestLog = Callable[[RestEntry], None]


def no_log(_entry: RestEntry) -> None:
    """Keep nothing."""


def masked(value: object, *, key: str = "") -> object:
    """Return `value` with the same shape, fit for a log: numbers stay, other texts become "‹n›"."""
    lower = key.lower()
    if any(part in lower for part in _SECRET_PARTS):
        return "‹secret›"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MAX_ITEMS]
        return {str(k): masked(v, key=lower if lower in _PLAIN_KEYS else str(k)) for k, v in pairs}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [masked(item, key=key) for item in value[:MAX_ITEMS]]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    if lower == "cmd" or _is_line_of_batch(text):
        return text.split("?", 1)[0]
    return text[:200] if lower in _PLAIN_KEYS else f"‹{len(text)}›"


def outline(answer: Mapping[str, Any]) -> object:
    """Return what an answer held, fit for a log: codes and numbers, the names of fields, how many rows; no texts.

    A batch is outlined command by command.
    """
    error = answer.get("error")
    if error is not None:
        return {"error": str(error)[:80] if not isinstance(error, Mapping) else masked(error)}
    return {
        key: _outlined(value, depth=4)
        for key, value in answer.items()
        if key not in {"time", "error"}
    }


def _outlined(value: object, *, depth: int, key: str = "") -> object:
    if isinstance(value, Mapping):
        if not depth:
            return f"{{{len(value)}}}"
        pairs = [(k, v) for k, v in value.items() if k != "result_time" and v != []][:MAX_ITEMS]
        return {str(k): _outlined(v, depth=depth - 1, key=str(k)) for k, v in pairs}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        first = [_outlined(value[0], depth=depth - 1)] if value and depth else []
        return [*first, f"{len(value)} rows"]
    return masked(value, key=key)


def _is_line_of_batch(text: str) -> bool:
    head = text.split("?", 1)[0]
    return (
        len(head) < 80
        and head.replace(".", "").isalnum()
        and head.islower()
        and "." in head
        and "?" in text
    )
