"""The schema's life: migrate to the head, tell whether we are there, guard the audit by triggers."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.store.database import Database

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"


def migrate(database: Database) -> None:
    """Bring the schema to the newest revision; running it again changes nothing."""
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision."""
    with database.engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
