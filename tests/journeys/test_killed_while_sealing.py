"""The worker is killed once at each step from the last signature to the comment on the deal.

"step" means recorded, then killed; "step!" done, but killed before that was recorded.
"""

from __future__ import annotations

import pytest

from tests.journeys.kit import Scene
from tests.journeys.story import finish_under, send_by_layout

pytestmark = pytest.mark.journey
STEPS = (
    "stamp_document",
    "certify",
    "seal_document",
    "mark_sealed",
    "send_copies",
    "write_comment",
)


@pytest.mark.parametrize("end", ["", "!"])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_while_sealing_leaves_one_seal_and_one_comment(
    stage: Scene, layout: str, step: str, end: str
) -> None:
    finish_under(stage, lambda: send_by_layout(stage, layout), step + end)
