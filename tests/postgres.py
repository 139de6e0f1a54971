"""A throw-away PostgreSQL server for one test process: own folder, own socket, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_programs() -> Path | None:
    """Return the folder of the newest initdb and postgres on this machine, or None."""
    on_path = shutil.which("postgres")
    if on_path and shutil.which("initdb"):
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    return found[-1].parent if found else None


@contextmanager
def running() -> Iterator[Path]:
    """Yield the folder of the socket of a fresh server; it is gone afterwards."""
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    # A socket's path is limited to about 100 bytes, so the folder's name is kept short.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data = folder / "d"
    as_user = _give_to_postgres(folder)
    try:
        _run(as_user, [programs / "initdb", "-D", data, "-A", "trust", "-U", "paraph", "-N"])
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        start = [
            programs / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            options,
            "start",
        ]
        _run(as_user, start)
        try:
            yield folder
        finally:
            _run(as_user, [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give_to_postgres(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root; its own user must then own the folder."""
    if os.getuid() != 0:
        return None
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user.pw_name


def _run(user: str | None, command: list[object]) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/tmp",
    )
