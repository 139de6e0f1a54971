"""Durable work: enqueue a flow by name and key inside the caller's transaction.

The queue lives in the app's own database, so a flow exists exactly when the row that asked for it does.
The same key twice runs once. The worker (app.worker) runs the flows.
"""

from __future__ import annotations

import threading

from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy import Engine
from sqlalchemy.orm import Session

QUEUE = "paraph"
APP_VERSION = "flows-1"
"""Raise it only when a change of flows makes half-done ones unreadable."""
APP_NAME = "paraph"
SETTLES_S = {"card": 1.5}
"""Flows that show how things stand: one run, a moment later, shows several changes in one call."""


class Jobs:
    """Asks for flows. Connects at the first use, so a web process starts without the queue."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
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
            "workflow_id": key,
            "app_version": APP_VERSION,
        }
        wait_s = SETTLES_S.get(flow, 0.0) if delay_s is None else delay_s
        if wait_s:
            options["delay_seconds"] = wait_s
        self._ready().enqueue_in_transaction(session, options, *args)

    def under_way(self, start: str) -> bool:
        """Whether a flow whose key begins with `start` waits, runs, or waits out bad weather."""
        found = self._ready().list_workflows(
            workflow_id_prefix=start,
            status=["PENDING", "ENQUEUED", "DELAYED"],
            limit=1,
            load_input=False,
            load_output=False,
        )
        return bool(found)

    def _ready(self) -> DBOSClient:
        with self._lock:
            if self._client is None:
                self._client = DBOSClient(
                    system_database_engine=self._engine, application_name=APP_NAME, lazy=True
                )
            return self._client
