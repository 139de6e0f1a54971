"""The worker: runs the flows of this installation; no HTTP.

Each worker process has a stable id of its own ("worker-1", "worker-2"...), held by a lock that the operating
system gives back when the process dies, so that the next process takes over its flows at once.
"""

from __future__ import annotations

import fcntl
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import IO

import structlog
from dbos import DBOS, DBOSConfig

from app import flows, logs, services
from app.documents.child import CHILD
from app.errors import ToolError
from app.flows import engine
from app.jobs import APP_NAME, APP_VERSION, QUEUE
from app.services import Services
from app.settings import read

SLOTS = 16
THREADS = 6

log = structlog.get_logger()


def main() -> None:
    """Run until asked to stop (SIGTERM, SIGINT); a killed worker's flows go on at the next start."""
    settings = read()
    logs.configure(settings.log_level)
    tools = services.build(settings)
    services.lay_out(tools)
    services.check_keys(tools)
    slot, held = take_slot(settings.data / "workers")
    threading.Thread(target=_warm_up, args=(tools,), daemon=True, name="warm-up").start()
    launch(tools, slot)
    log.info("worker ready", slot=slot, flows=sorted(flows.ALL))
    _wait_for_the_end()
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


def take_slot(folder: Path) -> tuple[str, IO[str]]:
    """Return the first free worker id and the lock that holds it; raises SystemExit when all are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, SLOTS + 1):
        lock = (folder / f"{number}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return f"worker-{number}", lock
    raise SystemExit(f"{SLOTS} workers run on this data folder already.")


def _wait_for_the_end() -> None:
    over = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not over.wait(1.0):
        pass


if __name__ == "__main__":
    main()
