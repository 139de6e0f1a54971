"""The audit's tables on SQLite and PostgreSQL: append-only, details apart, older rows taken along."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import JSON, Column, DateTime, MetaData, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError

from app.core.evidence import check_chain, digest_of, to_json
from app.store import audit, audit_days, schema
from app.store.database import Database
from tests.factories import AT, make_envelope, make_installation


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'system'",
        "DELETE FROM audit_events",
        "UPDATE audit_details SET ip = '::1'",
    ],
)
def test_the_database_refuses_to_change_what_was_recorded(
    database: Database, statement: str
) -> None:
    make_envelope(database, make_installation(database))
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))


def test_details_can_be_erased_and_the_links_stay(database: Database) -> None:
    envelope_id = make_envelope(database, make_installation(database))
    with database.transaction() as session:
        assert audit.erase_details(session, envelope_id, naming=frozenset({"portal_user:1"})) == 1
    with database.reading() as session:
        (event,) = audit.events(session, envelope_id)
    assert event.is_erased
    assert check_chain([to_json(event)]) is None


def test_the_days_and_heads_are_told_alike_by_both_databases(database: Database) -> None:
    envelope_id = make_envelope(database, make_installation(database))
    with database.reading() as session:
        (event,) = audit.events(session, envelope_id)
        day = event.at.date().isoformat()
        assert audit_days.heads(session, day) == {envelope_id: (1, event.hash)}


def test_events_recorded_before_details_stood_apart_still_hold(database_url: str) -> None:
    older = Database(database_url)
    schema.migrate(older, to="0011")
    body = {
        "envelope": "e1",
        "number": 1,
        "kind": "viewed",
        "at": "2026-11-24T09:30:00.123Z",
        "actor": "recipient:r1",
        "ip": "203.0.113.7",
        "browser": "Firefox",
        "data": {"seen": "é"},
        "previous": "0" * 64,
    }
    _insert_older(older, body)
    schema.migrate(older)
    with older.reading() as session:
        (event,) = audit.events(session, "e1")
        assert check_chain([to_json(event)]) is None
        assert event.ip == "203.0.113.7"
    with pytest.raises(DBAPIError, match="append-only"), older.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_events"))
    older.close()


def _insert_older(older: Database, body: dict[str, object]) -> None:
    """Write an event as it was written before, with its portal and envelope, past today's mapped classes."""
    found = MetaData()
    found.reflect(older.engine)
    event = {
        **{name: value for name, value in body.items() if name != "envelope"},
        "at": datetime.fromisoformat(str(body["at"])),
        "hash": digest_of(body),
        "envelope_id": "e1",
        "portal_id": "p1",
    }
    with older.engine.begin() as connection:
        for name, values in {
            "installations": {"portal_id": "p1"},
            "envelopes": {"id": "e1", "portal_id": "p1"},
            "audit_events": event,
        }.items():
            table = found.tables[name]
            connection.execute(table.insert().values({**_anything(table), **values}))


def _anything(table: SqlTable) -> dict[str, object]:
    """Return some value for every column that must have one."""
    plain: dict[type, object] = {str: "", int: 0, bool: False, float: 0.0}
    return {
        column.name: AT if isinstance(column.type, DateTime) else plain.get(python_type(column), {})
        for column in table.columns
        if not column.nullable
    }


def python_type(column: Column[object]) -> type:
    return dict if isinstance(column.type, JSON) else column.type.python_type
