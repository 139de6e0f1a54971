"""DOCX to PDF with LibreOffice in a child process with its own profile."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

Converter = Callable[[bytes], bytes]
TIMEOUT_S = 90
ONE_AT_A_TIME = threading.Lock()


class ConversionFailed(Exception):
    """The document could not be turned into a PDF; the text says why."""


def by_libreoffice(docx: bytes) -> bytes:
    """Return the PDF of a DOCX. Raises ConversionFailed."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise ConversionFailed("The conversion service is not available (LibreOffice is missing).")
    with ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="portal-docgen-") as folder:
        place = Path(folder)
        (place / "document.docx").write_bytes(docx)
        run(program, place)
        result = place / "document.pdf"
        if not result.exists():
            raise ConversionFailed("The conversion service produced no PDF.")
        return result.read_bytes()


def run(program: str, place: Path) -> None:
    command = [
        program,
        f"-env:UserInstallation=file://{place}/profile",
        "--headless",
        "--norestore",
        "--convert-to",
        "pdf",
        "--outdir",
        str(place),
        str(place / "document.docx"),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    except (subprocess.SubprocessError, OSError) as error:
        raise ConversionFailed(
            f"The conversion service failed ({type(error).__name__})."
        ) from error
