"""A file that is made once: whole or not at all, and by one of those who start at the same time."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_once(path: Path, data: bytes, *, mode: int) -> None:
    """Put `data` at `path` whole or not at all; an existing file stays as it is, whoever made it.

    Linked into place after it is on the disk: nobody ever reads a half of it, not even after a kill.
    """
    if path.exists():
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        try:
            path.hardlink_to(part)
        except FileExistsError:
            return  # another process was first: its file is the file
    finally:
        part.unlink()
