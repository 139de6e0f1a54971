"""The one database: SQLite (WAL) or PostgreSQL, and its transactions.

Never hold a transaction over a network call: read, close, call, write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

__all__ = ["Database", "Session", "make_engine"]
BUSY_S = 20


class Database:
    """An engine and its transactions. `url`: a SQLAlchemy address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session whose work is committed at the end, or not at all.

        On SQLite the write lock is taken at the start, so what is read stays true until the commit.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session for queries only; nothing is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            if self.is_sqlite:
                session.connection(execution_options={"paraph_read": True})
            yield session

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def is_reachable(self) -> bool:
        """Whether a query answers."""
        try:
            with self.reading() as session:
                return bool(session.execute(text("select 1")).scalar_one())
        except SQLAlchemyError:
            return False

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def make_engine(url: str) -> Engine:
    """Return an engine set up for us: WAL and immediate transactions on SQLite, a live check else.

    Parameters stay out of the driver's errors: those are logged, and parameters are people's data.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, hide_parameters=True)
    folder = make_url(url).database
    if folder and folder != ":memory:":
        Path(folder).parent.mkdir(parents=True, exist_ok=True)
    connect = {"timeout": BUSY_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
    cursor.close()


def _begin(connection: Any) -> None:
    """SQLite: lock for writing at once, so that no later upgrade can fail half-way."""
    reads = connection.get_execution_options().get("paraph_read")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
