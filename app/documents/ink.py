"""Drawing on one page: text that fits its box, ticks, pictures, and handwriting as smooth paths.

Boxes are in points with the origin at the lower left of the page as displayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import median

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.documents.hands import FONTS, HandPaths
from app.documents.signature_picture import clean_ink as clean_ink
from app.documents.signature_picture import read_picture

INK = HexColor("#15224d")
TEXT = HexColor("#1b1f2a")
QUIET = HexColor("#6a7080")
SANS = "ParaphSans"
_WIDE = "ParaphWide"
_WIDE_FILES = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/Library/Fonts/DejaVuSans.ttf",
)
LEADING = 1.22

Stroke = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on the page."""

    x: float
    y: float
    w: float
    h: float

    def cut_bottom(self, height: float) -> tuple[Area, Area]:
        """Return the rest above and the strip of `height` below."""
        strip = min(height, self.h)
        return Area(self.x, self.y + strip, self.w, self.h - strip), Area(
            self.x, self.y, self.w, strip
        )


@lru_cache(maxsize=1)
def fonts() -> tuple[str, ...]:
    """Register our fonts once and return their names, best first."""
    pdfmetrics.registerFont(TTFont(SANS, str(FONTS / "IBMPlexSans-Regular.ttf")))
    for file in _WIDE_FILES:
        if Path(file).is_file():
            pdfmetrics.registerFont(TTFont(_WIDE, file))
            return (SANS, _WIDE)
    return (SANS,)


def font_for(text: str) -> str:
    """Return the first font that has every letter of `text`, else the widest one."""
    for name in fonts():
        known = pdfmetrics.getFont(name).face.charToGlyph
        if all(ord(letter) in known for letter in text if not letter.isspace()):
            return name
    return fonts()[-1]


def draw_text(
    canvas: Canvas,
    text: str,
    area: Area,
    *,
    size: float,
    colour: Color = TEXT,
    on_line: bool = False,
) -> None:
    """Draw all of `text` in `area`: it wraps, then shrinks from `size`; nothing is ever cut off.

    on_line: the lower edge is a line of the text around, so one line of ours stands exactly on it.
    """
    font = font_for(text)
    size, lines = fit(text, area, font=font, size=size)
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    if len(lines) == 1 and on_line:
        canvas.drawString(area.x, area.y, lines[0])
        return
    block = size * LEADING * len(lines)
    top = area.y + (area.h + block) / 2
    for index, line in enumerate(lines):
        canvas.drawString(area.x, top - size * (LEADING * index + 1.0), line)


def fit(text: str, area: Area, *, font: str, size: float) -> tuple[float, list[str]]:
    """Return the largest size up to `size` at which `text` fits, and its lines."""
    while True:
        lines = wrap(text, area.w, font=font, size=size)
        fits = size * LEADING * len(lines) <= max(area.h, size * LEADING)
        narrow = all(pdfmetrics.stringWidth(line, font, size) <= area.w + 0.1 for line in lines)
        if (fits and narrow) or size <= 2.0:
            return size, lines
        size -= 0.25


def wrap(text: str, width: float, *, font: str, size: float) -> list[str]:
    """Return `text` in lines no wider than `width` where words allow it."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and pdfmetrics.stringWidth(longer, font, size) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def draw_tick(canvas: Canvas, area: Area, *, ticked: bool) -> None:
    """Draw a small box, ticked or empty."""
    side = min(area.w, area.h) * 0.92
    x, y = area.x + (area.w - side) / 2, area.y + (area.h - side) / 2
    canvas.setLineWidth(max(side * 0.06, 0.5))
    canvas.setStrokeColor(TEXT)
    canvas.roundRect(x, y, side, side, side * 0.16, stroke=1, fill=0)
    if not ticked:
        return
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(max(side * 0.13, 0.9))
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    path.moveTo(x + side * 0.22, y + side * 0.52)
    path.lineTo(x + side * 0.42, y + side * 0.30)
    path.lineTo(x + side * 0.80, y + side * 0.74)
    canvas.drawPath(path, stroke=1, fill=0)


def draw_hand(canvas: Canvas, outline: HandPaths, area: Area) -> None:
    """Draw the outline of a typed signature, as large as fits."""
    left, top, width, height = outline.box
    placed = _inside(area, width / height, limit=0.9)
    scale = placed.w / width
    path = canvas.beginPath()

    def to_page(numbers: Sequence[float]) -> list[float]:
        flat: list[float] = []
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            flat += [placed.x + (x - left) * scale, placed.y + placed.h - (y - top) * scale]
        return flat

    for op, numbers in outline.segments:
        if op == "Z":
            path.close()
        else:
            draw = {"M": path.moveTo, "L": path.lineTo, "C": path.curveTo}[op]
            draw(*to_page(numbers))
    canvas.setFillColor(INK)
    canvas.drawPath(path, stroke=0, fill=1, fillMode=1)


def draw_strokes(canvas: Canvas, strokes: Sequence[Stroke], aspect: float, area: Area) -> None:
    """Draw hand-made strokes (0..1 of a box of `aspect`) as smooth lines, thinner where the pen was fast."""
    placed = _inside(area, max(aspect, 0.05), limit=1.0)
    pen = min(max(placed.h * 0.028, 0.7), 1.9)
    canvas.setStrokeColor(INK)
    canvas.setFillColor(INK)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for stroke in strokes:
        points = [(placed.x + x * placed.w, placed.y + placed.h - y * placed.h) for x, y in stroke]
        if len(points) == 1:
            canvas.circle(points[0][0], points[0][1], pen * 0.8, stroke=0, fill=1)
        elif points:
            _draw_line(canvas, points, pen)


def _draw_line(canvas: Canvas, points: list[tuple[float, float]], pen: float) -> None:
    """Catmull-Rom through `points`, as cubic Bézier curves."""
    lengths = [((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 for (ax, ay), (bx, by) in pairwise(points)]
    usual = median(lengths) or 1.0
    width = pen
    for index, length in enumerate(lengths):
        wish = pen * min(max(1.25 - 0.25 * length / usual, 0.6), 1.25)
        width += (wish - width) * 0.35
        before, start = points[max(index - 1, 0)], points[index]
        end, after = points[index + 1], points[min(index + 2, len(points) - 1)]
        path = canvas.beginPath()
        path.moveTo(*start)
        path.curveTo(
            start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6,
            end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6, *end,
        )  # fmt: skip
        canvas.setLineWidth(width)
        canvas.drawPath(path, stroke=1, fill=0)


def draw_picture(canvas: Canvas, picture: bytes, area: Area) -> None:
    """Draw a PNG or JPEG, transparency kept, as large as fits. Raises BadInput when it cannot be read."""
    image = read_picture(picture)
    placed = _inside(area, image.width / image.height, limit=1.0)
    canvas.drawImage(ImageReader(image), placed.x, placed.y, placed.w, placed.h, mask="auto")


def _inside(area: Area, aspect: float, *, limit: float) -> Area:
    """The largest rectangle of `aspect` within `area`, at the left and on its lower edge."""
    width = min(area.w, area.h * limit * aspect)
    height = width / aspect
    return Area(area.x, area.y + (area.h - height) / 2, width, height)
