"""Judges a stranger's file in a process of its own, with hard limits: for files that come in from outside.

`verify` opens nothing that is not proven to be ours; this is the second wall. Each file gets a fresh interpreter
(child_main.py) with an empty environment, 512 MB, 10 s of CPU and 20 s of wall time. However it ends, the answer
is a report: a check that did not come to its end is no proof.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore

import structlog

from app.errors import TooMany
from app.sealing import report as said
from app.sealing.report import SealReport, Verdict

_log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 512 * 1024 * 1024
ANSWER_BYTES = 16 * 1024 * 1024
CPU_S = 10
WALL_S = 20
WAIT_S = 5
"""For a turn; with the check itself it stays below what web servers grant a request (30 s)."""
AT_ONCE = 2
"""Checks of one of our processes that run side by side; others wait their turn."""
_BUSY = "Many files are being checked right now. Please try again in a minute."
_turns = BoundedSemaphore(AT_ONCE)


def verify_apart(
    pdf: bytes,
    *,
    trusted_roots: Sequence[bytes],
    tsa_roots: Sequence[bytes],
    wait_s: float = WAIT_S,
    limits: tuple[int, int] = (MEMORY_BYTES, CPU_S),
) -> SealReport:
    """Return what `verify.verify` says of `pdf`, asked in a limited process; roots are PEM.

    Raises TooMany when no turn came within `wait_s`. `limits`: bytes of memory, seconds of CPU.
    """
    asked = {
        "trusted_roots": [one.decode("ascii") for one in trusted_roots],
        "tsa_roots": [one.decode("ascii") for one in tsa_roots],
    }
    with _turn(wait_s):
        answer = _ask(json.dumps(asked).encode() + b"\n", pdf, limits)
    try:
        report = said.from_json(json.loads(answer))
    except (ValueError, KeyError, TypeError):
        return _unfinished(pdf)
    return report


@contextmanager
def _turn(wait_s: float) -> Iterator[None]:
    if not _turns.acquire(timeout=wait_s):
        raise TooMany(_BUSY)
    try:
        yield
    finally:
        _turns.release()


def _ask(head: bytes, pdf: bytes, limits: tuple[int, int]) -> bytes:
    """Return what the child wrote, "" when it was ended; its own limit on files bounds the answer."""
    command = [sys.executable, "-m", "app.sealing.child_main", *map(str, limits)]
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module
                command,
                input=head + pdf,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PATH": os.defpath},
                start_new_session=True,
                timeout=WALL_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return b""
        if done.returncode:
            _log.warning("check_ended_early", code=done.returncode, bytes=len(pdf))
            return b""
        answer.seek(0)
        return answer.read(ANSWER_BYTES)


def _unfinished(pdf: bytes) -> SealReport:
    return SealReport(
        verdict=Verdict.INVALID,
        reasons=(said.UNFINISHED,),
        file_sha256=hashlib.sha256(pdf).hexdigest(),
    )
