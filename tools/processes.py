"""A few processes that live and end together, each with its log file."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

PAUSE_S = 0.1
GRACE_S = 15.0


class Trouble(Exception):
    """Something a person can act on; the text says what and how."""


@dataclass(slots=True)
class Running:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(slots=True)
class Group:
    """Processes that end together: on leaving, the last started ends first."""

    logs: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    members: list[Running] = field(default_factory=list)

    def __enter__(self) -> Group:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for running in reversed(self.members):
            _ask_to_end(running.process)
        for running in reversed(self.members):
            _make_sure(running.process)

    def start(self, name: str, command: Sequence[str], *, cwd: Path) -> Running:
        """Start `command` in a session of its own, so that Ctrl-C reaches us first."""
        log = self.logs / f"{name}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(  # noqa: S603
                list(command),
                cwd=cwd,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(name, process, log)
        self.members.append(running)
        return running

    def wait_for(self, what: str, is_ready: Callable[[], bool], *, at_most_s: float = 60.0) -> None:
        """Return once `is_ready`; raises Trouble when a member ended or the time is over."""
        over = time.monotonic() + at_most_s
        while not is_ready():
            self.check()
            if time.monotonic() > over:
                raise Trouble(
                    f"{what} did not get ready within {at_most_s:.0f} s.\n{self._tails()}"
                )
            time.sleep(PAUSE_S)

    def check(self) -> None:
        """Raise Trouble when a member has ended by itself, with the end of its log."""
        for running in self.members:
            code = running.process.poll()
            if code is not None:
                raise Trouble(f"The {running.name} ended ({code}).\n{tail(running.log)}")

    def _tails(self) -> str:
        return "\n".join(f"--- {one.log}\n{tail(one.log, lines=8)}" for one in self.members)


def answers(url: str) -> bool:
    """Whether a GET of `url` answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def is_free(port: int) -> bool:
    """Whether we could listen on `port` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def tail(log: Path, *, lines: int = 50) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)


def _make_sure(process: subprocess.Popen[bytes]) -> None:
    """Wait for the process; what is left of its session after the grace time is killed."""
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
