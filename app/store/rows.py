"""Every row of the database, ours and the queue's, out of one database and into another of either kind.

Rows travel as one JSON object a line. What is read is one moment's state: SQLite reads from its snapshot,
PostgreSQL in a repeatable-read transaction, while others go on writing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    null,
    select,
    text,
)

from app.errors import WrongState
from app.store.database import Database

FLOWS_SCHEMA = "dbos"
NOT_OURS = frozenset({"alembic_version", "dbos_migrations", "application_versions"})
"""What laying out a database writes by itself."""
AT_ONCE = 500
EMPTY = "is empty: "


@dataclass(frozen=True, slots=True)
class TableSum:
    """How many rows a table has, and a digest of them that does not depend on their order."""

    rows: int
    digest: str


class Reading:
    """One moment's state of a database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = _tables(connection)

    def names(self) -> list[str]:
        """Return the tables, in an order in which they can be filled."""
        return list(self._tables)

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the rows of a table, each a line of JSON without its line end."""
        table = self._tables[name]
        empty = [one.is_(null()).label(EMPTY + one.name) for one in _json(table)]
        asked = self._connection.execution_options(yield_per=AT_ONCE)
        with asked.execute(select(table, *empty)) as found:
            for row in found:
                yield _line(row._mapping)


@contextmanager
def reading(database: Database) -> Iterator[Reading]:
    """Yield the state of this moment, which stays as it is while it is read."""
    level = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(paraph_read=True, **level) as connection:
        yield Reading(connection)


@contextmanager
def filling(database: Database) -> Iterator[Callable[[str, Iterable[bytes]], None]]:
    """Yield what puts lines into the table of a name; all of it is kept at the end, or nothing."""
    with database.engine.begin() as connection:
        tables = _tables(connection)

        def fill(name: str, lines: Iterable[bytes]) -> None:
            if name in tables:
                _fill(connection, tables[name], lines)
            elif any(True for _ in lines):
                raise WrongState("This database has no place for the table {name}.", name=name)

        yield fill
        if not database.is_sqlite:
            _raise_counters(connection, tables.values())


def sums(database: Database) -> dict[str, TableSum]:
    """Return count and digest of every table, at one moment."""
    with reading(database) as state:
        return {name: total(state.lines(name)) for name in state.names()}


def total(lines: Iterable[bytes]) -> TableSum:
    """Return count and digest of `lines`."""
    count, added = 0, 0
    for line in lines:
        count += 1
        added += int.from_bytes(hashlib.sha256(line).digest(), "big")
    return TableSum(count, f"{added % 2**256:064x}")


def is_empty(database: Database) -> bool:
    """Whether no portal and no envelope is in the database, or it has no tables yet."""
    if not inspect(database.engine).has_table("installations"):
        return True
    with reading(database) as state:
        return not any(next(iter(state.lines(one)), None) for one in ("installations", "envelopes"))


def clear(database: Database, names: Iterable[str]) -> None:
    """Empty tables of a database that is about to be filled; the audit must be empty already."""
    with database.engine.begin() as connection:
        tables = _tables(connection)
        for name in reversed([one for one in tables if one in set(names)]):
            if name not in ("audit_events", "audit_days"):
                connection.execute(tables[name].delete())


def _tables(connection: Connection) -> dict[str, Table]:
    """Return our tables and the queue's by name, those first that others point to."""
    found = MetaData()
    found.reflect(connection)
    if connection.dialect.name != "sqlite" and inspect(connection).has_schema(FLOWS_SCHEMA):
        found.reflect(connection, schema=FLOWS_SCHEMA)
    return {one.name: one for one in found.sorted_tables if one.name not in NOT_OURS}


def _json(table: Table) -> list[Column[Any]]:
    return [one for one in table.columns if isinstance(one.type, JSON)]


def _line(row: Mapping[Any, Any]) -> bytes:
    """Return a row as JSON. A JSON column that is empty is left out: JSON's own null is something else."""
    values = {str(name): _plain(value) for name, value in row.items()}
    for marker in [name for name in values if name.startswith(EMPTY)]:
        if values.pop(marker):
            del values[marker.removeprefix(EMPTY)]
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat(timespec="microseconds")
    return value


def _fill(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    moments = {one.name for one in table.columns if isinstance(one.type, DateTime)}
    empty = {one.name: null() for one in _json(table)}
    rows = iter(lines)
    while some := list(islice(rows, AT_ONCE)):
        read = (_values(json.loads(line), moments) for line in some)
        connection.execute(insert(table), [{**empty, **row} for row in read])


def _values(row: dict[str, Any], moments: set[str]) -> dict[str, Any]:
    for name in moments & row.keys():
        if row[name] is not None:
            row[name] = datetime.fromisoformat(row[name])
    return row


def _raise_counters(connection: Connection, tables: Iterable[Table]) -> None:
    """PostgreSQL: numbers that the server counts go on behind the largest that was put in."""
    for table in tables:
        for column in table.primary_key.columns:
            full = f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'
            query = text("select pg_get_serial_sequence(:full, :column)")
            sequence = connection.execute(query, {"full": full, "column": column.name}).scalar()
            largest = connection.execute(select(func.max(column))).scalar() if sequence else None
            if largest is not None:
                connection.execute(text("select setval(:it, :at)"), {"it": sequence, "at": largest})
