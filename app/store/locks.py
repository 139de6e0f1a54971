"""Locks of PostgreSQL that live as long as a connection (advisory locks): held over several hosts.

The server gives a lock back when the connection that took it ends, however its process ended.
Source: PostgreSQL documentation, "Explicit Locking", advisory locks.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

FAMILY = 0x70617261
"""The first of the two numbers that name a lock ("para"), so that other users of the database do not meet ours."""


@dataclass(frozen=True, slots=True)
class AdvisoryLock:
    """A lock that is held on a connection of its own."""

    connection: Connection

    def is_held(self) -> bool:
        """Whether the connection still answers: the server drops the lock together with it."""
        try:
            return bool(self.connection.execute(text("select 1")).scalar_one())
        except SQLAlchemyError:
            return False

    def close(self) -> None:
        """Give the lock back; a connection that is gone has given it back already."""
        try:
            self.connection.close()
        except SQLAlchemyError:
            return


def take(engine: Engine, number: int) -> AdvisoryLock | None:
    """Return lock `number`, None when it is held elsewhere."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    query = text("select pg_try_advisory_lock(:family, :number)")
    if connection.execute(query, {"family": FAMILY, "number": number}).scalar_one():
        return AdvisoryLock(connection)
    connection.close()
    return None
