"""The worker: runs the flows of this installation; no HTTP.

Each worker process has a stable id of its own (app.slots). A killed worker's flows go on when a process takes its
slot again; until then a living worker takes them over. Once a minute the workers ask for `upkeep`, together once.
"""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from types import FrameType

import structlog
from dbos import DBOS, DBOSConfig
from dbos._error import DBOSException
from sqlalchemy.exc import SQLAlchemyError

from app import flows, logs, services, slots
from app.documents.child import CHILD
from app.errors import ToolError
from app.flows import engine
from app.jobs import APP_NAME, APP_VERSION, QUEUE
from app.services import Services
from app.settings import read

THREADS = 6
RESCUE_S = 5.0
CLOCK_S = 60

log = structlog.get_logger()


def main() -> None:
    """Run until asked to stop (SIGTERM, SIGINT); a killed worker's flows go on at the next start."""
    settings = read()
    logs.configure(settings.log_level)
    tools = services.build(settings)
    services.lay_out(tools)
    services.check_keys(tools)
    folder = settings.data / "workers"
    slot, held = slots.take(folder)
    threading.Thread(target=_warm_up, args=(tools,), daemon=True, name="warm-up").start()
    launch(tools, slot)
    log.info("worker ready", slot=slot, flows=sorted(flows.ALL))
    _look_after(tools, folder)
    DBOS.destroy()
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
    DBOS.register_queue(
        QUEUE, worker_concurrency=THREADS, polling_interval_sec=tools.settings.poll_s
    )


def rescue(folder: Path) -> list[str]:
    """Have the flows of dead workers go on among the living; return their keys."""
    with slots.abandoned(folder) as gone:
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


def _look_after(tools: Services, folder: Path) -> None:
    """Rescue and tick until asked to stop. Trouble here is told and tried again: the flows go on meanwhile."""
    over = _end_asked()
    next_rescue = next_tick = time.monotonic()
    while not over.wait(1.0):
        now = time.monotonic()
        try:
            if now >= next_rescue:
                next_rescue = now + RESCUE_S
                _tell_rescued(rescue(folder))
            if now >= next_tick:
                next_tick = now + CLOCK_S
                tick(tools)
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
