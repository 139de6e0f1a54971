"""The portal's queue of calls to applications: events and robots.

Form bodies, a small delay, no order promised, never sent a second time: a handler that is
down misses the call, and only the log here knows.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

import requests

from emulator.faults import Faults
from emulator.rest.params import to_pairs
from emulator.state import Delivery, State

TIMEOUT_S = 20
WORKERS = 4
Done = Callable[[Delivery], None]


def report(done: Future[None]) -> None:
    """Print what went wrong in the queue itself (not in a handler: that is kept in the log)."""
    error = None if done.cancelled() else done.exception()
    if error is not None:
        traceback.print_exception(error)


class Outbox:
    """Sends deliveries in the background. `delay_s`: how long the queue holds each one."""

    def __init__(self, state: State, faults: Faults, *, delay_s: float = 0.2) -> None:
        self.state = state
        self.faults = faults
        self.delay_s = delay_s
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="outbox")
        self.idle = threading.Condition()
        self.pending = 0
        self.closed = False

    def send(
        self,
        kind: Literal["event", "robot"],
        name: str,
        url: str,
        body: dict[str, Any],
        *,
        run_id: int = 0,
        done: Done | None = None,
    ) -> None:
        """Queue one POST. done(delivery) runs after it, whatever came back."""
        rule = self.faults.take(f"{kind}:{name}")
        misbehaviour = rule.kind if rule else ""
        copies = {"lost": 0, "duplicate": 2}.get(misbehaviour, 1)
        late_s = rule.seconds if rule and misbehaviour == "late" else 0.0
        body = tampered(body, misbehaviour)
        for _ in range(copies):
            self.queue(kind, name, url, body, run_id=run_id, done=done, late_s=late_s)

    def queue(self, kind: Any, name: str, url: str, body: dict[str, Any], **more: Any) -> None:
        delivery = Delivery(
            self.state.next_id("delivery"),
            kind,
            name,
            url,
            self.state.now(),
            body,
            run_id=more["run_id"],
        )
        with self.state.lock:
            self.state.deliveries.append(delivery)
        with self.idle:
            if self.closed:
                return
            self.pending += 1
        work = self.pool.submit(self.deliver, delivery, more["done"], more["late_s"])
        work.add_done_callback(report)

    def deliver(self, delivery: Delivery, done: Done | None, late_s: float = 0.0) -> None:
        try:
            time.sleep(self.delay_s + late_s)
            if not self.closed:
                self.post(delivery)
                if done:
                    done(delivery)
        finally:
            with self.idle:
                self.pending -= 1
                self.idle.notify_all()

    def post(self, delivery: Delivery) -> None:
        try:
            answer = requests.post(
                delivery.url,
                data=to_pairs(delivery.body),
                headers={"User-Agent": "Bitrix24 Webhook Engine", "Accept": "*/*"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
            delivery.status = answer.status_code
        except requests.RequestException as error:
            delivery.status, delivery.error = 0, type(error).__name__
        self.state.touch()

    def wait_idle(self, timeout_s: float = 10.0) -> bool:
        """Return whether everything queued so far was sent within `timeout_s`."""
        with self.idle:
            return self.idle.wait_for(lambda: self.pending == 0, timeout_s)

    def close(self) -> None:
        with self.idle:
            self.closed = True
        self.pool.shutdown(wait=False, cancel_futures=True)


def tampered(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the body as a forger or a careless queue would send it."""
    auth = dict(body.get("auth", {}))
    if kind == "wrong_token":
        auth["application_token"] = "0" * 32
    if kind == "no_auth":
        for name in ("access_token", "refresh_token", "expires", "expires_in", "user_id"):
            auth.pop(name, None)
    return {**body, "auth": auth}
