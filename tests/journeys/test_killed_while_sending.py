"""The worker is killed once at each step from Sign to the invitation: everything happens, nothing twice.

"step" means recorded, then killed; "step!" done, but killed before that was recorded.
"""

from __future__ import annotations

import pytest

from tests.journeys.kit import Scene
from tests.journeys.story import finish_under, portal_documents, send_by_layout

pytestmark = pytest.mark.journey
STEPS = ("fetch_source", "send_prepared", "invite", "carry", "show_card")


@pytest.mark.parametrize("end", ["", "!"])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_while_sending_goes_on_and_repeats_nothing(
    stage: Scene, layout: str, step: str, end: str
) -> None:
    documents = portal_documents(stage)
    finish_under(stage, lambda: send_by_layout(stage, layout), step + end)
    assert portal_documents(stage) == documents + 1
