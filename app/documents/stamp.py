"""Field values and signatures drawn onto PDF pages; the pages themselves stay as they are.

Each page touched gets one layer on top, turned and moved so that it lies right on rotated and cropped pages.
The same input gives the same bytes, so a step that runs twice changes nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from app.core.fields import FILLED_BY_US, TYPED_IN, Field, FieldKind, SignatureImage, SignatureWay
from app.documents import ink
from app.documents.geometry import PageFrame, frame_of
from app.documents.hands import hand_paths
from app.documents.ink import Area
from app.documents.long_answers import LongAnswer, draw_pages, fitted, shortened
from app.errors import BadInput

UNREADABLE = "This PDF is damaged and cannot be read. Please save or print it again."
_GENERATE = pikepdf.ObjectStreamMode.generate
WRITTEN = (TYPED_IN | FILLED_BY_US) - {FieldKind.CHECKBOX}
_CAPTION_SIZE = 5.6
_PAGE_LINE_SIZE = 6.2


@dataclass(frozen=True, slots=True)
class Mark:
    """One field and what stands in it.

    text: of text and date fields; "yes" ticks a checkbox. image: a signature or initials; `picture` is its
    PNG or JPEG when it is a picture, and the stamp itself for a stamp. caption: small lines under a signature.
    """

    field: Field
    text: str = ""
    image: SignatureImage | None = None
    picture: bytes = b""
    caption: tuple[str, ...] = ()


def stamp(pdf: bytes, marks: Sequence[Mark], *, page_line: str = "", lang: str = "en") -> bytes:
    """Return `pdf` with every mark drawn on its page.

    page_line: a small line at the foot of every page (the envelope's id). An answer too long for its field goes
    on, in full, on a page at the end, headed in `lang`. Raises BadInput when the PDF or a picture cannot be read.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            _draw_all(document, marks, page_line, lang)
            out = io.BytesIO()
            document.save(out, object_stream_mode=_GENERATE, deterministic_id=True)
    except pikepdf.PdfError as error:
        raise BadInput(UNREADABLE, field="file") from error
    return out.getvalue()


def _draw_all(document: pikepdf.Pdf, marks: Sequence[Mark], page_line: str, lang: str) -> None:
    frames = [frame_of(page) for page in document.pages]
    touched = {mark.field.page for mark in marks if 0 <= mark.field.page < len(frames)}
    if page_line:
        touched = set(range(len(frames)))
    if not touched:
        return
    order = sorted(touched)
    work = [(frames[n], [m for m in marks if m.field.page == n]) for n in order]
    layers = _layers(work, page_line, lang)
    with pikepdf.open(io.BytesIO(layers)) as drawn:
        for number, layer in zip(order, drawn.pages, strict=False):
            _lay(document, document.pages[number], frames[number], layer)
        # What comes after the layers are whole pages: answers that found no room.
        document.pages.extend(drawn.pages[len(order) :])


def _layers(work: Iterable[tuple[PageFrame, list[Mark]]], page_line: str, lang: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    ink.fonts()
    long: list[LongAnswer] = []
    for frame, marks in work:
        canvas.setPageSize((frame.width, frame.height))
        for mark in marks:
            canvas.saveState()
            _draw(canvas, mark, _area(mark.field, frame), long)
            canvas.restoreState()
        if page_line:
            area = Area(28, 12, frame.width - 56, 8)
            ink.draw_text(canvas, page_line, area, size=_PAGE_LINE_SIZE, colour=ink.QUIET)
        canvas.showPage()
    if long:
        draw_pages(canvas, long, lang=lang)
    canvas.save()
    return out.getvalue()


def _area(field: Field, frame: PageFrame) -> Area:
    bottom = (1.0 - field.y - field.h) * frame.height
    return Area(
        field.x * frame.width, bottom, field.w * frame.width, max(field.h * frame.height, 1.0)
    )


def _draw(canvas: Canvas, mark: Mark, area: Area, long: list[LongAnswer]) -> None:
    kind = mark.field.kind
    if kind is FieldKind.CHECKBOX:
        ink.draw_tick(canvas, area, ticked=mark.text == "yes")
    elif kind in WRITTEN:
        _draw_value(canvas, mark, area, long)
    elif kind is FieldKind.STAMP and mark.picture:
        ink.draw_picture(canvas, mark.picture, area)
    elif mark.image is not None:
        _draw_signature(canvas, mark, mark.image, area)


def _draw_value(canvas: Canvas, mark: Mark, area: Area, long: list[LongAnswer]) -> None:
    if not mark.text.strip():
        return
    part = fitted(mark.text, area, size=min(9.8, max(area.h * 0.69, 6.0)))
    lines, field = part.lines, mark.field
    if not part.is_whole:
        long.append(LongAnswer(len(long) + 1, field.page, field.label, mark.text))
        lines = shortened(part, area, note=f"({len(long)})")
    ink.draw_lines(canvas, part.size, lines, area, on_line=field.from_tag)


def _draw_signature(canvas: Canvas, mark: Mark, image: SignatureImage, area: Area) -> None:
    lines = [line for line in mark.caption if line.strip()]
    above, strip = area.cut_bottom(
        min(len(lines) * _CAPTION_SIZE * ink.LEADING + 1.5, area.h * 0.4)
    )
    if lines:
        ink.draw_text(canvas, "\n".join(lines), strip, size=_CAPTION_SIZE, colour=ink.QUIET)
    else:
        above = area
    if image.way is SignatureWay.TYPED:
        ink.draw_hand(canvas, hand_paths(image.text, image.hand), above)
    elif image.way is SignatureWay.DRAWN:
        ink.draw_strokes(canvas, image.strokes, image.aspect, above)
    elif mark.picture:
        ink.draw_picture(canvas, mark.picture, above)


def _lay(document: pikepdf.Pdf, page: pikepdf.Page, frame: PageFrame, layer: pikepdf.Page) -> None:
    """Put `layer` on top of `page`; what the page drew before cannot move it."""
    form = document.copy_foreign(layer.as_form_xobject())
    taken: pikepdf.Object | dict[str, object] = page.resources.get("/XObject", {})
    number = next(n for n in range(1, 10_000) if f"/PfLayer{n}" not in taken)
    name = page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name(f"/PfLayer{number}"))
    matrix = " ".join(f"{number:.4f}" for number in frame.matrix())
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(f"\nQ q {matrix} cm {name} Do Q\n".encode())
