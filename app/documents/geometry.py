"""Page boxes: page fractions (upper left, as displayed) to PDF points and back, on rotated and cropped pages.

Source: ISO 32000-1, 7.7.3 (MediaBox, CropBox, Rotate).
"""

from __future__ import annotations

from dataclasses import dataclass

import pikepdf

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
A4: Box = (0.0, 0.0, 595.276, 841.89)


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What is visible of a page: `box` in user space (x0, y0, x1, y1), `rotation` 0, 90, 180 or 270 clockwise."""

    box: Box
    rotation: int

    @property
    def width(self) -> float:
        """Width as displayed, points."""
        x0, y0, x1, y1 = self.box
        return x1 - x0 if self.rotation in (0, 180) else y1 - y0

    @property
    def height(self) -> float:
        """Height as displayed, points."""
        x0, y0, x1, y1 = self.box
        return y1 - y0 if self.rotation in (0, 180) else x1 - x0

    def matrix(self) -> Matrix:
        """Return what turns displayed points (origin lower left) into user space, for the `cm` operator."""
        x0, y0, x1, y1 = self.box
        if self.rotation == 90:
            return (0.0, 1.0, -1.0, 0.0, x1, y0)
        if self.rotation == 180:
            return (-1.0, 0.0, 0.0, -1.0, x1, y1)
        if self.rotation == 270:
            return (0.0, -1.0, 1.0, 0.0, x0, y1)
        return (1.0, 0.0, 0.0, 1.0, x0, y0)

    def to_fractions(self, rect: Box) -> Box:
        """Return (x, y, w, h) as page fractions of a rectangle in user space."""
        x0, y0, x1, y1 = self.box
        wide, high = x1 - x0, y1 - y0
        ax, bx = sorted((rect[0], rect[2]))
        ay, by = sorted((rect[1], rect[3]))
        left, right = (ax - x0) / wide, (bx - x0) / wide
        bottom, top = (ay - y0) / high, (by - y0) / high
        if self.rotation == 90:
            return (bottom, left, top - bottom, right - left)
        if self.rotation == 180:
            return (1 - right, bottom, right - left, top - bottom)
        if self.rotation == 270:
            return (1 - top, 1 - right, top - bottom, right - left)
        return (left, 1 - top, right - left, top - bottom)


def frame_of(page: pikepdf.Page) -> PageFrame:
    """Return the frame of `page`; a broken box counts as A4."""
    media = _box(page.mediabox) or A4
    crop = _box(page.cropbox) or media
    box = (
        max(media[0], crop[0]),
        max(media[1], crop[1]),
        min(media[2], crop[2]),
        min(media[3], crop[3]),
    )
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        box = media
    return PageFrame(box, _rotation(page))


def _box(value: pikepdf.Array) -> Box | None:
    try:
        a, b, c, d = (float(number) for number in value)
    except (TypeError, ValueError):
        return None
    return (min(a, c), min(b, d), max(a, c), max(b, d))


def _rotation(page: pikepdf.Page) -> int:
    """`Rotate` may be inherited from the tree of pages."""
    node: pikepdf.Object | None = page.obj
    seen = 0
    while node is not None and seen < 50:
        if "/Rotate" in node:
            try:
                return int(node["/Rotate"]) % 360 // 90 * 90
            except (TypeError, ValueError):
                return 0
        node, seen = node.get("/Parent"), seen + 1
    return 0
