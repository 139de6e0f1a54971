"""The schema's life: migrate to the head, tell whether we are there, guard the audit by triggers."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sqlalchemy import inspect, text

from app.store.database import Database

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"
REVISION = re.compile(r'^(down_)?revision(?:: [^=]+)? = "(\w+)"$', re.MULTILINE)
"""How each of our migrations names itself and the one before."""
LOCK = 0x50415241
"""The PostgreSQL lock under which the schema is changed."""


def migrate(database: Database, to: str = "head") -> None:
    """Bring the schema to the newest revision, or forward to `to`; running it again changes nothing."""
    if to == "head" and is_current(database):
        return
    # Imported here: a process that finds the schema as it should be does without its ten megabytes.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            # Of several that start at once one migrates; the others wait, and find nothing left to do.
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision."""
    return revision(database) == revisions()[-1]


def revision(database: Database) -> str:
    """Return the revision the database is at, "" before the first."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        found = connection.execute(text("select version_num from alembic_version"))
        return str(found.scalar_one_or_none() or "")


@cache
def revisions() -> tuple[str, ...]:
    """Return every revision this version knows, the first one first. Raises KeyError when one is missing."""
    after = {}
    for path in (FOLDER / "versions").glob("*.py"):
        named = {bool(down): name for down, name in REVISION.findall(path.read_text("utf-8"))}
        after[named.get(True, "")] = named[False]
    line = [after[""]]
    while line[-1] in after:
        line.append(after[line[-1]])
    return tuple(line)
