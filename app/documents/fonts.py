"""Fonts a Word file asks for, and those this host would silently replace. Asked of fontconfig, once a process."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from functools import lru_cache

NEEDED = ("Liberation Sans", "Liberation Serif", "Liberation Mono")
"""What our examples and most documents are printed with."""
SAME_WIDTHS = {
    "arial": "liberation sans",
    "helvetica": "liberation sans",
    "times new roman": "liberation serif",
    "times": "liberation serif",
    "courier new": "liberation mono",
    "courier": "liberation mono",
    "calibri": "carlito",
    "calibri light": "carlito",
    "cambria": "caladea",
    "georgia": "gelasio",
}
"""Fonts and their doubles: every letter as wide, so that lines and pages break alike."""
PROBE_S = 10
_ASKED = re.compile(rb'w:(?:ascii|hAnsi)="([^"]{1,80})"')
_THEME = re.compile(rb'<a:latin typeface="([^"+]{1,80})"')
_SYMBOLS = frozenset({"symbol", "wingdings", "wingdings 2", "wingdings 3", "webdings"})


def asked_fonts(parts: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return the fonts that the parts of a .docx name for Latin text, in alphabetical order."""
    found: set[bytes] = set()
    for name, body in parts:
        if re.fullmatch(r"word/(document|styles|header\d*|footer\d*)\.xml", name):
            found.update(_ASKED.findall(body))
        elif name.startswith("word/theme/"):
            found.update(_THEME.findall(body)[:2])
    return sorted({one.decode("utf-8", "replace").strip() for one in found} - {""})


def replaced_fonts(asked: Iterable[str]) -> tuple[str, ...]:
    """Return those of `asked` that this host has neither itself nor a double of; () where it cannot be asked."""
    have = installed_families()
    if not have:
        return ()
    return tuple(name for name in asked if not _is_there(name.casefold(), have))


@lru_cache(maxsize=256)
def printed_in(name: str) -> str:
    """Return the font that this host takes in place of `name`; "" where it cannot be asked."""
    program = shutil.which("fc-match")
    if program is None or name.startswith("-"):
        return ""
    pattern = re.sub(r"([\\\-:,])", r"\\\1", name)
    return _asked([program, "--format", "%{family}", pattern]).split(",")[0].strip()


def _is_there(name: str, have: frozenset[str]) -> bool:
    return name in have or SAME_WIDTHS.get(name, "") in have or name in _SYMBOLS


@lru_cache(maxsize=1)
def installed_families() -> frozenset[str]:
    """Return the font families of this host, case folded; empty where fontconfig is not to be had."""
    program = shutil.which("fc-list")
    if program is None:
        return frozenset()
    lines = _asked([program, "--format", "%{family}\n"]).splitlines()
    return frozenset(name.strip().casefold() for line in lines for name in line.split(","))


def _asked(command: list[str]) -> str:
    """What fontconfig answers; "" when it does not."""
    try:
        done = subprocess.run(  # noqa: S603 - fontconfig, and a name without its signs
            command, capture_output=True, timeout=PROBE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
