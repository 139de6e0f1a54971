"""A photo or scan as an A4 page, the right way up: what a phone's camera writes is turned by its EXIF.

The picture is written anew: nothing hidden in it (place, time, thumbnails) comes along.
"""

from __future__ import annotations

import io
import zlib

import pikepdf
from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import BadInput

NOT_A_PICTURE = "This picture is damaged and cannot be read. Please save it again."
TOO_FINE = "This picture is too large. Please make it smaller: at most {limit} megapixels."
MAX_PIXELS = {"JPEG": 200_000_000, "PNG": 40_000_000}
_A4 = (595.276, 841.89)
_MARGIN = 28.35
_MOST = (2362, 3390)
"""Pixels that fill the page within its margins at about 300 dpi."""
_LEAST_DPI = 110.0
"""A small picture is not blown up beyond this."""


def picture_to_pdf(data: bytes) -> bytes:
    """Return a PDF with one A4 page that shows the JPEG or PNG `data`. Raises BadInput."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as opened:
            kind = str(opened.format)
            limit = MAX_PIXELS[kind]
            if opened.width * opened.height > limit:
                raise BadInput(TOO_FINE, field="file", limit=limit // 1_000_000)
            opened.draft("RGB", (_MOST[1], _MOST[1]))
            picture = _on_white(ImageOps.exif_transpose(opened))
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        ZeroDivisionError,
        Image.DecompressionBombError,
    ) as error:
        raise BadInput(NOT_A_PICTURE, field="file") from error
    wide = picture.width > picture.height
    picture.thumbnail(_MOST[::-1] if wide else _MOST, Image.Resampling.LANCZOS)
    return _page(picture, wide=wide, lossless=kind == "PNG" and _is_drawing(picture))


def _on_white(picture: Image.Image) -> Image.Image:
    """Paper is white: what is transparent shows it."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        paper = Image.new("RGB", layered.size, "white")
        paper.paste(layered, mask=layered.getchannel("A"))
        return paper
    if picture.mode.startswith("I;16"):
        # 16 bits a pixel: Pillow would clip instead of scaling.
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    return picture.convert("RGB")


def _is_drawing(picture: Image.Image) -> bool:
    """Whether flat colours prevail: a screenshot or scan in black and white, which JPEG would smear."""
    small = picture.resize((min(picture.width, 400), min(picture.height, 400)), 0)
    return small.getcolors(4_000) is not None


def _page(picture: Image.Image, *, wide: bool, lossless: bool) -> bytes:
    width, height = _A4[::-1] if wide else _A4
    fit = min((width - 2 * _MARGIN) / picture.width, (height - 2 * _MARGIN) / picture.height)
    scale = min(fit, 72.0 / _LEAST_DPI)
    w, h = picture.width * scale, picture.height * scale
    x, y = (width - w) / 2, (height - h) / 2
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(width, height))
    page.obj["/Resources"] = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary(Picture=_image(document, picture, lossless=lossless))
    )
    drawn = f"q {w:.3f} 0 0 {h:.3f} {x:.3f} {y:.3f} cm /Picture Do Q"
    page.obj["/Contents"] = document.make_stream(drawn.encode())
    out = io.BytesIO()
    document.save(out, deterministic_id=True)
    return out.getvalue()


def _image(document: pikepdf.Pdf, picture: Image.Image, *, lossless: bool) -> pikepdf.Stream:
    if lossless:
        body, method = zlib.compress(picture.tobytes(), 6), pikepdf.Name.FlateDecode
    else:
        packed = io.BytesIO()
        picture.save(packed, "JPEG", quality=88, optimize=True)
        body, method = packed.getvalue(), pikepdf.Name.DCTDecode
    stream = pikepdf.Stream(document, b"")
    stream.write(body, filter=method)
    stream["/Type"], stream["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
    stream["/Width"], stream["/Height"] = picture.width, picture.height
    stream["/ColorSpace"], stream["/BitsPerComponent"] = pikepdf.Name.DeviceRGB, 8
    return stream
