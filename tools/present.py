"""Say what of office, browser and postgres is missing here: `present.py WORD...`.

Prints the pytest marker expression that leaves out what needs the missing ones, and for each a
sentence with the line that brings it (standard error). Where CI is set, a missing one is exit code 1.
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
    # Frames of two sites share a process. In processes of their own, a driver's click that follows a
    # scroll or a resize is sometimes given to the page around the frame, and so lost.
    "--disable-site-isolation-trials",
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


def main(words: list[str]) -> int:
    """Print the marker expression; return the exit code."""
    missing = [word for word in words if not FINDERS[word][0]()]
    for word in missing:
        sys.stderr.write(FINDERS[word][1] + "\n")
    if missing and os.environ.get("CI"):
        sys.stderr.write("CI is set, and there every test must run.\n")
        return 1
    sys.stdout.write(" and ".join(f"not {word}" for word in missing) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
