"""Memory goes back to the system when it is free: pictures of pages need twenty megabytes for a moment only."""

from __future__ import annotations

import ctypes
from contextlib import suppress

TRIM_THRESHOLD = -1
"""glibc's name of the setting (malloc.h: M_TRIM_THRESHOLD)."""
KEPT_BYTES = 128 * 1024


def give_back() -> None:
    """Make this process return free memory at once, where the C library is glibc; elsewhere change nothing.

    By itself glibc raises the bar after the first large block is freed, and keeps that much for ever; a bar
    that was set stays where it is (mallopt(3)).
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(TRIM_THRESHOLD, KEPT_BYTES)
