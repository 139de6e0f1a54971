"""Bytes by their SHA-256, in a local folder: written once, never changed, never overwritten."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.core.ids import Digest
from app.errors import NotFound


class Files:
    """A write-once store in `folder`; a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> Digest:
        """Store `content` and return its SHA-256; storing it again changes nothing."""
        digest = Digest(hashlib.sha256(content).hexdigest())
        target = self._path(digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self._write_whole(target, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes stored as `digest`; raises NotFound. Damaged bytes count as not found."""
        try:
            content = self._path(digest).read_bytes()
        except (FileNotFoundError, ValueError) as error:
            raise NotFound("A stored file is missing.") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise NotFound("A stored file is damaged.")
        return content

    def digests(self) -> Iterator[str]:
        """Yield what is stored, in no order."""
        for path in self._folder.glob("??/*"):
            if not path.name.startswith("."):
                yield path.name

    def is_writable(self) -> bool:
        """Whether something new could be stored now."""
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".probe-") as probe:
                probe.write(b"paraph")
        except OSError:
            return False
        return True

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256")
        return self._folder / digest[:2] / digest

    @staticmethod
    def _write_whole(target: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        with os.fdopen(handle, "wb") as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(name).rename(target)
