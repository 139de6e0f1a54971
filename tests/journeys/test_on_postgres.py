"""The main job on PostgreSQL, where the queue, its recovery and the locks are other code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import new_postgres
from tests.journeys.hands import install
from tests.journeys.kit import Scene, scene
from tests.journeys.story import finish_under, newest_layout, send_by_hand, send_by_layout

pytestmark = [pytest.mark.journey, pytest.mark.postgres]


@pytest.fixture(scope="module")
def stage(postgres_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A portal with our app, whose database is PostgreSQL."""
    folder = tmp_path_factory.mktemp("journey")
    with scene(folder, database_url=new_postgres(postgres_server)) as made:
        install(made)
        yield made


@pytest.mark.parametrize("step", ["show_card!", "seal_document!", "write_comment"])
def test_a_killed_worker_goes_on_and_repeats_nothing(stage: Scene, layout: str, step: str) -> None:
    finish_under(stage, lambda: send_by_layout(stage, layout), step)


def test_another_worker_takes_over(stage: Scene) -> None:
    first, second = stage.worker, stage.another_worker()
    for worker in (first, second):
        worker.start(is_kept=False, KILL_AFTER="certify!")
    story = send_by_hand(stage)
    story.sign_all()
    stage.settle()
    story.check(deaths=1)
    assert sorted([first.deaths, second.deaths]) == [0, 1]
    assert newest_layout(stage)
