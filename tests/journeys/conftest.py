"""One portal with our app in it for each file of journeys: installing once keeps the whole short."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.hands import install
from tests.journeys.kit import Scene, scene
from tests.journeys.story import newest_layout, send_by_hand


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A portal with our app installed and web pages up; no worker runs yet."""
    with scene(tmp_path_factory.mktemp("journey")) as made:
        install(made)
        yield made


@pytest.fixture(scope="module")
def office_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The same with LibreOffice for templates of our own."""
    with scene(tmp_path_factory.mktemp("journey"), has_office=True) as made:
        install(made)
        yield made


@pytest.fixture(scope="module")
def layout(stage: Scene) -> str:
    """The layout of a quote of the portal, remembered from an envelope that went its way undisturbed."""
    stage.worker.start()
    story = send_by_hand(stage)
    story.sign_all()
    stage.settle()
    story.check()
    return newest_layout(stage)
