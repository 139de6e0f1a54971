"""Documents to PDF by LibreOffice: a small pool, warm when UNO is to be had, restarted when it misbehaves."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from app.documents.fonts import NEEDED, replaced_fonts
from app.documents.office import Office, OfficeDied, print_once
from app.documents.office_setup import OfficeProgram, find_office
from app.errors import ConversionFailed, ConverterMissing

_log = structlog.get_logger(__name__)

MAX_PRINTED = 200
"""Documents after which a LibreOffice is replaced: it never gives all its memory back."""
MAX_MEMORY = 700 * 1024 * 1024
KINDS = ("docx", "odt", "doc")
TOO_LONG = "The document took too long to print. Please make it shorter or simpler."
BUSY = "Too many documents are being printed right now. Please try again in a minute."


@dataclass(frozen=True, slots=True)
class ConverterState:
    """For the self-check. `warm`: a running LibreOffice is reused; `message_key` is for a person."""

    ready: bool
    warm: bool
    version: str
    message_key: str


class Converter:
    """Turns Word documents into PDFs; safe for threads.

    soffice: path of the program, none to look for it. size: LibreOffice processes kept. timeout_s: for one
    document. hide: folders that no document may show, where the host can hide them. The processes are started by
    `start()` or the first document, and ended by `stop()`.
    """

    def __init__(
        self,
        *,
        soffice: str | None = None,
        size: int = 1,
        timeout_s: float = 60.0,
        hide: Sequence[Path] = (),
    ) -> None:
        self._wish = soffice or ""
        self._hidden = tuple(str(one) for one in hide)
        self._timeout_s = timeout_s
        self._size = size
        self._slots: queue.Queue[Office | None] = queue.Queue()
        for _ in range(size):
            self._slots.put(None)
        self._version = ""
        self._registered = threading.Event()

    def start(self) -> None:
        """Start every LibreOffice of the pool now. Raises ConverterMissing, ConversionFailed."""
        program = self._program()
        missing = replaced_fonts(NEEDED)
        if missing:
            _log.warning("fonts_missing", fonts=missing)
        for _ in range(self._size if program.uno_python else 0):
            office = self._slots.get()
            self._slots.put(self._alive(office, program))

    def stop(self) -> None:
        """End every LibreOffice that is not printing, and remove their folders."""
        for _ in range(self._size):
            try:
                office = self._slots.get(timeout=1)
            except queue.Empty:
                continue
            if office is not None:
                office.kill()
            self._slots.put(None)

    def memory(self) -> int:
        """Return the resident memory of the LibreOffice processes that are not printing, in MiB."""
        held = []
        while True:
            try:
                held.append(self._slots.get_nowait())
            except queue.Empty:
                break
        total = sum(office.memory() for office in held if office is not None)
        for office in held:
            self._slots.put(office)
        return total // (1024 * 1024)

    def to_pdf(self, document: bytes, *, kind: str = "docx") -> bytes:
        """Return `document` ("docx", "odt" or "doc") as a PDF.

        Raises ConverterMissing without LibreOffice, ConversionFailed when it cannot print this document.
        """
        program = self._program()
        if not program.uno_python:
            return self._print_cold(program, document, kind)
        try:
            office = self._slots.get(timeout=4 * self._timeout_s)
        except queue.Empty as error:
            raise ConversionFailed(BUSY) from error
        keep: Office | None = None
        try:
            keep, pdf = self._print_warm(office, program, document, kind)
        finally:
            self._slots.put(keep)
        return pdf

    def state(self) -> ConverterState:
        """Return whether documents can be printed, and how."""
        try:
            program = self._program()
        except ConverterMissing as error:
            return ConverterState(False, False, "", error.message_key)
        warm = bool(program.uno_python)
        said = "LibreOffice is ready." if warm else COLD
        if replaced_fonts(NEEDED):
            said = NO_FONTS
        return ConverterState(True, warm, self._version, said)

    def _program(self) -> OfficeProgram:
        return replace(find_office(self._wish), hidden=self._hidden)

    def _print_warm(
        self, office: Office | None, program: OfficeProgram, document: bytes, kind: str
    ) -> tuple[Office | None, bytes]:
        """Print; one crash is forgiven, for it may be the leftovers of an earlier document."""
        for last_try in (False, True):
            office = self._alive(office, program)
            try:
                pdf = office.to_pdf(document, kind, timeout_s=self._timeout_s)
            except OfficeDied as error:
                office.kill()
                if error.late:
                    raise ConversionFailed(TOO_LONG) from error
                if last_try:
                    raise ConversionFailed from error
            except ConversionFailed:
                # A refusal may leave half a document open: the next one gets a clean LibreOffice.
                office.kill()
                raise
            else:
                return _unless_tired(office), pdf
        raise ConversionFailed

    def _alive(self, office: Office | None, program: OfficeProgram) -> Office:
        if office is not None and office.is_alive():
            return office
        if office is not None:
            office.kill()
        if not self._registered.is_set():
            self._registered.set()
            atexit.register(self.stop)
        fresh = Office(program)
        fresh.start()
        self._version = fresh.version
        return fresh

    def _print_cold(self, program: OfficeProgram, document: bytes, kind: str) -> bytes:
        slot = self._slots.get(timeout=4 * self._timeout_s)
        try:
            return print_once(program, document, kind, timeout_s=self._timeout_s)
        except OfficeDied as error:
            raise ConversionFailed(TOO_LONG) from error
        finally:
            self._slots.put(slot)


NO_FONTS = (
    "LibreOffice is ready, but the Liberation fonts are missing: documents will look different. "
    "Install the package fonts-liberation2."
)
COLD = "LibreOffice is ready, but slow: install the package python3-uno to keep it running between documents."


def _unless_tired(office: Office) -> Office | None:
    if office.printed < MAX_PRINTED and office.memory() < MAX_MEMORY:
        return office
    office.kill()
    return None
