"""What a database would do for the statements that pages and upkeep send: which of them read a whole table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

GROWING = frozenset(
    {
        "envelopes",
        "documents",
        "fields",
        "recipients",
        "signing_links",
        "signing_codes",
        "deliveries",
        "audit_events",
        "robot_calls",
        "rest_calls",
        "portal_events",
        "layouts",
        "portal_tokens",
    }
)
"""Tables that grow with portals, envelopes or calls."""
SQLITE_SCAN = re.compile(r"^SCAN (\w+)(?! USING)")
POSTGRES_SCAN = re.compile(r"Seq Scan on (\w+)")


@dataclass
class Sent:
    """The statements that were sent, each with one set of parameters."""

    engine: Engine
    statements: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def whole_tables(self) -> Counter[str]:
        """Return the growing tables that are read from end to end, each with the statement."""
        found: Counter[str] = Counter()
        for statement, parameters in self.statements.items():
            for table in self._scanned(statement, parameters):
                found[f"{table}: {' '.join(statement.split())[:400]}"] += 1
        return found

    def _scanned(self, statement: str, parameters: Any) -> Iterator[str]:
        is_sqlite = self.engine.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        pattern = SQLITE_SCAN if is_sqlite else POSTGRES_SCAN
        names = _aliases(statement)
        with self.engine.connect() as connection:
            if not is_sqlite:
                connection.exec_driver_sql("SET enable_seqscan = off")
                connection.exec_driver_sql("SET enable_bitmapscan = on")
            for row in connection.exec_driver_sql(explain + statement, parameters):
                match = pattern.search(row[-1])
                if match and names.get(match[1], match[1]) in GROWING:
                    yield names.get(match[1], match[1])
            connection.rollback()


def _aliases(statement: str) -> dict[str, str]:
    return {alias: name for name, alias in re.findall(r"(\w+) AS (\w+)", statement)}


@contextmanager
def listening(engine: Engine) -> Iterator[Sent]:
    """Yield what collects the statements sent while it listens."""
    sent = Sent(engine)

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.count += 1
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            one = parameters[0] if isinstance(parameters, list) else parameters
            sent.statements.setdefault(statement, one)

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", keep)
