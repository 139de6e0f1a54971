"""The worker: runs the flows of this installation; no HTTP.

Each worker process has a stable id of its own (app.slots). A killed worker's flows go on when a process takes its
slot again; until then a living worker takes them over. Once a minute the workers ask for `upkeep`, together once.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import structlog
from dbos import DBOS, DBOSConfig
from dbos._error import DBOSException
from sqlalchemy.exc import SQLAlchemyError

from app import flows, logs, memory, services, slots
from app.actions import health
from app.documents.child import CHILD
from app.errors import ToolError
from app.flows import engine
from app.jobs import APP_NAME, APP_VERSION, OLD_QUEUE, QUEUE
from app.services import Services
from app.settings import read
from app.slots import Lock, Locks

THREADS = 6
PER_PORTAL = 4
"""Of these, how many one portal may hold: the others find a free one at once."""
RESCUE_S = 5.0
BEAT_S = 15.0
CLOCK_LOOK_S = 3600.0
ENDS_WITHIN_S = 20
"""How long a worker that is asked to stop lets running flows end; the next one takes over the others."""
CLOCK_S = 60

log = structlog.get_logger()


def main() -> None:
    """Run until asked to stop (SIGTERM, SIGINT); a killed worker's flows go on at the next start."""
    memory.give_back()
    settings = read()
    logs.configure(settings.log_level)
    tools = services.build(settings)
    services.lay_out(tools)
    services.check_keys(tools)
    where = slots.locks_of(tools.database, settings.data)
    slot, held = slots.take(where)
    health.beat(tools, slot, clock_s=None)
    threading.Thread(target=_warm_up, args=(tools,), daemon=True, name="warm-up").start()
    launch(tools, slot)
    log.info("worker ready", slot=slot, flows=sorted(flows.ALL))
    _look_after(Care(tools, where, slot, held))
    DBOS.destroy(workflow_completion_timeout_sec=ENDS_WITHIN_S)
    tools.converter.stop()
    CHILD.stop()
    held.close()


def _warm_up(tools: Services) -> None:
    """Start LibreOffice before the first document needs it; without it PDFs still work."""
    try:
        tools.converter.start()
    except ToolError as error:
        log.warning("no converter", error=type(error).__name__)


def launch(tools: Services, slot: str) -> None:
    """Start running flows as worker `slot`."""
    engine.use(tools)
    config: DBOSConfig = {
        "name": APP_NAME,
        "system_database_engine": tools.database.engine,
        "executor_id": slot,
        "application_version": APP_VERSION,
        "log_level": "WARNING",
        "use_listen_notify": False,
        "run_migrations": False,
        "notification_listener_polling_interval_sec": 1.0,
    }
    DBOS(config=config)
    DBOS.launch()
    serve(poll_s=tools.settings.poll_s)


def serve(*, poll_s: float) -> None:
    """Take flows from their lines, looking every `poll_s` seconds."""
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=THREADS,
        partition_worker_concurrency=PER_PORTAL,
        polling_interval_sec=poll_s,
    )
    DBOS.register_queue(OLD_QUEUE, worker_concurrency=THREADS)


def rescue(where: Locks) -> list[str]:
    """Have the flows of dead workers go on among the living; return their keys."""
    with slots.abandoned(where) as gone:
        if not gone:
            return []
        left = DBOS.list_workflows(
            executor_id=gone, status="PENDING", load_input=False, load_output=False
        )
        keys = [one.workflow_id for one in left]
        if keys:
            DBOS.resume_workflows(keys)
    return keys


def tick(tools: Services) -> str:
    """Ask for this minute's upkeep and return the minute; however many workers ask, it runs once."""
    minute = tools.now().strftime("%Y%m%d%H%M")
    with tools.database.transaction() as session:
        tools.jobs.enqueue(session, "upkeep", f"upkeep:{minute}", minute)
    return minute


@dataclass(slots=True)
class Care:
    """What a worker does beside its flows, each at its own pace."""

    tools: Services
    where: Locks
    slot: str
    held: Lock
    clock_s: float | None = None

    def turns(self) -> tuple[tuple[float, Callable[[], object]], ...]:
        """Return what is done, with the seconds between."""
        return (
            (RESCUE_S, self.rescue),
            (CLOCK_S, lambda: tick(self.tools)),
            (CLOCK_LOOK_S, self.look_at_clock),
            (BEAT_S, self.beat),
        )

    def rescue(self) -> None:
        _tell_rescued(rescue(self.where))

    def look_at_clock(self) -> None:
        self.clock_s = health.clock_offset_s(self.tools)

    def beat(self) -> None:
        """Say that we live. Raises SlotLost when the server gave our slot back: another may hold it now."""
        if not self.held.is_held():
            raise SlotLost(f"{self.slot} was lost with the database's connection.")
        health.beat(self.tools, self.slot, clock_s=self.clock_s)


class SlotLost(SystemExit):
    """This worker's id may be another's: it must end, and start again with an id of its own."""


def _look_after(care: Care) -> None:
    """Take care until asked to stop. Trouble here is told and tried again: the flows go on meanwhile."""
    over = _end_asked()
    due = {turn: time.monotonic() for turn in range(len(care.turns()))}
    while not over.wait(1.0):
        for turn, (pause_s, work) in enumerate(care.turns()):
            if time.monotonic() < due[turn]:
                continue
            due[turn] = time.monotonic() + pause_s
            try:
                work()
            except (DBOSException, SQLAlchemyError, OSError) as error:
                log.warning("worker's care failed", error=type(error).__name__)


def _tell_rescued(keys: list[str]) -> None:
    if keys:
        log.info("rescued", flows=len(keys))


def _end_asked() -> threading.Event:
    over = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return over


if __name__ == "__main__":
    main()
