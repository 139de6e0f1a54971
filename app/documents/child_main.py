"""The helper process of child.py: reads a job, forks, limits the fork, passes its answer on.

Run as `python -m app.documents.child_main CPU_S WALL_S`; stdin and stdout carry length-prefixed messages.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.documents import jobs_in_child
from app.documents.child import HEADER, MAX_ANSWER, MEMORY, TOO_MUCH, UNREADABLE
from app.errors import ParaphError


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork that waits for its one job: where it reads it, and where it answers."""

    pid: int
    ask: int
    answer: int


def main() -> None:
    """Serve jobs until stdin ends. The fork of the next job stands ready, so that nobody waits for it."""
    cpu_s, wall_s = int(sys.argv[1]), int(sys.argv[2])
    jobs_in_child.warm_up()
    gc.freeze()  # what the forks share is never looked at, and so never copied, by their collector
    gc.disable()  # a fork lives for one document
    source, out = sys.stdin.buffer, sys.stdout.buffer
    ready = stand_ready(cpu_s)
    while True:
        header = source.read(HEADER.size)
        if len(header) < HEADER.size:
            _end(ready)
            return
        size, _ = HEADER.unpack(header)
        out.write(serve(source.read(size), ready, wall_s))
        out.flush()
        ready = stand_ready(cpu_s)


def stand_ready(cpu_s: int) -> Fork:
    """Return a fork that waits for its job."""
    asked, ask = os.pipe()
    answer, answered = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ask)
        os.close(answer)
        _work(asked, answered, cpu_s)
    os.close(asked)
    os.close(answered)
    return Fork(pid, ask, answer)


def serve(request: bytes, fork: Fork, wall_s: int) -> bytes:
    """Return the message that answers `request`, computed in the limited `fork`, which ends with it."""
    with contextlib.suppress(BrokenPipeError):
        _write_all(fork.ask, HEADER.pack(len(request), 0) + request)
    answer = _listen(fork.answer, wall_s)
    _end(fork)
    return answer if _is_whole(answer) else _failure(TOO_MUCH, {})


def _end(fork: Fork) -> None:
    os.kill(fork.pid, signal.SIGKILL)
    os.close(fork.ask)
    os.close(fork.answer)
    os.waitpid(fork.pid, 0)


def _work(asked: int, answered: int, cpu_s: int) -> None:
    """The fork's whole life. It never returns; without a job it ends with the helper."""
    try:
        for stream in (0, 1):
            os.close(stream)  # the helper's own line to us
        jobs_in_child.rehearse()
        request = _asked(asked)
        if request:
            _write_all(answered, _answer(request, cpu_s))
    finally:
        os._exit(0)


def _asked(asked: int) -> bytes:
    """The job; empty when the helper ended."""
    with os.fdopen(asked, "rb") as source:
        header = source.read(HEADER.size)
        return source.read(HEADER.unpack(header)[0]) if len(header) == HEADER.size else b""


def _answer(request: bytes, cpu_s: int) -> bytes:
    try:
        _limit(cpu_s)
        job, arguments = pickle.loads(request)  # noqa: S301 - written by our own process
        values, blob = jobs_in_child.JOBS[job](**arguments)
        return _message({"result": values}, blob)
    except ParaphError as error:
        return _failure(error.message_key, error.values, getattr(error, "field", ""))
    except (MemoryError, RecursionError):
        return _failure(TOO_MUCH, {})
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        return _failure(UNREADABLE, {}, fault=fault)


def _limit(cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def _listen(reader: int, wall_s: int) -> bytes:
    """Collect the fork's message, until its deadline or until it says too much."""
    deadline, pieces, total = time.monotonic() + wall_s, [], 0
    while total <= MAX_ANSWER:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        piece = os.read(reader, 1 << 20) if ready else b""
        if not piece:
            break
        pieces.append(piece)
        total += len(piece)
    return b"".join(pieces)


def _is_whole(message: bytes) -> bool:
    if len(message) < HEADER.size:
        return False
    return len(message) == HEADER.size + sum(HEADER.unpack(message[: HEADER.size]))


def _failure(
    key: str, values: Mapping[str, object], field: str = "file", *, fault: str = ""
) -> bytes:
    said = {name: str(value) for name, value in values.items()}
    return _message({"error": key, "values": said, "field": field, "fault": fault}, b"")


def _message(head: Mapping[str, object], blob: bytes) -> bytes:
    text = json.dumps(head).encode()
    return HEADER.pack(len(text), len(blob)) + text + blob


def _write_all(writer: int, message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[os.write(writer, view) :]


if __name__ == "__main__":
    main()
