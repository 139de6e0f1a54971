"""What every test may ask for: a clock that stands still, databases of both kinds, services with real tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy import create_engine, text

from app.services import Services, build, lay_out
from app.settings import Settings
from app.store import schema
from app.store.database import Database
from tests import postgres
from tools import present

# How long a page may take to show what is awaited: a ceiling for machines that do much at once.
PATIENCE_MS = 20_000


@dataclass
class Clock:
    """A clock that moves only when told."""

    at: datetime = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **duration: float) -> None:
        self.at += timedelta(**duration)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; each test opens contexts of its own in it."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=present.browser(), args=present.browser_args()
        )
        yield browser
        browser.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    with postgres.running() as folder:
        yield folder


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'paraph.db'}"
    folder = request.getfixturevalue("postgres_server")
    return new_postgres(folder)


def new_postgres(folder: Path) -> str:
    """Return the address of a new, empty database of the server with its socket in `folder`."""
    name = f"t{uuid4().hex[:12]}"
    engine = create_engine(
        f"postgresql+psycopg://paraph@/postgres?host={folder}", isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"postgresql+psycopg://paraph@/{name}?host={folder}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of each kind with our schema."""
    made = Database(database_url)
    schema.migrate(made)
    yield made
    made.close()


def test_settings(folder: Path, **changes: object) -> Settings:
    """Return settings for tests: a folder of their own, nothing from the environment."""
    values: dict[str, object] = {
        "data": folder / "data",
        "client_id": "local.paraph.test",
        "client_secret": "test-secret",
        "base_url": "http://localhost:8610",
        "oauth_url": "http://127.0.0.1:9",
        "local_portals": True,
        "organisation": "Atelier Lumen",
        "poll_s": 0.05,
    }
    return Settings.model_validate({**values, **changes})


test_settings.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture
def make_services(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Services]]:
    """Make services on SQLite with a still clock; changes go into the settings."""
    made: list[Services] = []

    def make(**changes: object) -> Services:
        services = build(test_settings(tmp_path, **changes), now=clock)
        lay_out(services)
        made.append(services)
        return services

    yield make
    for services in made:
        services.database.close()


@pytest.fixture
def services(make_services: Callable[..., Services]) -> Services:
    return make_services()
