"""The schema's life: migrate to the head, tell whether we are there, guard the audit by triggers."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.store.database import Database

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"


def migrate(database: Database, to: str = "head") -> None:
    """Bring the schema to the newest revision, or forward to `to`; running it again changes nothing."""
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision."""
    return revision(database) == ScriptDirectory.from_config(_config()).get_current_head()


def revision(database: Database) -> str:
    """Return the revision the database is at, "" before the first."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def revisions() -> list[str]:
    """Return every revision this version knows, the first one first."""
    script = ScriptDirectory.from_config(_config())
    return [one.revision for one in reversed(list(script.walk_revisions()))]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
