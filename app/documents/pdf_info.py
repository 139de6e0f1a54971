"""What a PDF is like, and whether it can be shown, filled and sealed. Refusals are sentences."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pikepdf

from app.documents.geometry import frame_of
from app.errors import BadInput

MAX_PDF = 50 * 1024 * 1024
MAX_PAGES = 500
MAX_SIDE = 14_400.0
"""Points; the largest page a PDF reader must show (ISO 32000-1, annex C)."""
MAX_FIELDS = 20_000

LOCKED = "This PDF is protected by a password. Please save it without one and try again."
ASKED_FOR = "This PDF is protected by a password. Enter it to open the file here."
NOT_THE_WORD = "This password does not open the PDF. Please check it and try again."
DAMAGED = "This PDF is damaged and cannot be read. Please save or print it again."
NO_PAGES = "This PDF has no pages."
TOO_MANY_PAGES = "This PDF has {count} pages; at most {limit} can be signed at once."
TOO_BIG = "This file is too big: at most {limit} MB."
XFA = "This PDF is a dynamic form (XFA). Please print it to PDF and upload the result."
ODD_PAGE = "Page {number} of this PDF has a size that cannot be shown."


@dataclass(frozen=True, slots=True)
class PdfInfo:
    """What a PDF is like. `sizes`: points, as displayed. `signatures`: seals it already carries."""

    page_count: int
    sizes: tuple[tuple[float, float], ...]
    signatures: int
    has_form: bool


def inspect_pdf(pdf: bytes) -> PdfInfo:
    """Return what `pdf` is like. Raises BadInput when it cannot be shown, filled and sealed."""
    with opened_pdf(pdf) as document:
        return inspect_opened(document)


@contextmanager
def opened_pdf(pdf: bytes, *, password: str | None = None) -> Iterator[pikepdf.Pdf]:
    """The document, repaired where it can be; whatever its objects do wrong is BadInput. Raises BadInput.

    password: None where nobody can be asked for one; then a protected file is refused. Given and still wanted or
    wrong, the field of the refusal is "password".
    """
    if len(pdf) > MAX_PDF:
        raise BadInput(TOO_BIG, field="file", limit=MAX_PDF // 1024 // 1024)
    try:
        with pikepdf.open(io.BytesIO(pdf), password=password or "") as document:
            _require_opened(document, password)
            yield document
    except pikepdf.PasswordError as error:
        raise _locked(password) from error
    except (
        pikepdf.PdfError,
        RuntimeError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
        NotImplementedError,
    ) as error:
        # Encrypted for certificates, or damaged where the keys stand: no password would help, but it is locked.
        locked = isinstance(error, pikepdf.PdfError) and b"/Encrypt" in pdf
        raise BadInput(LOCKED if locked else DAMAGED, field="file") from error


def _require_opened(document: pikepdf.Pdf, password: str | None) -> None:
    """A file that anyone may read but not fill in counts as locked too, until somebody knows a password of it."""
    if not document.is_encrypted or password:
        return
    if password is None or not document.allow.modify_form:
        raise _locked(password)


def _locked(password: str | None) -> BadInput:
    if password is None:
        return BadInput(LOCKED, field="file")
    return BadInput(NOT_THE_WORD if password else ASKED_FOR, field="password")


def inspect_opened(document: pikepdf.Pdf) -> PdfInfo:
    """Return what the opened `document` is like. Raises BadInput as `inspect_pdf`."""
    count = len(document.pages)
    if count == 0:
        raise BadInput(NO_PAGES, field="file")
    if count > MAX_PAGES:
        raise BadInput(TOO_MANY_PAGES, field="file", count=count, limit=MAX_PAGES)
    form = document.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return PdfInfo(count, tuple(_sizes(document)), 0, False)
    if "/XFA" in form:
        raise BadInput(XFA, field="file")
    fields = list(_fields(form))
    signed = [one for one in fields if _is_signed(one)]
    return PdfInfo(count, tuple(_sizes(document)), len(signed), len(fields) > len(signed))


def _fields(form: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Every field of a form with a kind of its own, however deep; rings end at a limit."""
    waiting, count = [form.get("/Fields")], 0
    while waiting and count < MAX_FIELDS:
        many = waiting.pop()
        for one in many if isinstance(many, pikepdf.Array) else ():
            if not isinstance(one, pikepdf.Dictionary):
                continue
            count += 1
            if "/FT" in one:
                yield one
            waiting.append(one.get("/Kids"))
            if count >= MAX_FIELDS:
                return


def _is_signed(field: pikepdf.Object) -> bool:
    return field.get("/FT") == pikepdf.Name.Sig and isinstance(field.get("/V"), pikepdf.Dictionary)


def _sizes(document: pikepdf.Pdf) -> list[tuple[float, float]]:
    sizes = []
    for number, page in enumerate(document.pages, 1):
        frame = frame_of(page)
        if not (3.0 <= frame.width <= MAX_SIDE and 3.0 <= frame.height <= MAX_SIDE):
            raise BadInput(ODD_PAGE, field="file", number=number)
        sizes.append((round(frame.width, 2), round(frame.height, 2)))
    return sizes
