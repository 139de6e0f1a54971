"""Say whether a part of the machine is here: `present.py office|browser|postgres`.

Exit code 0 and its path, or 1 and a sentence about what stays out and the line that brings it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MAC_OFFICE = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
# Debian starts Chromium through a wrapper; these keep it quiet, and off the network.
BROWSER_ARGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser() -> str:
    """Return the path of a Chromium, or "" when there is none."""
    return _first(BROWSERS, MAC_BROWSERS)


def browser_args() -> list[str]:
    """Return the arguments with which our headless Chromium starts.

    As root Chromium refuses its own sandbox, so there it is told to do without.
    """
    return [*BROWSER_ARGS, *(["--no-sandbox"] if os.getuid() == 0 else [])]


def office() -> str:
    """Return the path of LibreOffice, or ""."""
    return _first(("soffice", "libreoffice"), (MAC_OFFICE,))


def postgres() -> str:
    """Return the path of a PostgreSQL server, or ""."""
    debian = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return _first(("postgres",), tuple(reversed(debian)))


FINDERS: dict[str, tuple[Callable[[], str], str]] = {
    "office": (
        office,
        "LibreOffice is missing: Word documents cannot be printed. "
        "Run: sudo apt-get install -y libreoffice-writer-nogui (or: brew install --cask libreoffice)",
    ),
    "browser": (
        browser,
        "No Chromium here: browser tests and the walk-through stay out. "
        "Run: sudo apt-get install -y chromium (or: brew install --cask chromium)",
    ),
    "postgres": (
        postgres,
        "No PostgreSQL here: its tests stay out. "
        "Run: sudo apt-get install -y postgresql (or: brew install postgresql)",
    ),
}


def _first(names: tuple[str, ...], paths: tuple[str, ...]) -> str:
    found = [shutil.which(name) for name in names]
    return next((path for path in [*found, *paths] if path and Path(path).exists()), "")


def main(what: str) -> int:
    """Print where `what` is, or the sentence; return the exit code."""
    find, sentence = FINDERS[what]
    sys.stdout.write((find() or sentence) + "\n")
    return 0 if find() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
