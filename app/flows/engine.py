"""How flows run: durable steps on DBOS, waiting without end for what time will mend.

A step is a plain function of services and ids. Its result is recorded, so after a crash the flow goes on
behind the last recorded step; a step that was under way runs again and must be safe twice. Failures that
time mends (`is_retryable`) are waited out: half a second at first, fifteen minutes in the end, for thirty days.
A flow that waits holds one of the worker's few places, so only the first seconds are waited in place. Then it
ends and asks for itself again, later and under a key of its own; what was done already is found done.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from dbos import DBOS
from structlog.contextvars import bind_contextvars

from app.errors import is_retryable
from app.services import Services

P = ParamSpec("P")
R = TypeVar("R")
WAITS_IN_PLACE_S = (0.5, 1.0, 2.0)
FIRST_WAIT_S, LONGEST_WAIT_S = 4.0, 900.0
TRIES = 30 * 24 * 4
"""Thirty days of quarters of an hour."""
AGAIN = "~"
"""In a key: what follows counts how often the flow asked for itself again."""

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


class Postponed(Exception):
    """The flow ends here and comes back when the weather may have changed."""


def flow(name: str) -> Callable[[Callable[..., R]], Callable[..., R | None]]:
    """Make a function a durable flow that jobs ask for by `name`; it returns None when it was postponed."""

    def make(work: Callable[..., R]) -> Callable[..., R | None]:
        @wraps(work)
        def run(*args: str) -> R | None:
            bind_contextvars(flow=key())
            try:
                return work(*args)
            except Postponed:
                DBOS.run_step({"name": "postpone"}, _ask_again, name, *args)
                return None

        return DBOS.workflow(name=name)(run)

    return make


def step(action: Callable[Concatenate[Services, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what `action(services, ...)` returned, this time or before the crash; waits out the weather.

    Raises Postponed when that takes longer than seconds; only `flow` catches it.
    """
    for wait_s in (*WAITS_IN_PLACE_S, None):
        try:
            return _recorded(action, *args, **kwargs)
        except Exception as error:
            if not is_retryable(error) or (wait_s is None and _tries() >= TRIES):
                raise
            log.info("waiting", step=action.__name__, error=type(error).__name__, wait_s=wait_s)
            if wait_s is None:
                raise Postponed from error
        DBOS.sleep(wait_s)
    raise Postponed


def wait_after(tries: int) -> float:
    """Return for how many seconds a flow waits that came back `tries` times already."""
    return min(FIRST_WAIT_S * 2.0 ** min(tries, 20), LONGEST_WAIT_S)


def _tries() -> int:
    return int(key().partition(AGAIN)[2] or 0)


def _ask_again(name: str, *args: str) -> str:
    """Ask for the present flow once more, later; return the new key."""
    first, tries = key().partition(AGAIN)[0], _tries()
    again = f"{first}{AGAIN}{tries + 1}"
    wait_s = wait_after(tries)
    with tools().database.transaction() as session:
        tools().jobs.enqueue(session, name, again, *args, delay_s=wait_s)
    return again


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
