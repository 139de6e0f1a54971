"""Files people bring: what they are, and what we keep of them. Refusals are sentences.

PDFs and pictures become ready pages at once, in the limited child. Word and OpenDocument files are checked and
cleaned here and printed later by LibreOffice, which never runs inside a web request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app.documents import docx_guard, odt_guard
from app.documents.child import CHILD
from app.documents.fill import inspect_template
from app.documents.pdf_info import MAX_PDF, TOO_BIG, PdfInfo
from app.errors import BadInput

AS_SAID = "{problem}"
EMPTY = "This file is empty."
UNKNOWN = (
    "This kind of file cannot be signed. Please upload a PDF, a Word document (.docx, .doc), "
    "an OpenDocument text (.odt) or a picture (JPEG, PNG)."
)
NOT_WORD = "This Office file is not a Word document. Please save it as PDF and try again."
OLD_MACROS = "This Word document contains macros. Please save it as .docx or PDF without them."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_97 = b"\xec\xa5"
_SECTOR = 512
_ENCRYPTED = 0x0100


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may go on. `kind`: pdf, docx, doc, odt or picture; `data`: the cleaned file to keep.

    `ready`: its pages as a PDF, b"" for what LibreOffice has to print first. `page_count`: 0 until then.
    """

    kind: str
    data: bytes
    ready: bytes = b""
    page_count: int = 0
    had_form: bool = False
    """It was a form: its fields became part of the pages."""
    is_template: bool = False
    """A Word document with placeholders or tags of ours, without a fault in them."""
    was_locked: bool = False
    """It came under a password; what is kept has none."""


def from_upload(name: str, data: bytes, *, lang: str = "en", password: str | None = None) -> Upload:
    """Return what `data` is, by its contents; its name only helps the sentence (in `lang`).

    password: of a protected PDF, "" while none was given, None where nobody can be asked. It goes no further than
    the limited child. Raises BadInput, with the field "password" when one is wanted.
    """
    if not data:
        raise BadInput(EMPTY, field="file")
    if len(data) > MAX_PDF:
        raise BadInput(TOO_BIG, field="file", limit=MAX_PDF // 1024 // 1024)
    if b"%PDF-" in data[:1024]:
        return _from_pdf(data, password)
    if data[:3] == b"\xff\xd8\xff" or data[:8] == b"\x89PNG\r\n\x1a\n":
        return _pages("picture", data, CHILD.run("picture_to_pdf", data=data))
    if odt_guard.is_odt(data):
        return Upload("odt", CHILD.run("clean_odt", odt=data).blob)
    if data[:2] == b"PK":
        return _word(data, lang)
    if data[:8] == _OLE:
        return _old_word(data)
    raise BadInput(docx_guard.NOT_DOCX if name.lower().endswith(".docx") else UNKNOWN, field="file")


def _from_pdf(pdf: bytes, password: str | None) -> Upload:
    """What a password protects is kept as its bare pages only: nobody would be there to open it again."""
    found = _pages("pdf", pdf, CHILD.run("ready_pdf", pdf=pdf, password=password))
    return replace(found, data=found.ready, was_locked=True) if password else found


def ready_pdf(pdf: bytes) -> bytes:
    """Return the pages of a PDF from outside, made ready in the limited child. Raises BadInput."""
    return _pages("pdf", pdf, CHILD.run("ready_pdf", pdf=pdf)).ready


def check_pdf(pdf: bytes) -> PdfInfo:
    """Return `inspect_pdf` of a file nobody has looked at yet, found in the limited child. Raises BadInput."""
    if len(pdf) > MAX_PDF:
        raise BadInput(TOO_BIG, field="file", limit=MAX_PDF // 1024 // 1024)
    found = CHILD.run("inspect_pdf", pdf=pdf).values
    return PdfInfo(**{**found, "sizes": tuple(tuple(size) for size in found["sizes"])})


def _pages(kind: str, data: bytes, answer: Any) -> Upload:
    found = answer.values
    return Upload(kind, data, answer.blob, found["page_count"], bool(found["has_form"]))


def _word(data: bytes, lang: str) -> Upload:
    """A .docx; one that speaks our placeholders must speak them well."""
    info = inspect_template(data)
    speaks = bool(info.placeholders or info.tags)
    if speaks and info.problems:
        said = info.problems[0].sentence(lang)
        raise BadInput(AS_SAID, field="file", problem=said)
    return Upload("docx", info.docx, is_template=speaks)


def _old_word(data: bytes) -> Upload:
    """A Word 97 file, told by its streams' names and its header (MS-DOC 2.5.1 FibBase)."""
    if _wide("EncryptedPackage") in data:
        raise BadInput(docx_guard.LOCKED, field="file")
    if _wide("WordDocument") not in data:
        raise BadInput(NOT_WORD, field="file")
    if _wide("_VBA_PROJECT") in data:
        raise BadInput(OLD_MACROS, field="file")
    head = _fib(data)
    if head and int.from_bytes(data[head + 10 : head + 12], "little") & _ENCRYPTED:
        raise BadInput(docx_guard.LOCKED, field="file")
    return Upload("doc", data)


def _fib(data: bytes) -> int:
    """Where Word's own header starts: at a sector's beginning; 0 when it is not found."""
    at = data.find(_WORD_97, _SECTOR)
    while at > 0 and at % _SECTOR:
        at = data.find(_WORD_97, at + 1)
    return max(at, 0)


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")
