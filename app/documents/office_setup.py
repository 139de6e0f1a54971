"""Where LibreOffice is, and how it is locked in: profile, environment, command line, no network.

LibreOffice's default profile fetches linked pictures and embeds local files (measured): this profile blocks
links from untrusted referers, macros, link updates and Java.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.errors import ConverterMissing

PROBE_S = 20
PRIVATE = (
    "/etc/ssh", "/etc/ssl/private", "/home", "/media", "/mnt", "/root", "/run/secrets", "/srv", "/var/backups",
    "/var/lib", "/var/log", "/var/mail",
)  # fmt: skip
"""Folders where people and services keep what no document may show."""
_HIDE = (
    'n=$1; shift; while [ "$n" -gt 0 ]; do mount -t tmpfs -o size=64k,mode=755 none "$1" || exit 97; '
    'shift; n=$((n-1)); done; exec "$@"'
)
_PLACES = (
    "/usr/bin/soffice",
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/usr/local/bin/soffice",
    "/snap/bin/libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_ITEM = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse" oor:finalized="true">'
    "<value>{value}</value></prop></item>"
)
_LOCKS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Misc", "FirstRun", "false"),
    ("Office.Common/Save/Document", "LoadPrinter", "false"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Java/VirtualMachine", "Enable", "false"),
    ("Office.Jobs/Jobs/org.openoffice.Office.Jobs:Job['UpdateCheck']/Arguments", "AutoCheckEnabled", "false"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfficeProgram:
    """Where LibreOffice is, and a Python with its `uno` module ("" when there is none)."""

    soffice: str
    uno_python: str
    hidden: tuple[str, ...] = ()
    """Folders of the operator's, beside the usual ones, that LibreOffice must not see."""


def find_office(wish: str = "") -> OfficeProgram:
    """Return LibreOffice's program: `wish`, else from PATH, else a usual place. Raises ConverterMissing."""
    candidates = [wish] if wish else [shutil.which("soffice") or "", *_PLACES]
    for path in candidates:
        if path and os.access(path, os.X_OK):
            return OfficeProgram(path, find_uno_python(path))
    raise ConverterMissing


@lru_cache(maxsize=4)
def find_uno_python(soffice: str) -> str:
    """Return a Python that can `import uno` with this LibreOffice, or "" when there is none."""
    program = Path(soffice).resolve().parent
    candidates = (program / "python", program / "python.bin", "/usr/bin/python3", sys.executable)
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and _exits_well([str(candidate), "-c", "import uno"]):
            return str(candidate)
    return ""


@lru_cache(maxsize=1)
def without_network() -> tuple[str, ...]:
    """Return the command that runs another one without network, or () where the host has none."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    for options in (("--net",), ("--user", "--map-current-user", "--net")):
        if _exits_well([unshare, *options, "true"]):
            return (unshare, *options)
    return ()


def with_private_files(program: OfficeProgram, folder: Path) -> tuple[str, ...]:
    """Return the command that runs another one with empty folders in place of people's and secrets.

    Nothing is hidden that LibreOffice itself or its working `folder` lies in. () where the host lets nobody mount.
    """
    start = _mounting()
    if not start:
        return ()
    needed = [Path(program.soffice).resolve(), folder.resolve()]
    hidden: list[Path] = []
    for name in sorted((*PRIVATE, *program.hidden)):
        place = Path(name).resolve()
        is_needed = any(place == one or place in one.parents for one in needed)
        is_inside = any(place == one or one in place.parents for one in hidden)
        if place.is_dir() and not is_needed and not is_inside:
            hidden.append(place)
    return (*start, "sh", "-c", _HIDE, "sh", str(len(hidden)), *map(str, hidden))


@lru_cache(maxsize=1)
def _mounting() -> tuple[str, ...]:
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    for options in (("--mount",), ("--user", "--map-root-user", "--mount")):
        probe = [unshare, *options, "sh", "-c", _HIDE, "sh", "1", "/tmp", "true"]  # noqa: S108
        if _exits_well(probe):
            return (unshare, *options)
    return ()


def _exits_well(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def office_command(soffice: str, profile: Path) -> list[str]:
    """Return the command line of a LibreOffice without windows on `profile`."""
    flags = (
        "--headless --invisible --nologo --nodefault --nofirststartwizard --norestore --nolockcheck"
    )
    return [soffice, f"-env:UserInstallation={profile.as_uri()}", *flags.split()]


def office_environment(folder: Path) -> dict[str, str]:
    """Return the environment LibreOffice gets: none of ours but PATH."""
    return {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }


def write_profile(profile: Path) -> None:
    """Write a fresh, locked user profile into the folder `profile`."""
    user = profile / "user"
    user.mkdir(parents=True, exist_ok=True)
    items = "".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _LOCKS)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    )
    (user / "registrymodifications.xcu").write_text(f"{head}{items}</oor:items>", encoding="utf-8")
