"""A round company stamp, drawn from the company's name alone: for those who have no picture of theirs."""

from __future__ import annotations

import math
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parent / "fonts"
INK = (31, 58, 147, 255)
SIZE = 1440
"""Pixels while drawing; the stamp itself is a third of it, so that edges are smooth."""
OUT = 480
MAX_LETTERS = 64


@lru_cache(maxsize=32)
def round_stamp(company: str) -> bytes:
    """Return a PNG, 480 pixels square on a transparent ground: the name on a ring, its initials inside."""
    name = " ".join(company.split())[:MAX_LETTERS] or "—"
    picture = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    for inset, width in ((40, 22), (78, 7), (368, 7)):
        draw.ellipse((inset, inset, SIZE - inset, SIZE - inset), outline=INK, width=width)
    _around(picture, name.upper())
    _inside(draw, name)
    out = BytesIO()
    small = picture.resize((OUT, OUT), Image.Resampling.LANCZOS)
    small.quantize(32, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / "IBMPlexSans-SemiBold.ttf"), size)


def _around(picture: Image.Image, text: str) -> None:
    """Write `text` clockwise on the ring, centred at the top; long names get smaller letters."""
    radius, spacing, size = 500.0, 1.18, 138
    while size > 60 and _length(text, size) * spacing > 2 * math.pi * radius * 0.86:
        size -= 6
    font = _font(size)
    total = _length(text, size) * spacing
    angle = -total / radius / 2
    for letter in text:
        width = font.getlength(letter) * spacing
        angle += width / radius / 2
        _letter(picture, letter, font, angle, radius)
        angle += width / radius / 2
    if total < 2 * math.pi * radius * 0.7:
        for dot in (math.pi - 0.16, math.pi, math.pi + 0.16):
            _letter(picture, "•", _font(64), dot, radius)


def _length(text: str, size: int) -> float:
    return _font(size).getlength(text)


def _letter(
    picture: Image.Image, letter: str, font: ImageFont.FreeTypeFont, angle: float, radius: float
) -> None:
    tile = Image.new("RGBA", (260, 260), (0, 0, 0, 0))
    ImageDraw.Draw(tile).text((130, 130), letter, font=font, fill=INK, anchor="mm")
    turned = tile.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
    x = SIZE / 2 + radius * math.sin(angle) - 130
    y = SIZE / 2 - radius * math.cos(angle) - 130
    picture.alpha_composite(turned, (round(x), round(y)))


def _inside(draw: ImageDraw.ImageDraw, name: str) -> None:
    words = [word for word in name.split() if word[0].isalnum()]
    initials = "".join(word[0] for word in words)[:3].upper() or name[0]
    draw.text((SIZE / 2, SIZE / 2), initials, font=_font(256), fill=INK, anchor="mm")
