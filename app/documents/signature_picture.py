"""A picture of a signature that somebody brings: decoded with care, its paper made transparent, cut to the ink."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageFilter, ImageOps

from app.errors import BadInput

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1_200
FORMATS = ("PNG", "JPEG", "WEBP")

TOO_BIG = "This picture is too big: at most 12 MB. Please choose a smaller one."
UNREADABLE = "This picture cannot be read. Please use a PNG or JPEG."
BLANK = "There is no ink in this picture. Please take it again on white paper, in good light."

_FAINT = 24
"""Difference from the paper (0..255) up to which a pixel is paper; twice as much is full ink."""


def read_picture(picture: bytes) -> Image.Image:
    """Return `picture` decoded, upright, at most MAX_SIDE pixels a side, with transparency. Raises BadInput."""
    if len(picture) > MAX_BYTES:
        raise BadInput(TOO_BIG, field="picture")
    try:
        with Image.open(io.BytesIO(picture), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadInput(TOO_BIG, field="picture")
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((MAX_SIDE, MAX_SIDE))
            return upright.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(UNREADABLE, field="picture") from error


def clean_ink(data: bytes) -> bytes:
    """Return `data` as a PNG of the ink alone: paper transparent, margins cut off.

    data: an untrusted PNG, JPEG or WebP. Raises BadInput when it cannot be read or shows nothing.
    """
    image = read_picture(data)
    if not any(image.getchannel("A").histogram()[:250]):
        image.putalpha(_ink_mask(image))
    box = image.getchannel("A").point(lambda value: 255 if value > 16 else 0).getbbox()
    if box is None:
        raise BadInput(BLANK, field="picture")
    out = io.BytesIO()
    image.crop(box).save(out, "PNG", optimize=True)
    return out.getvalue()


def _ink_mask(image: Image.Image) -> Image.Image:
    """Opacity by darkness against the paper around: shadows of a photo are paper, not ink."""
    grey = image.convert("L")
    small = grey.resize((max(grey.width // 24, 1), max(grey.height // 24, 1)))
    paper = _brightest_nearby(small).resize(grey.size, Image.Resampling.BICUBIC)
    darkness = ImageChops.subtract(paper, grey)
    return darkness.point(lambda value: min(max((value - _FAINT) * 255 // _FAINT, 0), 255))


def _brightest_nearby(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(2))
