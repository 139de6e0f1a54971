"""How flows run: durable steps on DBOS, waiting without end for what time will mend.

A step is a plain function of services and ids. Its result is recorded, so after a crash the flow goes on
behind the last recorded step; a step that was under way runs again and must be safe twice. Failures that
time mends (`is_retryable`) are waited out: half a second at first, fifteen minutes in the end, for thirty days.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from dbos import DBOS

from app.errors import is_retryable
from app.services import Services

P = ParamSpec("P")
R = TypeVar("R")
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 900.0
LONGEST_AGE_S = 30 * 24 * 3600.0

log = structlog.get_logger()
_services: list[Services] = []


def use(services: Services) -> None:
    """Give the flows of this process their tools; called once by the worker, before it starts."""
    _services[:] = [services]


def tools() -> Services:
    """Return the tools of this process."""
    return _services[0]


def key() -> str:
    """Return the key under which the present flow was asked for; the same in every life of it."""
    return DBOS.workflow_id or ""


def step(action: Callable[Concatenate[Services, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what `action(services, ...)` returned, this time or before the crash; waits out the weather."""
    waits = _waits()
    while True:
        try:
            return _recorded(action, *args, **kwargs)
        except Exception as error:
            if not is_retryable(error):
                raise
            wait_s = next(waits, None)
            if wait_s is None:
                raise
            log.info("waiting", step=action.__name__, error=type(error).__name__, wait_s=wait_s)
        DBOS.sleep(wait_s)


def _recorded(
    action: Callable[Concatenate[Services, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    name = action.__name__

    def run() -> R:
        result = action(tools(), *args, **kwargs)
        _fall_dead(name + "!")
        return result

    result = DBOS.run_step({"name": name}, run)
    _fall_dead(name)
    return result


def _waits() -> Iterator[float]:
    wait_s, age_s = FIRST_WAIT_S, 0.0
    while age_s < LONGEST_AGE_S:
        yield wait_s
        age_s += wait_s
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def _fall_dead(name: str) -> None:
    """Fault tests: kill this process here, once. "name!": done but not recorded; "name": recorded.

    The marker file in the data folder makes sure that the next life passes.
    """
    settings = tools().settings
    if settings.kill_after != name:
        return
    marker = settings.data / f"killed-{name.strip('!')}-{'before' if '!' in name else 'after'}"
    if marker.exists():
        return
    marker.touch()
    os.kill(os.getpid(), signal.SIGKILL)
