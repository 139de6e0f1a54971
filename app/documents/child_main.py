"""The helper process of child.py: reads a job, forks, limits the fork, passes its answer on.

Run as `python -m app.documents.child_main CPU_S WALL_S`; stdin and stdout carry length-prefixed messages.
"""

from __future__ import annotations

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
from pathlib import Path

from app.documents import jobs_in_child
from app.documents.child import HEADER, MAX_ANSWER, MEMORY, TOO_MUCH, UNREADABLE
from app.errors import ParaphError


def main() -> None:
    """Serve jobs until stdin ends."""
    cpu_s, wall_s = int(sys.argv[1]), int(sys.argv[2])
    jobs_in_child.warm_up()
    gc.freeze()  # what the forks share is never looked at, and so never copied, by their collector
    gc.disable()  # a fork lives for one document
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while True:
        header = source.read(HEADER.size)
        if len(header) < HEADER.size:
            return
        size, _ = HEADER.unpack(header)
        out.write(serve(source.read(size), cpu_s, wall_s))
        out.flush()


def serve(request: bytes, cpu_s: int, wall_s: int) -> bytes:
    """Return the message that answers `request`, computed in a limited fork."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _work(request, writer, cpu_s)
    os.close(writer)
    answer = _listen(reader, pid, wall_s)
    os.close(reader)
    os.waitpid(pid, 0)
    return answer if _is_whole(answer) else _failure(TOO_MUCH, {})


def _work(request: bytes, writer: int, cpu_s: int) -> None:
    """The fork's whole life. It never returns."""
    try:
        _write_all(writer, _answer(request, cpu_s))
    finally:
        os._exit(0)


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


def _listen(reader: int, pid: int, wall_s: int) -> bytes:
    """Collect the fork's message; kill it at its deadline or when it says too much."""
    deadline, pieces, total = time.monotonic() + wall_s, [], 0
    while total <= MAX_ANSWER:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        piece = os.read(reader, 1 << 20) if ready else b""
        if not piece:
            break
        pieces.append(piece)
        total += len(piece)
    os.kill(pid, signal.SIGKILL)
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
