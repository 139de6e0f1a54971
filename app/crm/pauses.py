"""OPERATION_TIME_LIMIT: the portal refuses one method for a while, alone and inside a batch. The others go on.

A paused command is taken out of a batch before it leaves, with all that refers to it: what a portal puts for a
reference that leads nowhere is not documented. Source: settings/performance/limits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from app.crm.faults import OPERATION_LIMIT, normalised

UNTOLD_S: Final = 60.0
"""How long a method is left alone when the portal does not say for how long."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """A batch without its paused commands. `params` holds what is left, `skipped` key -> method of the others."""

    params: Mapping[str, Any]
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return bool(self.skipped) and not self.params["cmd"]

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return the portal's answer with an error for each command that was taken out."""
        result = answer.get("result")
        if not self.skipped or not isinstance(result, Mapping):
            return dict(answer)
        missing = {key: {"error": OPERATION_LIMIT} for key in self.skipped}
        errors = {**_map(result.get("result_error")), **missing}
        return {**answer, "result": {**result, "result_error": errors}}


def thinned(params: Mapping[str, Any], paused: frozenset[str]) -> Thinned:
    """Return a batch without the commands of paused methods and those that refer to them.

    A batch that halts at an error ends before the first of them.
    """
    lines = params.get("cmd")
    if not paused or not isinstance(lines, Mapping):
        return Thinned(params)
    left: dict[str, str] = {}
    skipped: dict[str, str] = {}
    for key, line in lines.items():
        if method_of(line) not in paused and not _refers(line, skipped):
            left[key] = line
            continue
        skipped[key] = method_of(line)
        if params.get("halt"):
            break
    return Thinned({**params, "cmd": left}, skipped)


def told(params: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the methods of a batch that the portal refuses for a while, each with the seconds."""
    lines, result = params.get("cmd"), answer.get("result")
    errors = _map(result.get("result_error")) if isinstance(result, Mapping) else {}
    for key, error in errors.items():
        is_limit = isinstance(error, Mapping) and normalised(error.get("error")) == OPERATION_LIMIT
        if is_limit and isinstance(lines, Mapping) and key in lines:
            yield method_of(lines[key]), seconds_until_reset(error, answer)


def seconds_until_reset(refusal: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Return the seconds until `operating_reset_at` by the portal's own clock; a minute when it is not told."""
    reset, finish = _time(refusal, "operating_reset_at"), _time(answer, "finish")
    return reset - (finish or time.time()) if reset else UNTOLD_S


def method_of(line: str) -> str:
    """Return the method of a batch's command, in small letters."""
    return line.split("?", 1)[0].strip().lower()


def _refers(line: str, keys: Mapping[str, str]) -> bool:
    text = unquote(line)
    return any(f"$result[{key}]" in text for key in keys)


def _time(answer: Mapping[str, Any], name: str) -> float:
    times = answer.get("time")
    found = times.get(name) if isinstance(times, Mapping) else None
    return float(found) if isinstance(found, int | float) else 0.0


def _map(value: object) -> dict[str, Any]:
    """An empty map arrives as a list, and so does one with keys 0, 1, 2."""
    if isinstance(value, Mapping):
        return dict(value)
    return {str(n): one for n, one in enumerate(value)} if isinstance(value, list) else {}
