"""CrmClient: REST calls of Bitrix24 over any `Transport`: single, fifty in one, page after page.

Source: settings/how-to-call-rest-api/{batch,list-methods-pecularities}.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from app.crm.faults import NOT_JSON, NOT_RUN, fault, fault_of_answer
from app.crm.php import build_query
from app.errors import PortalError

BATCH_LIMIT: Final = 50
PAGE_SIZE: Final = 50
Command = tuple[str, Mapping[str, object]]
"""A method and its parameters."""


class Transport(Protocol):
    """One way to reach one portal as one person."""

    def call(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """Return the whole answer {result, total?, next?, time}; raise a PortalError for any failure."""
        ...


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What the commands of a batch answered, under the caller's keys; each key is in one of the two."""

    results: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, PortalError] = field(default_factory=dict)

    def result(self, key: str) -> Any:
        """Return what command `key` answered; raise its error."""
        if key in self.errors:
            raise self.errors[key]
        return self.results[key]

    def raise_temporary(self) -> None:
        """Raise the first error that waiting helps against: what is missing now is not missing in truth."""
        for error in self.errors.values():
            if error.retryable:
                raise error

    def get(self, key: str, default: Any = None) -> Any:
        """Return what command `key` answered, or `default` when it failed."""
        return self.results.get(key, default)


class CrmClient:
    """Calls the portal behind `transport`. `http_calls` counts the calls asked of it; a batch is one."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.http_calls = 0

    def call(self, method: str, params: Mapping[str, object] | None = None) -> Any:
        """Return the `result` of one method. Raises a PortalError."""
        return self._answer(method, params or {}).get("result")

    def batch(self, commands: Mapping[str, Command], *, halt: bool = False) -> BatchAnswer:
        """Return the answers of up to 50 commands sent as one call; a failed one does not stop the others.

        Parameters may hold `$result[key][field]` of an earlier command. What the portal puts for a reference
        that leads nowhere is not documented: check the owner of every row that came by one.
        Raises a PortalError when the batch as a whole failed, ValueError for more than 50 commands.
        """
        if len(commands) > BATCH_LIMIT:
            raise ValueError(f"a batch holds {BATCH_LIMIT} commands, not {len(commands)}")
        if not commands:
            return BatchAnswer()
        lines = {key: _line(*command) for key, command in commands.items()}
        result = self._answer("batch", {"halt": int(halt), "cmd": lines}).get("result")
        if not isinstance(result, dict):
            raise fault(NOT_JSON, method="batch")
        return _sorted_out(commands, result)

    def all_pages(
        self, method: str, params: Mapping[str, object] | None = None, *, limit: int = 5_000
    ) -> list[Any]:
        """Return every row of a list method, 50 a call, at most `limit` rows."""
        return list(itertools.islice(self.rows(method, params), limit))

    def rows(self, method: str, params: Mapping[str, object] | None = None) -> Iterator[Any]:
        """Yield the rows of a list method, asking for the next page only when it is needed."""
        start: object = 0
        while True:
            answer = self._answer(method, {**(params or {}), "start": start})
            page = rows_of(answer.get("result"))
            yield from page
            following = answer.get("next")
            if following is None or not page or following == start:
                return
            start = following

    def _answer(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        self.http_calls += 1
        return self.transport.call(method, params)


def rows_of(result: object) -> list[Any]:
    """Return the rows in a list answer: itself, `items`, `documents`..., or the values of a map by id."""
    if isinstance(result, list):
        return result
    if not isinstance(result, dict) or not result:
        return []
    inner = next(iter(result.values())) if len(result) == 1 else result
    if isinstance(inner, dict):
        return list(inner.values())
    return inner if isinstance(inner, list) else []


def _line(method: str, params: Mapping[str, object]) -> str:
    query = build_query(params)
    return f"{method}?{query}" if query else method


def _sorted_out(commands: Mapping[str, Command], result: Mapping[str, Any]) -> BatchAnswer:
    """An empty map arrives as []; a command in neither map was never run (halt, or a cut-off list)."""
    results, errors = _map(result.get("result")), _map(result.get("result_error"))
    answer = BatchAnswer()
    for key, (method, _) in commands.items():
        error = errors.get(key)
        if isinstance(error, Mapping):
            answer.errors[key] = fault_of_answer(
                {"error": "", **error}, status=200, method=method
            ) or fault("")
        elif error is not None:
            answer.errors[key] = fault(error, method=method)
        elif key in results:
            answer.results[key] = results[key]
        else:
            answer.errors[key] = fault(NOT_RUN, method=method)
    return answer


def _map(value: object) -> dict[str, Any]:
    """PHP sends a map with keys 0, 1, 2 as a list, an empty one as []."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return {}
