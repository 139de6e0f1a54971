"""Durable work: enqueue a flow by name and key inside the caller's transaction.

The queue lives in the app's own database, so a flow exists exactly when the row that asked for it does.
The same key twice runs once. The worker (app.worker) runs the flows, fairly: every portal has a line of its
own, and however long one line is, the others move (P9).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from dbos import DBOS, DBOSClient, EnqueueOptions
from dbos._schemas import SCHEMA_PLACEHOLDER
from dbos._schemas.system_database import SystemSchema
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

QUEUE = "paraph-portals"
"""One line a portal."""
OLD_QUEUE = "paraph"
"""One line for all portals: worked off, no longer filled."""
HOUSE = "house"
"""The line of what is no portal's: upkeep."""
APP_VERSION = "flows-1"
"""Raise it only when a change of flows makes half-done ones unreadable."""
APP_NAME = "paraph"
UNDER_WAY = ["PENDING", "ENQUEUED", "DELAYED"]
FLOWS_SCHEMA = "dbos"
"""Where the queue's own tables lie on PostgreSQL; on SQLite they are beside ours."""
SETTLES_S = {"card": 3.0}
"""Flows that show how things stand: one run, a moment later, shows several changes in one call: that a document is
sent and its first message left; a signature and the next invitation; the last signature and the seal."""


OwnerOf = Callable[[Session, str], str]
"""Returns the portal that a flow's first argument belongs to, "" for none."""


def no_owner(_session: Session, _argument: str) -> str:
    """Return "": everything stands in one line."""
    return ""


class Jobs:
    """Asks for flows. Connects at the first use, so a web process starts without the queue."""

    def __init__(self, engine: Engine, owner_of: OwnerOf = no_owner) -> None:
        self._engine = engine
        self._owner_of = owner_of
        self._client: DBOSClient | None = None
        self._lock = threading.Lock()

    def lay_out(self) -> None:
        """Make or bring up to date the queue's own tables; the client that only asks never makes them."""
        DBOS.migrate(self._engine.url.render_as_string(hide_password=False))

    def enqueue(
        self, session: Session, flow: str, key: str, *args: str, delay_s: float | None = None
    ) -> None:
        """Ask for `flow` with `args` when (and only if) the transaction of `session` commits.

        delay_s: how long it waits first; not given, as long as flows of this name settle.
        """
        options: EnqueueOptions = {
            "workflow_name": flow,
            "queue_name": QUEUE,
            "queue_partition_key": self._line(session, args),
            "workflow_id": key,
            "app_version": APP_VERSION,
        }
        wait_s = SETTLES_S.get(flow, 0.0) if delay_s is None else delay_s
        if wait_s:
            options["delay_seconds"] = wait_s
        self._ready().enqueue_in_transaction(session, options, *args)

    def _line(self, session: Session, args: tuple[str, ...]) -> str:
        return (self._owner_of(session, args[0]) if args else "") or HOUSE

    def under_way(self, start: str) -> bool:
        """Whether a flow whose key begins with `start` waits, runs, or waits out bad weather."""
        found = self._ready().list_workflows(
            workflow_id_prefix=start,
            status=UNDER_WAY,
            limit=1,
            load_input=False,
            load_output=False,
        )
        return bool(found)

    def open_counts(self) -> dict[tuple[str, str], int]:
        """Return how many flows wait or run, by name and status."""
        flows = SystemSchema.workflow_status
        query = (
            select(flows.c.name, flows.c.status, func.count())
            .where(flows.c.status.in_(UNDER_WAY))
            .group_by(flows.c.name, flows.c.status)
        )
        schema = None if self._engine.dialect.name == "sqlite" else FLOWS_SCHEMA
        where = {"schema_translate_map": {SCHEMA_PLACEHOLDER: schema}}
        with self._engine.connect().execution_options(**where) as connection:
            return {(name, status): count for name, status, count in connection.execute(query)}

    def _ready(self) -> DBOSClient:
        with self._lock:
            if self._client is None:
                self._client = DBOSClient(
                    system_database_engine=self._engine, application_name=APP_NAME, lazy=True
                )
            return self._client
