"""Handwriting from a name: the outline of typed signatures, the same on the signing page and in the PDF.

The browser gets an SVG made here, so it needs no web font, and the sealed PDF shows exactly what was agreed to.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from threading import Lock

from fontTools.misc.transform import Transform
from fontTools.pens.basePen import BasePen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from app.documents.kerning import Kerning
from app.errors import BadInput

FONTS = Path(__file__).with_name("fonts")
_FILES = {
    "lively": "Caveat-Medium.ttf",
    "steady": "MarckScript-Regular.ttf",
    "formal": "GreatVibes-Regular.ttf",
}
HANDS = tuple(_FILES)
"""Names of the hands a person may choose from."""
_FALLBACK = "IBMPlexSans-Regular.ttf"
_EM = 1000.0
_SPACE = 210.0
MAX_NAME = 120
CANNOT_WRITE = "This name cannot be written by us. Please draw it instead."

Segment = tuple[str, tuple[float, ...]]
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class HandPaths:
    """The outline of a name. Units: 1000 to the em, y downwards as in SVG; `box` is (x, y, width, height)."""

    segments: tuple[Segment, ...]
    box: tuple[float, float, float, float]

    @property
    def path(self) -> str:
        """The outline as SVG path data."""
        said = (f"{op}{' '.join(f'{n:.0f}' for n in numbers)}" for op, numbers in self.segments)
        return "".join(said)

    @property
    def view_box(self) -> str:
        """The box as SVG's viewBox."""
        return " ".join(f"{number:.0f}" for number in self.box)


@lru_cache(maxsize=256)
def hand_paths(name: str, hand: str) -> HandPaths:
    """Return the outline of `name` in one of HANDS.

    Raises BadInput when the hand is unknown, or when no letter of the name is in our fonts.
    """
    if hand not in _FILES:
        raise BadInput(CANNOT_WRITE, field="hand")
    text = " ".join(unicodedata.normalize("NFC", name).split())[:MAX_NAME]
    pen = _Outline()
    with _LOCK:
        _write(text, _font(_FILES[hand]), _font(_FALLBACK)[0], pen)
    if not pen.segments:
        raise BadInput(CANNOT_WRITE, field="name")
    return HandPaths(tuple(pen.segments), pen.box())


def hand_svg(name: str, hand: str) -> str:
    """Return `name` in `hand` as an SVG picture, coloured by the text around it."""
    outline = hand_paths(name, hand)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{outline.view_box}" aria-hidden="true" '
        f'focusable="false"><path fill="currentColor" d="{outline.path}"/></svg>'
    )


class _Outline(BasePen):  # type: ignore[misc]
    """Collects absolute segments; TrueType's quadratic curves arrive as cubic ones."""

    def __init__(self) -> None:
        super().__init__({})
        self.segments: list[Segment] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - fontTools' name
        self.segments.append(("M", pt))

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.segments.append(("L", pt))

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802
        self.segments.append(("C", (*pt1, *pt2, *pt3)))

    def _closePath(self) -> None:  # noqa: N802
        self.segments.append(("Z", ()))

    def box(self) -> tuple[float, float, float, float]:
        """The box round all points, with a little air."""
        xs = [n for _, numbers in self.segments for n in numbers[::2]]
        ys = [n for _, numbers in self.segments for n in numbers[1::2]]
        air = 20.0
        left, top = min(xs) - air, min(ys) - air
        return (left, top, max(xs) - left + air, max(ys) - top + air)


Point = tuple[float, float]


@lru_cache(maxsize=8)
def _font(file: str) -> tuple[TTFont, Kerning]:
    font = TTFont(FONTS / file, lazy=True)
    return font, Kerning(font)


def _write(text: str, hand: tuple[TTFont, Kerning], fallback: TTFont, pen: _Outline) -> None:
    """Word by word, so that one letter the hand lacks does not stand alone among the others."""
    x = 0.0
    for word in text.split():
        font = hand[0] if all(ord(letter) in hand[0].getBestCmap() for letter in word) else fallback
        names = [font.getBestCmap().get(ord(letter)) for letter in word]
        glyphs = [name for name in names if name is not None]
        x = _write_word(glyphs, font, hand[1] if font is hand[0] else None, pen, x) + _SPACE


def _write_word(
    names: list[str], font: TTFont, kerning: Kerning | None, pen: _Outline, x: float
) -> float:
    """Draw one word from `x` on and return where it ends."""
    scale = _EM / font["head"].unitsPerEm
    glyphs = pen.glyphSet = font.getGlyphSet()
    for name, following in zip_longest(names, names[1:]):
        glyphs[name].draw(TransformPen(pen, Transform(scale, 0, 0, -scale, x, 0)))
        near = kerning.between(name, following) if kerning and following else 0.0
        x += (glyphs[name].width + near) * scale
    return x
