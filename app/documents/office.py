"""One LibreOffice process, warm, in a folder and profile of its own; spoken to over UNO by office_worker.py."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from app.documents.office_setup import (
    OfficeProgram,
    office_command,
    office_environment,
    with_private_files,
    without_network,
    write_profile,
)
from app.errors import ConversionFailed

WORKER = Path(__file__).with_name("office_worker.py")
START_S = 60.0
WALLS = frozenset({"profile", "network", "files"})
_PIPES = "/tmp"  # noqa: S108 - where LibreOffice puts its sockets, whatever TMPDIR says


class OfficeDied(Exception):
    """LibreOffice or its worker ended, or went past its time; `late` tells which."""

    def __init__(self, *, late: bool) -> None:
        self.late = late
        super().__init__("late" if late else "ended")


class Office:
    """One warm LibreOffice. Not for several threads at once: the pool in convert.py sees to that."""

    def __init__(self, program: OfficeProgram) -> None:
        self._program = program
        self.printed = 0
        self.version = ""
        self._folder = Path(tempfile.mkdtemp(prefix="paraph-office-"))
        self._pipe = f"paraph{uuid.uuid4().hex}"
        self._office: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start LibreOffice and wait until it answers. Raises ConversionFailed."""
        write_profile(self._folder / "profile")
        pipe = self._pipe
        command = [
            *without_network(),
            *with_private_files(self._program, self._folder),
            *office_command(self._program.soffice, self._folder / "profile"),
            f"--accept=pipe,name={pipe};urp;StarOffice.ComponentContext",
        ]
        self._office = self._spawn(command)
        worker = [self._program.uno_python, str(WORKER), pipe]
        self._worker = self._spawn([*worker, str(self._office.pid), str(self._folder)], talks=True)
        try:
            self.version = str(self._hear(START_S).get("ready", ""))
        except OfficeDied as error:
            self.kill()
            raise ConversionFailed from error

    def _spawn(self, command: Sequence[str], *, talks: bool = False) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE if talks else subprocess.DEVNULL
        return subprocess.Popen(  # noqa: S603 - our own command line
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            env=office_environment(self._folder),
            cwd=self._folder,
            start_new_session=True,
        )

    def to_pdf(self, document: bytes, kind: str, *, timeout_s: float) -> bytes:
        """Return `document` as a PDF. Raises OfficeDied, ConversionFailed when LibreOffice refuses it."""
        source, target = self._folder / f"in.{kind}", self._folder / "out.pdf"
        try:
            source.write_bytes(document)
            self._tell({"in": str(source), "out": str(target), "kind": kind})
            heard = self._hear(timeout_s)
            self.printed += 1
            if "ok" not in heard:
                raise ConversionFailed
            return target.read_bytes()
        except OSError as error:
            raise OfficeDied(late=False) from error
        finally:
            with contextlib.suppress(OSError):
                source.unlink()
            with contextlib.suppress(OSError):
                target.unlink()

    def _tell(self, message: dict[str, str]) -> None:
        if self._worker is None or self._worker.stdin is None:
            raise OfficeDied(late=False)
        self._worker.stdin.write(json.dumps(message).encode() + b"\n")
        self._worker.stdin.flush()

    def _hear(self, timeout_s: float) -> dict[str, object]:
        if self._worker is None or self._worker.stdout is None:
            raise OfficeDied(late=False)
        descriptor, deadline, line = self._worker.stdout.fileno(), time.monotonic() + timeout_s, b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise OfficeDied(late=True)
            piece = os.read(descriptor, 65_536)
            if not piece:
                raise OfficeDied(late=False)
            line += piece
        heard: dict[str, object] = json.loads(line.splitlines()[-1])
        return heard

    def memory(self) -> int:
        """Return the resident memory of LibreOffice in bytes; 0 where the host does not tell."""
        return group_memory(self._office.pid) if self._office else 0

    def is_alive(self) -> bool:
        """Whether both processes run."""
        both = (self._office, self._worker)
        return all(process is not None and process.poll() is None for process in both)

    def kill(self) -> None:
        """End both processes and remove what they left."""
        for process in (self._office, self._worker):
            if process is not None:
                kill_group(process)
        for pipe in (self._worker.stdin, self._worker.stdout) if self._worker else ():
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        remove_sockets(self._folder / "profile", self._pipe)


def print_once(
    program: OfficeProgram,
    document: bytes,
    kind: str,
    *,
    timeout_s: float,
    walls: frozenset[str] = WALLS,
) -> bytes:
    """Return `document` as a PDF by a LibreOffice started for it alone: slower, needs no `uno` module.

    walls: what stands between LibreOffice and the outside, so that each can be shown to hold alone.
    Raises OfficeDied, ConversionFailed.
    """
    with tempfile.TemporaryDirectory(prefix="paraph-office-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if "profile" in walls:
            write_profile(folder / "profile")
        source = folder / f"in.{kind}"
        source.write_bytes(document)
        command = list(without_network()) if "network" in walls else []
        command += with_private_files(program, folder) if "files" in walls else ()
        command += office_command(program.soffice, folder / "profile")
        command += ["--convert-to", "pdf:writer_pdf_Export", "--outdir", name, str(source)]
        try:
            _run_once(command, folder, timeout_s)
        finally:
            remove_sockets(folder / "profile")
        target = folder / "in.pdf"
        if not target.is_file():
            raise ConversionFailed
        return target.read_bytes()


def _run_once(command: Sequence[str], folder: Path, timeout_s: float) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own command line
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=office_environment(folder),
        cwd=folder,
        start_new_session=True,
    )
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired as error:
        raise OfficeDied(late=True) from error
    finally:
        kill_group(process)


def remove_sockets(profile: Path, *pipes: str) -> None:
    """Remove the sockets that a killed LibreOffice leaves."""
    for leftover in sockets_of(profile, *pipes):
        leftover.unlink(missing_ok=True)


def sockets_of(profile: Path, *pipes: str) -> list[Path]:
    """Return the sockets of one LibreOffice: `pipes`, and the one it names by its profile.

    Its name is the MD5 of the profile's address in UTF-16, digits unpadded (LibreOffice, officeipcthread.cxx).
    """
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    own = "SingleOfficeIPC_" + "".join(f"{byte:x}" for byte in digest)
    found = (Path(_PIPES).glob(f"OSL_PIPE_*_{name}") for name in (own, *pipes))
    return [socket for sockets in found for socket in sockets]


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End `process` and all it started, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def group_memory(group: int) -> int:
    """Return the resident bytes of every process in `group`; 0 without /proc."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[2]) == group:
                total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return total
