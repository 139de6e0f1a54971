"""The worker is killed once while our own template is filled and printed by LibreOffice."""

from __future__ import annotations

import pytest

from tests.journeys.kit import Scene
from tests.journeys.story import CONTRACT, finish_under, send_by_hand

pytestmark = [pytest.mark.journey, pytest.mark.office]


@pytest.mark.parametrize(
    "step", ["fill_document", "fill_document!", "print_document", "print_document!"]
)
def test_a_worker_killed_while_printing_prints_once_more_and_signs_once(
    office_stage: Scene, step: str
) -> None:
    story = finish_under(office_stage, lambda: send_by_hand(office_stage, source=CONTRACT), step)
    assert story.fields() == {"us": 1, "client": 1}
