"""Several processes that start for the first time at one moment: one set of keys, and all of them run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from app.secrets import Secrets
from app.services import Services, check_keys
from app.store.database import Database
from app.store.tables import Canary
from app.write_once import write_once

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 4
Made = TypeVar("Made")


def together(work: Callable[[], Made]) -> list[Made]:
    """Return what `work` gave to each of several who began at the same moment."""
    gate = threading.Barrier(AT_ONCE)

    def begin(_: int) -> Made:
        gate.wait()
        return work()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(begin, range(AT_ONCE)))


def test_those_who_start_at_once_have_one_key(tmp_path: Path) -> None:
    for number in range(60):
        folder = tmp_path / str(number)
        made = together(partial(Secrets, folder))
        assert len({one.keyed_hash("test", "x") for one in made}) == 1
        assert [path.name for path in folder.iterdir()] == ["secrets.key"]


def test_a_file_made_once_is_never_seen_half_made(tmp_path: Path) -> None:
    path = tmp_path / "once"
    together(lambda: write_once(path, b"x" * 100_000, mode=0o600))
    assert path.read_bytes() == b"x" * 100_000
    write_once(path, b"another", mode=0o600)
    assert path.stat().st_size == 100_000
    assert path.stat().st_mode & 0o777 == 0o600


def test_of_several_first_starts_one_leaves_the_known_text(
    database: Database, services: Services
) -> None:
    ready = replace(services, database=database)
    together(partial(check_keys, ready))
    with database.reading() as session:
        assert len(session.execute(select(Canary)).all()) == 1
    check_keys(ready)


START = "from app.web import create_app; create_app()"


def test_web_processes_that_start_first_at_once_all_stand(
    database_url: str, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "PARAPH_DATA": str(tmp_path / "data"),
        "PARAPH_DATABASE_URL": database_url if database_url.startswith("postgresql") else "",
        "PARAPH_CLIENT_ID": "local.paraph.test",
        "PARAPH_CLIENT_SECRET": "test-secret",
        "PARAPH_BASE_URL": "http://localhost:8610",
        "PARAPH_OAUTH_URL": "http://127.0.0.1:9",
        "PARAPH_LOCAL_PORTALS": "true",
        "PARAPH_ORGANISATION": "Atelier Lumen",
    }
    command = [sys.executable, "-c", START]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    begun = [
        subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes)  # type: ignore[call-overload]
        for _ in range(3)
    ]
    said = [one.communicate(timeout=120)[0] for one in begun]
    assert [one.returncode for one in begun] == [0, 0, 0], said
