"""A pretend portal for this folder, fresh before each test, with our app installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.services import Services
from app.web import create_app
from emulator.server import Emulator
from tests.frame_kit import Portal, running_portal, settings_for


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with running_portal() as running:
        yield running


@pytest.fixture
def bare_portal(emulator: Emulator, make_services: Callable[..., Services]) -> Portal:
    """A portal where our app is not installed yet."""
    emulator.reset()
    emulator.state.limits.enabled = False
    services = make_services(**settings_for(emulator))
    return Portal(emulator, services, create_app(services))


@pytest.fixture
def portal(bare_portal: Portal) -> Portal:
    bare_portal.install()
    return bare_portal
