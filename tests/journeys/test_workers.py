"""Several workers on one data folder, and what one flow's trouble means to the others."""

from __future__ import annotations

import signal

import pytest

from tests.journeys.kit import Scene, until
from tests.journeys.story import (
    OTHER_QUOTE,
    PHONE,
    RESUMED_WITHIN_S,
    send_by_hand,
    send_by_layout,
)

pytestmark = pytest.mark.journey
PLACES = 6
"""How many flows a worker runs at a time."""


def test_a_living_worker_takes_over_the_flows_of_a_dead_one(stage: Scene, layout: str) -> None:
    first, second = stage.worker, stage.another_worker()
    ready = first.said("worker ready")
    for worker in (first, second):
        worker.start(is_kept=False, KILL_AFTER="seal_document!")
    until(
        "both workers", lambda: first.said("worker ready") > ready and second.said("worker ready")
    )
    assert {first.slots()[-1], second.slots()[-1]} == {"worker-1", "worker-2"}

    story = send_by_layout(stage, layout)
    story.sign_all()
    stage.settle(patience_s=RESUMED_WITHIN_S)

    story.check(deaths=1)
    assert sorted([first.deaths, second.deaths]) == [0, 1]
    assert first.said("rescued") + second.said("rescued") == 1
    second.stop()


def test_a_worker_that_is_asked_to_stop_leaves_its_work_to_the_next(
    stage: Scene, layout: str
) -> None:
    stage.worker.start()
    story = send_by_layout(stage, layout)
    stage.worker.stop(how=signal.SIGTERM)
    stage.worker.start()
    story.sign_all()
    stage.settle(patience_s=RESUMED_WITHIN_S)
    story.check()


def test_flows_that_fail_or_wait_do_not_hold_up_the_others(stage: Scene, layout: str) -> None:
    """More of each than the worker has places."""
    stage.worker.start()
    by_sms = {"contact": "2", "phone": PHONE, "channel": "sms", "first": "client"}
    fault = stage.portal.engine.faults.add("sms:send", "fail", times=None)
    waiting = []
    for number in range(PLACES + 2):
        waiting.append(send_by_hand(stage, deal_id=2, source=OTHER_QUOTE, **by_sms))
        with stage.tools.database.transaction() as session:
            stage.tools.jobs.enqueue(session, "finish", f"finish:nobody-{number}", "nobody")
    until("trouble", lambda: fault.hits >= PLACES)

    story = send_by_layout(stage, layout)
    story.sign_all()
    until("the sealed PDF on the deal", story.comments)
    assert story.envelope.status == "sealed"
    assert sum(one.mails_of("invitation") for one in waiting) == 0

    stage.portal.engine.faults.clear()
    stage.settle()
    assert [one.mails_of("invitation") for one in waiting] == [1] * (PLACES + 2)
    story.check()
