"""Pages on screen: how many, how large, their pictures, and where each word stands (pypdfium2).

PDFium is not safe for threads: every call in this module holds one lock. Positions are page fractions from
the upper left corner of the page as displayed.
"""

from __future__ import annotations

import ctypes
import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

from app.documents.pdf_info import PdfInfo as PdfInfo
from app.documents.pdf_info import inspect_pdf as inspect_pdf
from app.errors import BadInput, NotFound

_LOCK = threading.RLock()
_GRID = 1_000_000
MAX_PIXELS = 12_000_000
COLOURS = 32
"""Print in so few colours, kept exactly, is sharp and takes half the bytes of a picture that loses some."""
VISIBLE = 20
"""Difference of a colour channel, of 255, that an eye may see on a printed page."""
MAY_DIFFER = 0.002
NO_SUCH_PAGE = "This document has no such page."
UNREADABLE = "This PDF is damaged and cannot be read. Please save or print it again."


@dataclass(frozen=True, slots=True)
class Word:
    """One word on a page; x, y, w, h are page fractions from the upper left."""

    text: str
    x: float
    y: float
    w: float
    h: float


@contextmanager
def opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The document, under the lock. Raises BadInput when PDFium cannot read it."""
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise BadInput(UNREADABLE, field="file") from error
        try:
            yield document
        finally:
            document.close()


@contextmanager
def _page(pdf: bytes, index: int) -> Iterator[pypdfium2.PdfPage]:
    with opened(pdf) as document:
        if not 0 <= index < len(document):
            raise NotFound(NO_SUCH_PAGE)
        try:
            page = document[index]
        except pypdfium2.PdfiumError as error:
            raise BadInput(UNREADABLE, field="file") from error
        try:
            yield page
        finally:
            page.close()


def page_count(pdf: bytes) -> int:
    """Return how many pages `pdf` has. Raises BadInput when it cannot be read."""
    with opened(pdf) as document:
        return len(document)


def page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Return (width, height) of every page as displayed, in points."""
    with opened(pdf) as document:
        return [document.get_page_size(index) for index in range(len(document))]


def page_picture(pdf: bytes, index: int, *, width_px: int = 1100) -> bytes:
    """Return page `index` (from 0) as a WebP picture `width_px` wide. Raises NotFound, BadInput."""
    with _page(pdf, index) as page:
        width, height = page.get_size()
        scale = width_px / max(width, 1.0)
        scale = min(scale, (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
        bitmap = page.render(scale=scale, draw_annots=True, no_smoothpath=False)
        image = bitmap.to_pil().convert("RGB")
        bitmap.close()
    out = io.BytesIO()
    flat = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    drawn = flat.convert("RGB")
    if _looks_the_same(image, drawn):
        drawn.save(out, "WEBP", lossless=True, quality=60, method=2)
    else:
        image.save(out, "WEBP", quality=72, method=2)
    return out.getvalue()


def _looks_the_same(image: Image.Image, drawn: Image.Image) -> bool:
    """Whether a page in few colours shows what it should: print does, a photograph does not."""
    counts = ImageChops.difference(image, drawn).histogram()
    worst = max(sum(counts[first + VISIBLE : first + 256]) for first in (0, 256, 512))
    return worst <= image.width * image.height * MAY_DIFFER


def draw_annotations(pdf: bytes, numbers: Iterable[int]) -> bytes:
    """Return `pdf` with the comments of these pages drawn into them, those without a look of their own, too."""
    with opened(pdf) as document:
        for number in numbers:
            page = document[number]
            # PDFium makes the missing looks while it draws.
            page.render(scale=0.2, draw_annots=True).close()
            pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_PRINT)
            page.close()
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def page_words(pdf: bytes, index: int) -> list[Word]:
    """Return the words of page `index` in reading order, for a hidden text layer and for anchors."""
    with _page(pdf, index) as page:
        return _words(page)


def all_words(pdf: bytes) -> list[list[Word]]:
    """Return the words of every page."""
    with opened(pdf) as document:
        return [_words(document[index]) for index in range(len(document))]


def words_on(pdf: bytes, wanted: Iterable[int]) -> dict[int, list[Word]]:
    """Return the words of each wanted page that exists."""
    with opened(pdf) as document:
        numbers = [number for number in wanted if 0 <= number < len(document)]
        return {number: _words(document[number]) for number in numbers}


def page_text(pdf: bytes, index: int) -> str:
    """Return the text of page `index`, words parted by spaces."""
    return " ".join(word.text for word in page_words(pdf, index))


def _words(page: pypdfium2.PdfPage) -> list[Word]:
    text = page.get_textpage()
    try:
        return list(_gather(page, text))
    finally:
        text.close()


def _gather(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> Iterator[Word]:
    letters, edges = "", [1.0, 1.0, 0.0, 0.0]
    for index in range(text.count_chars()):
        letter = chr(pdfium.FPDFText_GetUnicode(text, index))
        if letter.isspace() or letter in "\0\ufffe\u00ad":
            if letters:
                yield _word(letters, edges)
            letters, edges = "", [1.0, 1.0, 0.0, 0.0]
            continue
        x0, y0, x1, y1 = _place(page, text, index)
        if letters and _is_apart(edges, (x0, y0, x1, y1)):
            yield _word(letters, edges)
            letters, edges = "", [1.0, 1.0, 0.0, 0.0]
        letters += letter
        edges = [min(edges[0], x0), min(edges[1], y0), max(edges[2], x1), max(edges[3], y1)]
    if letters:
        yield _word(letters, edges)


def _is_apart(edges: list[float], box: tuple[float, float, float, float]) -> bool:
    """Whether a letter stands on another line than the word before it."""
    height = max(edges[3] - edges[1], 0.004)
    return box[1] > edges[3] + height or box[3] < edges[1] - height


def _word(letters: str, edges: list[float]) -> Word:
    return Word(letters, edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1])


def _place(
    page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, index: int
) -> tuple[float, float, float, float]:
    """Return the loose box of a letter: as tall as its font, so a line's words share their height."""
    rect = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, index, ctypes.byref(rect))
    ax, ay = _to_fraction(page, rect.left, rect.top)
    bx, by = _to_fraction(page, rect.right, rect.bottom)
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _to_fraction(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    left, top = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(
        page, 0, 0, _GRID, _GRID, 0, x, y, ctypes.byref(left), ctypes.byref(top)
    )
    return left.value / _GRID, top.value / _GRID
