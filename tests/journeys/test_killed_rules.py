"""An automation rule's call survives a killed worker: one envelope, one answer."""

from __future__ import annotations

import pytest

from tests.journeys.kit import Scene
from tests.journeys.story import answers, finish, send_by_rule
from tests.journeys.tripwire import kill_at_call

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("end", ["", "!"])
@pytest.mark.parametrize("step", ["draft_for_rule", "answer_if_due"])
def test_a_worker_killed_in_a_rule_answers_it_once(
    stage: Scene, layout: str, step: str, end: str
) -> None:
    before = answers(stage)
    stage.worker.start(KILL_AFTER=step + end)
    story, run = send_by_rule(stage, layout)
    finish(story)
    assert (run.status, run.return_values["status"]) == ("completed", "sealed")
    assert answers(stage) == before + 1


def test_an_answer_that_arrived_before_the_kill_is_not_an_error(stage: Scene, layout: str) -> None:
    before = answers(stage)
    stage.worker.start()
    with kill_at_call(stage, "bizproc.event.send"):
        story, run = send_by_rule(stage, layout)
        finish(story)
    assert (run.status, run.return_values["status"]) == ("completed", "sealed")
    assert answers(stage) == before + 1
