"""How the certificate looks: type, colours, the page with its head and foot."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from app.documents import ink, letters
from app.documents.hands import FONTS

WIDTH, HEIGHT = A4
SIDE = 54.0
TOP, BOTTOM = 58.0, 60.0
INNER = WIDTH - 2 * SIDE

INK, TEXT, QUIET = ink.INK, ink.TEXT, ink.QUIET
WHITE = HexColor("#ffffff")
LINE = HexColor("#e2e5ee")
PANEL = HexColor("#f5f7fb")
ACCENT = HexColor("#2f6df6")
GOOD = HexColor("#12805c")
CARE = HexColor("#b7791f")
CARE_PANEL = HexColor("#fdf8ee")

BOLD, MONO = "ParaphSansBold", "ParaphMono"


@lru_cache(maxsize=1)
def fonts() -> tuple[str, ...]:
    """Register the certificate's fonts once; returns those that text falls back on, best first."""
    rl_config.useA85 = 0  # binary streams: text armour in them costs a third of the time
    names = ink.fonts()
    pdfmetrics.registerFont(TTFont(BOLD, str(FONTS / "IBMPlexSans-SemiBold.ttf")))
    pdfmetrics.registerFont(TTFont(MONO, str(FONTS / "IBMPlexMono-Regular.ttf")))
    return names


def style(
    size: float, colour: Color = TEXT, *, font: str = ink.SANS, leading: float = 1.38, **more: Any
) -> ParagraphStyle:
    """Return a paragraph style; `leading` is a multiple of `size`."""
    fonts()
    values = {"splitLongWords": 1, **more}
    return ParagraphStyle(
        f"{font}-{size}",
        fontName=font,
        fontSize=size,
        leading=size * leading,
        textColor=colour,
        **values,
    )


def paragraph(text: str, look: ParagraphStyle) -> Paragraph:
    """Return `text` set in `look`; letters our font lacks are taken from a wider one."""
    return Paragraph(_with_fallback(_plain(text), look.fontName), look)


def _plain(text: str) -> str:
    """Return `text` without what is not seen but changes what is: controls, and marks that turn the direction."""
    return "".join(
        " " if letter.isspace() else letter
        for letter in text
        if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
    )


def _with_fallback(text: str, font: str) -> str:
    pieces = letters.runs(text, first=font)
    return "".join(
        escape(piece) if name == font else f'<font name="{name}">{escape(piece)}</font>'
        for name, piece in pieces
    )


def title() -> ParagraphStyle:
    return style(25, INK, font=BOLD, leading=1.14)


def subtitle() -> ParagraphStyle:
    return style(11.5, TEXT, leading=1.35)


def heading() -> ParagraphStyle:
    return style(12.5, INK, font=BOLD, leading=1.25)


def body(colour: Color = TEXT) -> ParagraphStyle:
    return style(8.8, colour, leading=1.48)


def listed() -> ParagraphStyle:
    return style(8.2, TEXT, leading=1.42, leftIndent=10, firstLineIndent=-10, spaceBefore=2)


def label() -> ParagraphStyle:
    return style(7.4, QUIET, leading=1.35)


def value() -> ParagraphStyle:
    return style(8.8, TEXT, leading=1.36)


def strong(size: float = 10.5) -> ParagraphStyle:
    return style(size, TEXT, font=BOLD, leading=1.25)


def digest() -> ParagraphStyle:
    return style(6.9, TEXT, font=MONO, leading=1.5)  # 64 digits in one line of a card


def clock() -> ParagraphStyle:
    return style(7.6, QUIET, font=MONO, leading=1.5)


class Numbered(Canvas):  # type: ignore[misc]
    """A canvas that knows how many pages there are when it draws the foot of each."""

    foot_left = ""
    foot_page = "{page} / {pages}"
    head_left = ""
    head_right = ""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, kept in enumerate(self._kept, start=1):
            self.__dict__.update(kept)
            self._furnish(number, len(self._kept))
            super().showPage()
        super().save()

    def _furnish(self, number: int, count: int) -> None:
        draw_mark(self, SIDE, HEIGHT - 38)
        self.setFont(BOLD, 9)
        self.setFillColor(INK)
        self.drawString(SIDE + 20, HEIGHT - 36.2, "Paraph")
        self._draw_right(self.head_right)
        self.setStrokeColor(LINE)
        self.setLineWidth(0.6)
        self.line(SIDE, 42, WIDTH - SIDE, 42)
        ink.draw_text(
            self, self.foot_left, ink.Area(SIDE, 25, INNER - 70, 12), size=7, colour=QUIET
        )
        self.setFont(ink.SANS, 7)
        pages = self.foot_page.format(page=number, pages=count)
        self.drawRightString(WIDTH - SIDE, 28.6, pages)

    def _draw_right(self, text: str) -> None:
        size = 7.4
        while text and letters.width(text, size) > INNER - 90:
            text = text[:-2].rstrip() + "…"
        self.setFillColor(QUIET)
        right = WIDTH - SIDE - letters.width(text, size)
        ink.draw_line(self, text, right, HEIGHT - 36, size=size)


def draw_mark(canvas: Canvas, x: float, y: float) -> None:
    """Draw the product's mark, a flourish under a name, its left end at (x, y); 15 points wide."""
    canvas.saveState()
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(1.5)
    canvas.setLineCap(1)
    path = canvas.beginPath()
    path.moveTo(x, y + 1.5)
    path.curveTo(x + 3, y + 9, x + 8, y + 9, x + 6, y + 3)
    path.curveTo(x + 5, y - 0.5, x + 2, y + 1, x + 6, y + 2.5)
    path.curveTo(x + 9, y + 3.6, x + 12, y + 3.2, x + 15, y + 1)
    canvas.drawPath(path, stroke=1, fill=0)
    canvas.restoreState()
