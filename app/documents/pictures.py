"""Pictures of pages, kept by the digest of their PDF: drawn once, then read from a folder of bounded size."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from app.documents.pages import page_picture

MAX_BYTES = 512 * 1024 * 1024
SWEEP_EVERY = 200
"""Pictures drawn between two looks at the folder's size."""


class PagePictures:
    """Draws pages of the PDFs that `load` gives by digest. Processes may share `folder`; losing it costs time."""

    def __init__(
        self, folder: Path, load: Callable[[str], bytes], *, max_bytes: int = MAX_BYTES
    ) -> None:
        self._folder, self._load, self._max_bytes = folder, load, max_bytes
        self._lock = threading.Lock()
        self._drawn = 0

    def get(self, digest: str, index: int, *, width_px: int) -> bytes:
        """Return page `index` (from 0) of the PDF `digest` as a WebP picture. Raises NotFound, BadInput."""
        if not set(digest) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256")
        target = self._folder / digest[:2] / f"{digest}-{index}-{width_px}.webp"
        with contextlib.suppress(OSError):
            picture = target.read_bytes()
            os.utime(target)
            return picture
        picture = page_picture(self._load(digest), index, width_px=width_px)
        with contextlib.suppress(OSError):
            _write_whole(target, picture)
            self._sweep_when_due()
        return picture

    def _sweep_when_due(self) -> None:
        with self._lock:
            self._drawn += 1
            is_due = self._drawn % SWEEP_EVERY == 1
        if is_due:
            self.sweep()

    def sweep(self) -> int:
        """Remove pictures, those seen longest ago first, down to three quarters of the room; return how many."""
        found = []
        for path in self._folder.glob("*/*.webp"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        total, removed = sum(size for _, size, _ in found), 0
        if total <= self._max_bytes:
            return 0
        for _, size, path in sorted(found):
            if total <= self._max_bytes * 3 // 4:
                break
            path.unlink(missing_ok=True)
            total, removed = total - size, removed + 1
        return removed


def _write_whole(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    with os.fdopen(handle, "wb") as part:
        part.write(content)
    Path(name).rename(target)
