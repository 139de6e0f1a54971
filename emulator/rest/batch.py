"""The method `batch`: up to fifty commands in order, with `$result` references.

A reference that leads nowhere becomes an empty string [U]; a value that is one whole
reference takes the referenced value as it is, lists too [U].
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from emulator.rest import params as parsing
from emulator.rest.errors import RestError, system
from emulator.rest.registry import Page
from emulator.rest.values import empty_map, is_yes

MAX = 50
REFERENCE = re.compile(r"\$result((?:\[[^\[\]]*\])+)")
Run = Callable[[str, dict[str, Any]], tuple[Any, dict[str, Any]]]


def run(arguments: dict[str, Any], execute: Run) -> dict[str, Any]:
    """Return the answer of a batch. execute(method, params) -> (result, its `time`)."""
    halt = is_yes(arguments.get("halt", 0))
    answer: dict[str, dict[str, Any]] = {
        name: {}
        for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    for position, (key, command) in enumerate(commands(arguments.get("cmd"))):
        try:
            if position >= MAX:
                raise system("ERROR_BATCH_LENGTH_EXCEEDED")
            outcome, spent = one(str(command), answer["result"], execute)
        except RestError as error:
            answer["result_error"][key] = error.body()
            if halt:
                break
            continue
        record(answer, key, outcome, spent)
    return {name: shaped(value, arguments.get("cmd")) for name, value in answer.items()}


def commands(cmd: Any) -> list[tuple[str, Any]]:
    if isinstance(cmd, dict):
        return [(str(k), v) for k, v in cmd.items()]
    return [(str(i), v) for i, v in enumerate(cmd or [])]


def one(command: str, results: dict[str, Any], execute: Run) -> tuple[Any, dict[str, Any]]:
    name, _, query = command.partition("?")
    name = name.strip().removesuffix(".json")
    if name.lower() == "batch":
        raise system("ERROR_BATCH_METHOD_NOT_ALLOWED")
    started = time.time()
    outcome, spent = execute(name, resolved(parsing.from_query(query), results))
    spent.setdefault("duration", time.time() - started)
    return outcome, spent


def record(answer: dict[str, dict[str, Any]], key: str, outcome: Any, spent: Any) -> None:
    if isinstance(outcome, Page):
        if outcome.total is not None:
            answer["result_total"][key] = outcome.total
        if outcome.next is not None:
            answer["result_next"][key] = outcome.next
        outcome = outcome.result
    answer["result"][key] = outcome
    answer["result_time"][key] = spent


def shaped(value: dict[str, Any], cmd: Any) -> Any:
    """Return a list when the commands were a list and none is missing, as PHP would."""
    if value and not isinstance(cmd, dict) and list(value) == [str(i) for i in range(len(value))]:
        return list(value.values())
    return empty_map(value)


def resolved(value: Any, results: dict[str, Any]) -> Any:
    """Return parameters with every `$result[...]` replaced."""
    if isinstance(value, dict):
        return {k: resolved(v, results) for k, v in value.items()}
    if isinstance(value, list):
        return [resolved(v, results) for v in value]
    if not isinstance(value, str) or "$result" not in value:
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return follow(whole.group(1), results)
    return REFERENCE.sub(lambda m: as_text(follow(m.group(1), results)), value)


def as_text(value: Any) -> str:
    return "" if isinstance(value, (dict, list)) or value is None else str(value)


def follow(path: str, results: Any) -> Any:
    node = results
    for key in re.findall(r"\[([^\[\]]*)\]", path):
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return ""
    return "" if node is None else node
