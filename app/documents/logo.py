"""A company's logo as somebody brings it: decoded with care, drawn anew, small enough for a phone."""

from __future__ import annotations

import io

from app.documents.signature_picture import read_picture
from app.errors import BadInput

MAX_WIDTH, MAX_HEIGHT = 480, 160
"""Three times the room it has on the page, for fine screens."""


def clean_logo(data: bytes) -> bytes:
    """Return `data` (an untrusted PNG, JPEG or WebP) as a new PNG: pixels, nothing else. Raises BadInput."""
    image = read_picture(data)
    box = image.getchannel("A").getbbox()
    if box is None:
        raise BadInput("There is nothing to see in this picture.", field="picture")
    logo = image.crop(box)
    logo.thumbnail((MAX_WIDTH, MAX_HEIGHT))
    out = io.BytesIO()
    logo.save(out, "PNG", optimize=True)
    return out.getvalue()
