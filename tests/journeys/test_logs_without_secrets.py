"""S14: a whole envelope's way, from the install to the copies, leaves no secret in logs, files or a backup."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from app import logs
from app.actions import backup
from emulator.demo_data import CLIENT_SECRET
from emulator.web import SMS_KEY
from tests.journeys.hands import install
from tests.journeys.kit import Scene, scene
from tests.journeys.story import send_by_hand

pytestmark = pytest.mark.journey
TOKENS = text("select portal_id, access_enc, refresh_enc from portal_tokens")
SIX_DIGITS = re.compile(r"(?<![-\w])(\d{6})(?![-\w])")


@pytest.fixture(scope="module")
def told() -> Iterator[io.StringIO]:
    """Everything the web process of this test writes into its log, and what libraries say."""
    said, before = io.StringIO(), sys.stderr
    sys.stderr = said
    root = logging.getLogger()
    kept = root.handlers[:]
    factory = logging.getLogRecordFactory()
    root.handlers.clear()
    logs.configure("DEBUG")
    pretend = logging.getLogger("mail.log")
    pretend.setLevel(logging.WARNING)  # the pretend portal's own mail server, in this process
    yield said
    sys.stderr = before
    root.handlers[:] = kept
    root.setLevel(logging.WARNING)
    logging.setLogRecordFactory(factory)
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def stage(told: io.StringIO, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One envelope went its way, while web and worker logged all they can."""
    with scene(tmp_path_factory.mktemp("journey")) as made:
        install(made)
        made.worker.start(LOG_LEVEL="DEBUG")
        story = send_by_hand(made)
        story.sign_all()
        made.settle()
        story.check()
        made.worker.stop()
        yield made


def secrets_of(stage: Scene) -> dict[str, str]:
    """Return every secret of the journey by what it is."""
    state = stage.portal.state
    found = {"client secret": CLIENT_SECRET, "SMS key": SMS_KEY}
    with state.lock:
        texts = [mail.text for mail in state.mails] + [sms.text for sms in state.sms]
    for number, words in enumerate(texts):
        for token in re.findall(r"/s/([\w-]{20,})", words):
            found[f"signing token {number}"] = token
        for code in SIX_DIGITS.findall(words) if "/s/" not in words else ():
            found[f"code {number}"] = code
    with stage.tools.database.reading() as session:
        rows = session.execute(TOKENS).all()
    for row in rows:
        for name in ("access", "refresh"):
            purpose = f"portal_tokens.{name}:{row.portal_id}"
            found[f"{name} token"] = stage.tools.secrets.decrypt(
                purpose, getattr(row, f"{name}_enc")
            )
    key = (stage.data / "keys" / "secrets.key").read_text("utf-8").strip()
    found["data key"] = key
    return found


def places(stage: Scene, told: io.StringIO, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what an operator hands on: logs, and a backup without a password."""
    yield "the web's log", told.getvalue().encode()
    yield "the worker's log", stage.worker.log.read_bytes()
    path = folder / "b.tar"
    backup.create(stage.tools, path)
    yield "the backup", path.read_bytes()


def test_no_secret_is_in_a_log_or_a_backup(stage: Scene, told: io.StringIO, tmp_path: Path) -> None:
    secrets = secrets_of(stage)
    assert len(secrets) >= 8, sorted(secrets)
    assert {name.split()[0] for name in secrets} >= {"signing", "code", "access", "refresh", "data"}
    hits = [
        f"{name} in {place}: {around(secret, content)}"
        for place, content in places(stage, told, tmp_path)
        for name, secret in secrets.items()
        if is_in(secret, content)
    ]
    assert hits == []


def around(secret: str, content: bytes) -> bytes:
    """Return what stands beside the secret, to find who wrote it."""
    at = content.find(secret.encode())
    return content[max(0, at - 120) : at + 60].replace(secret.encode(), b"[it]")


def is_in(secret: str, content: bytes) -> bool:
    """Whether the secret stands there by itself: six digits also occur inside longer numbers."""
    if len(secret) > 6:
        return secret.encode() in content
    return re.search(rb"(?<![\w.:-])" + secret.encode() + rb"(?![\w.])", content) is not None


def test_the_logs_say_enough_to_follow_one_request_and_one_flow(
    stage: Scene, told: io.StringIO
) -> None:
    web = [json.loads(line) for line in told.getvalue().splitlines() if line.startswith("{")]
    requests = [line for line in web if line["event"] == "request"]
    assert len(requests) > 10
    assert all(line["request_id"] for line in requests)
    assert any("***" in line["path"] for line in requests)
    log = stage.worker.log.read_text("utf-8").splitlines()
    lines = [json.loads(line) for line in log if line.startswith("{")]
    assert {line["flow"].split(":")[0] for line in lines if "flow" in line} & {"finish", "card"}
