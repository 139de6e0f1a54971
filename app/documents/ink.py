"""Drawing on one page: text that fits its box, ticks, pictures, and handwriting as smooth paths.

Boxes are in points with the origin at the lower left of the page as displayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app.documents import letters
from app.documents.hands import HandPaths
from app.documents.signature_picture import clean_ink as clean_ink
from app.documents.signature_picture import read_picture

INK = HexColor("#15224d")
TEXT = HexColor("#1b1f2a")
QUIET = HexColor("#6a7080")
SANS = letters.SANS
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


def fonts() -> tuple[str, ...]:
    """Register our font and return the names of all that are to be had, best first."""
    return letters.names()


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
    draw_lines(canvas, *fit(text, area, size=size), area, colour=colour, on_line=on_line)


def draw_lines(
    canvas: Canvas,
    size: float,
    lines: Sequence[str],
    area: Area,
    *,
    colour: Color = TEXT,
    on_line: bool = False,
) -> None:
    """Draw `lines` in `area`, in its middle; `on_line` as in draw_text."""
    canvas.setFillColor(colour)
    if len(lines) == 1 and on_line:
        draw_line(canvas, lines[0], area.x, area.y, size=size)
        return
    block = size * LEADING * len(lines)
    top = area.y + (area.h + block) / 2
    for index, line in enumerate(lines):
        draw_line(canvas, line, area.x, top - size * (LEADING * index + 1.0), size=size)


def draw_line(canvas: Canvas, text: str, x: float, y: float, *, size: float) -> None:
    """Draw one line from (x, y) to the right, each letter in a font that has it."""
    for font, piece in letters.runs(text):
        canvas.setFont(font, size)
        canvas.drawString(x, y, piece)
        x += pdfmetrics.stringWidth(piece, font, size)


def fit(text: str, area: Area, *, size: float, least: float = 2.0) -> tuple[float, list[str]]:
    """Return the largest size from `size` down to `least` at which `text` fits, and its lines."""
    while True:
        lines = wrap(text, area.w, size=size)
        fits = size * LEADING * len(lines) <= max(area.h, size * LEADING)
        narrow = all(letters.width(line, size) <= area.w + 0.1 for line in lines)
        if (fits and narrow) or size <= least:
            return size, lines
        size = max(size - 0.25, least)


def wrap(text: str, width: float, *, size: float, cut: bool = False) -> list[str]:
    """Return `text` in lines no wider than `width` where words allow it; with `cut` long words are cut, too."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and letters.width(longer, size) > width:
                lines.append(line)
                longer = word
            while cut and len(longer) > 1 and letters.width(longer, size) > width:
                head = _head(longer, width, size)
                lines.append(head)
                longer = longer[len(head) :]
            line = longer
        lines.append(line)
    return lines


def _head(word: str, width: float, size: float) -> str:
    """As many first letters as fit, at least one."""
    count = 1
    while count < len(word) and letters.width(word[: count + 1], size) <= width:
        count += 1
    return word[:count]


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
