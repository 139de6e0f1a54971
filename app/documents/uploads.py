"""Files people bring: what they are, and whether they can be signed. Refusals are sentences."""

from __future__ import annotations

from dataclasses import dataclass

from app.documents import docx_guard
from app.documents.child import CHILD
from app.documents.pdf_info import MAX_PDF, TOO_BIG, PdfInfo
from app.errors import BadInput

EMPTY = "This file is empty."
UNKNOWN = "This kind of file cannot be signed. Please upload a PDF or a Word document (.docx)."
OLD_WORD = "This is an old Word file (.doc). Please save it as .docx or PDF and try again."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may go on: `kind` is "pdf" or "docx"; `data` is what to keep."""

    kind: str
    data: bytes


def from_upload(name: str, data: bytes) -> Upload:
    """Return what `data` is, by its contents; its name only helps the sentence. Raises BadInput."""
    if not data:
        raise BadInput(EMPTY, field="file")
    if b"%PDF-" in data[:1024]:
        check_pdf(data)
        return Upload("pdf", data)
    if data[:2] == b"PK":
        return Upload("docx", CHILD.run("clean_docx", docx=data).blob)
    if data[:4] == b"\xd0\xcf\x11\xe0":
        locked = b"E\0n\0c\0r\0y\0p\0t\0e\0d" in data
        raise BadInput(docx_guard.LOCKED if locked else OLD_WORD, field="file")
    raise BadInput(docx_guard.NOT_DOCX if name.lower().endswith(".docx") else UNKNOWN, field="file")


def check_pdf(pdf: bytes) -> PdfInfo:
    """Return `inspect_pdf` of a file nobody has looked at yet, found in the limited child. Raises BadInput."""
    if len(pdf) > MAX_PDF:
        raise BadInput(TOO_BIG, field="file", limit=MAX_PDF // 1024 // 1024)
    found = CHILD.run("inspect_pdf", pdf=pdf).values
    return PdfInfo(**{**found, "sizes": tuple(tuple(size) for size in found["sizes"])})
