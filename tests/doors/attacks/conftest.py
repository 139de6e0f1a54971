"""A pretend portal with our app installed, for those who mean ill."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.services import Services
from app.web import create_app
from emulator.server import Emulator
from tests.frame_kit import Portal, running_portal, settings_for, without_waiting


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with running_portal() as running:
        yield running


@pytest.fixture
def portal(emulator: Emulator, make_services: Callable[..., Services]) -> Portal:
    emulator.reset()
    emulator.state.limits.enabled = False
    services = without_waiting(make_services(**settings_for(emulator)))
    made = Portal(emulator, services, create_app(services))
    made.install()
    return made
