"""Kills the worker at the worst moment: what it asked for has happened outside, and it never learns so.

The portal's own lists of calls, mails and SMS are replaced by lists that pull the wire when something is put in,
which is before the answer leaves.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from tests.journeys.kit import Scene


class _Wire:
    """Kills the worker at the first thing that fits, and waits until it is dead."""

    def __init__(self, scene: Scene, fits: Callable[[Any], bool]) -> None:
        self.scene, self.fits, self.is_pulled = scene, fits, False

    def feel(self, thing: Any) -> None:
        process = self.scene.worker.process
        if self.is_pulled or process is None or not self.fits(thing):
            return
        self.is_pulled = True
        self.scene.worker.kill()
        process.wait(10)


class _WiredList(list[Any]):
    wire: _Wire

    def append(self, thing: Any) -> None:
        super().append(thing)
        self.wire.feel(thing)


class _WiredDeque(deque[Any]):
    wire: _Wire

    def append(self, thing: Any) -> None:
        super().append(thing)
        self.wire.feel(thing)


@contextlib.contextmanager
def kill_at_call(scene: Scene, method: str) -> Iterator[None]:
    """Kill the worker when the portal has done `method` and before it answers."""
    state = scene.portal.state
    wired = _WiredDeque(state.rest_log, maxlen=state.rest_log.maxlen)
    wired.wire = _Wire(scene, lambda call: call.method == method and not call.error)
    plain, state.rest_log = state.rest_log, wired
    try:
        yield
    finally:
        plain.clear()
        plain.extend(wired)
        state.rest_log = plain
    assert wired.wire.is_pulled, f"{method} was never called"


@contextlib.contextmanager
def kill_at_message(scene: Scene, kind: str) -> Iterator[None]:
    """Kill the worker when a message of `kind` ("mails" or "sms") was taken and before that is confirmed."""
    wired = _WiredList(getattr(scene.portal.state, kind))
    wired.wire = _Wire(scene, lambda _message: True)
    setattr(scene.portal.state, kind, wired)
    try:
        yield
    finally:
        setattr(scene.portal.state, kind, list(wired))
    assert wired.wire.is_pulled, f"no message arrived in {kind}"
