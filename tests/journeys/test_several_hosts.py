"""Several web and worker processes on one PostgreSQL, as on several hosts; only stored files are shared."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.conftest import new_postgres
from tests.journeys.hands import Signer, install, link_to
from tests.journeys.kit import Scene, scene, until
from tests.journeys.story import CLIENT, DIRECTOR, send_by_hand

pytestmark = [pytest.mark.journey, pytest.mark.postgres]


@pytest.fixture(scope="module")
def stage(postgres_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A portal with our app, whose database is PostgreSQL."""
    folder = tmp_path_factory.mktemp("journey")
    with scene(folder, database_url=new_postgres(postgres_server)) as made:
        install(made)
        yield made


@pytest.fixture
def second_web(stage: Scene) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A second web process, under gunicorn as in the container; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["app.web:create_app()", "--worker-class", "gthread", "--threads", "4"]
    command = [sys.executable, "-m", "gunicorn", *words, "--bind", f"127.0.0.1:{port}"]
    with (stage.data / "second-web.log").open("wb") as log:
        environment = dict(stage.worker.environment)
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until("the second web", lambda: answers(f"http://localhost:{port}/healthz"), poll_s=0.2)
        yield process, f"http://localhost:{port}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def test_two_webs_and_two_workers_carry_one_envelope(
    stage: Scene, second_web: tuple[subprocess.Popen[bytes], str]
) -> None:
    """Sent at one web, signed at the other, while the worker that works is killed; then all are asked to stop."""
    process, address = second_web
    first, second = stage.worker, stage.another_worker()
    for worker in (first, second):
        worker.start(is_kept=False, KILL_AFTER="certify!")
    until("both workers", lambda: first.slots() and second.slots())
    assert {first.slots()[-1], second.slots()[-1]} == {"worker-1", "worker-2"}
    assert not (stage.data / "workers").exists()

    story = send_by_hand(stage)
    for person, needs_code in ((DIRECTOR, False), (CLIENT, True)):
        link = link_to(stage, person, after=story.mails_before).replace(stage.base_url, address)
        Signer(stage, link, person).sign(needs_code=needs_code)
    stage.settle()

    story.check(deaths=1)
    assert sorted([first.deaths, second.deaths]) == [0, 1]
    assert answers(f"{address}/readyz")
    alive = first if second.deaths else second
    assert alive.process is not None
    for asked in (process, alive.process):
        asked.send_signal(signal.SIGTERM)
    assert [process.wait(40), alive.process.wait(40)] == [0, 0]
