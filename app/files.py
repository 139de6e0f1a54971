"""Bytes by their SHA-256: written once, never changed, deleted when nothing needs them; in a folder or a bucket.

Where they lie is a shelf (`Folder` here, `app.bucket.Bucket`); the rules are here, the same for both.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from app.core.ids import Digest
from app.errors import NoRoom, NotFound, StorageUnavailable

HEX = frozenset("0123456789abcdef")


class Shelf(Protocol):
    """Where bytes lie by name. Every method raises StorageUnavailable when the shelf cannot be reached."""

    def has(self, name: str) -> bool: ...

    def read(self, name: str) -> bytes:
        """Raises NotFound."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put `content` there whole or not at all."""
        ...

    def names(self) -> Iterator[str]: ...

    def renew(self, name: str, content: bytes) -> None:
        """Say that what lies there was wanted again just now."""
        ...

    def written_at(self, name: str) -> datetime | None:
        """Return when it was written or renewed last, None when it is not there."""
        ...

    def remove(self, name: str) -> None:
        """Take it away; again changes nothing."""
        ...

    def is_writable(self) -> bool: ...

    def free_bytes(self) -> int | None:
        """Return the room that is left, None where there is no end of it."""
        ...


class Files:
    """A write-once store on `shelf`; new uploads are refused when less than `spare_bytes` are free."""

    def __init__(self, shelf: Shelf, *, spare_bytes: int = 0) -> None:
        self._shelf, self._spare_bytes = shelf, spare_bytes

    def put(self, content: bytes) -> Digest:
        """Store `content` and return its SHA-256; storing it again changes nothing."""
        digest = Digest(hashlib.sha256(content).hexdigest())
        if self._shelf.has(digest):
            self._shelf.renew(digest, content)
        else:
            self._shelf.write(digest, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes stored as `digest`; raises NotFound. Damaged bytes count as not found."""
        if len(digest) != 64 or not set(digest) <= HEX:
            raise NotFound("A stored file is missing.")
        content = self._shelf.read(digest)
        if hashlib.sha256(content).hexdigest() != digest:
            raise NotFound("A stored file is damaged.")
        return content

    def remove(self, digest: str, *, unless_since: datetime | None = None) -> bool:
        """Delete the bytes stored as `digest`, and return whether they are gone; no row may need them.

        unless_since: leave what was stored again since then: somebody may be about to name it in a row.
        """
        if len(digest) != 64 or not set(digest) <= HEX:
            return True
        written_at = self._shelf.written_at(digest)
        if written_at and unless_since and written_at > unless_since:
            return False
        self._shelf.remove(digest)
        return True

    def digests(self) -> Iterator[str]:
        """Yield what is stored, in no order."""
        return self._shelf.names()

    def is_writable(self) -> bool:
        """Whether something new could be stored now."""
        return self._shelf.is_writable()

    def require_room(self) -> None:
        """Make sure that something new may come in; raises NoRoom. What was begun is stored to the last byte."""
        free = self._shelf.free_bytes()
        if free is not None and free < self._spare_bytes:
            raise NoRoom


class Folder:
    """A shelf in a local folder: one file a name, in folders by its first two letters."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def has(self, name: str) -> bool:
        return self._path(name).exists()

    def read(self, name: str) -> bytes:
        with _told():
            try:
                return self._path(name).read_bytes()
            except FileNotFoundError as error:
                raise NotFound("A stored file is missing.") from error

    def write(self, name: str, content: bytes) -> None:
        target = self._path(name)
        with _told():
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, part_name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
            part = Path(part_name)
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
                part.rename(target)
            except OSError:
                part.unlink(missing_ok=True)
                raise

    def names(self) -> Iterator[str]:
        for path in self._folder.glob("??/*"):
            if not path.name.startswith("."):
                yield path.name

    def renew(self, name: str, content: bytes) -> None:
        with _told():
            self._path(name).touch()

    def written_at(self, name: str) -> datetime | None:
        with _told():
            try:
                return datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        with _told():
            self._path(name).unlink(missing_ok=True)

    def is_writable(self) -> bool:
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".probe-") as probe:
                probe.write(b"paraph")
        except OSError:
            return False
        return True

    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self._folder).free

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the disk refused in our own words: time, or the operator, mends it."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable from error
