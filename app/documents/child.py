"""A warm helper process in which hostile files are parsed: every job runs in its own fork with hard limits.

The helper (child_main.py) imports the heavy libraries once and forks for each job, so a job costs
milliseconds, not an interpreter start. A fork has 512 MB, 10 s of CPU and 20 s of wall time; what goes
beyond dies alone. The helper gets an empty environment: no secret of ours can be read from inside.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from app.errors import BadInput, ToolError

_log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 512 * 1024 * 1024
CPU_S = 10
WALL_S = 20
SLACK_S = 40
"""How much longer than a job may take its helper may be silent, start included, before it is taken for stuck."""
MAX_ANSWER = 64 * 1024 * 1024
HEADER = struct.Struct(">II")

TOO_MUCH = "This file asks for too much work to be read. Please simplify it."
UNREADABLE = "This file could not be read. Please save it again and retry."
HELPER_GONE = "The document reader stopped. Please try again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job returned: JSON values and one blob."""

    values: Any
    blob: bytes


class LimitedChild:
    """Runs named jobs of `app.documents.jobs_in_child` one at a time; starts and restarts its helper itself."""

    def __init__(self, *, cpu_s: int = CPU_S, wall_s: int = WALL_S) -> None:
        self._limits = (str(cpu_s), str(wall_s))
        self._patience_s = wall_s + SLACK_S
        self._lock = threading.Lock()
        self._helper: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def run(self, job: str, /, **arguments: object) -> Answer:
        """Return the answer of `job`. Raises what the job raised as BadInput, ToolError when it died."""
        request = pickle.dumps((job, arguments))
        with self._lock:
            head, blob = self._ask(request)
        answer = json.loads(head)
        if "error" in answer:
            if answer["fault"]:
                # A fault of ours met inside the fork: where, but nothing of the document.
                _log.error("job_failed", job=job, fault=answer["fault"])
            raise BadInput(answer["error"], field=answer["field"], **answer["values"])
        return Answer(answer["result"], blob)

    def memory(self) -> int:
        """Return the resident memory of the helper in MiB; 0 without one, or where the host does not tell."""
        with self._lock:
            helper = self._helper
            if helper is None or helper.poll() is not None:
                return 0
            try:
                pages = int(Path(f"/proc/{helper.pid}/statm").read_text().split()[1])
            except (OSError, ValueError):
                return 0
        return pages * os.sysconf("SC_PAGE_SIZE") // (1024 * 1024)

    def stop(self) -> None:
        """End the helper; a later `run` starts a new one."""
        with self._lock:
            self._end()

    def _ask(self, request: bytes) -> tuple[bytes, bytes]:
        for last_try in (False, True):
            helper = self._running()
            try:
                return _talk(helper, request, patience_s=self._patience_s)
            except (BrokenPipeError, EOFError) as error:
                self._end()
                if last_try:
                    raise ToolError(HELPER_GONE) from error
        raise ToolError(HELPER_GONE)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            # After a fork of ours the pipes belong to the parent: leave its helper alone.
            self._helper = None
        if self._helper is None or self._helper.poll() is not None:
            self._end()
            self._helper, self._owner = _start(self._limits), os.getpid()
        return self._helper

    def _end(self) -> None:
        helper, self._helper = self._helper, None
        if helper is None:
            return
        for pipe in (helper.stdin, helper.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        helper.kill()
        helper.wait()


def _start(limits: tuple[str, str]) -> subprocess.Popen[bytes]:
    environment = {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PATH": os.defpath}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "app.documents.child_main", *limits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        cwd="/",
        env=environment,
        start_new_session=True,
    )


def _talk(
    helper: subprocess.Popen[bytes], request: bytes, *, patience_s: float
) -> tuple[bytes, bytes]:
    if helper.stdin is None or helper.stdout is None:
        raise EOFError
    _write(helper.stdin, HEADER.pack(len(request), 0) + request)
    deadline = time.monotonic() + patience_s
    head_size, blob_size = HEADER.unpack(_exactly(helper.stdout, HEADER.size, deadline))
    head = _exactly(helper.stdout, head_size, deadline)
    return head, _exactly(helper.stdout, blob_size, deadline)


def _write(pipe: Any, message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[pipe.write(view) :]


def _exactly(pipe: Any, size: int, deadline: float) -> bytes:
    """Read `size` bytes; EOFError when the helper ended, or was silent past the deadline."""
    pieces: list[bytes] = []
    while size > 0:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        piece = pipe.read(min(size, 1 << 20)) if ready else b""
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


CHILD = LimitedChild()
"""One helper for each of our processes, started at the first job."""
