"""Pictures in Word templates: `{{ picture("logo", width=40) }}` prints our company's logo or stamp in the text.

The picture is decoded and written anew before it goes into the document; its size is limited, its sides keep
their proportion. Without a picture nothing is printed there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from app.documents.docx_guard import Parts, W, parse, serialize
from app.documents.signature_picture import read_picture
from app.documents.tags import (
    EMU_PER_MM,
    MAX_MM,
    PICTURE_SPACES,
    inline_picture,
    relate,
    split_text,
    with_png,
)

PICTURES = ("logo", "stamp")
"""What a template may name."""
MAX_SIDE = 1_000
_USUAL_MM = {"logo": 40.0, "stamp": 35.0}
_MIN_MM = 3.0
_OPEN, _CLOSE = "\ue0f2", "\ue0f3"
MARKER = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


@dataclass(frozen=True, slots=True)
class PictureUse:
    """A picture as a template asks for it; `width` in millimetres."""

    name: str
    width: float


class PictureBook:
    """Collects the pictures of one rendering; `use` goes into the template's context."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self.pictures = {name: body for name, body in pictures.items() if name in PICTURES and body}
        self.uses: list[PictureUse] = []

    def use(self, name: object, **options: object) -> str:
        """Return the marker that stands for the picture, "" when there is none."""
        if str(name) not in self.pictures:
            return ""
        wish = options.get("width")
        is_size = isinstance(wish, (int, float)) and not isinstance(wish, bool)
        width = float(wish) if is_size else _USUAL_MM[str(name)]  # type: ignore[arg-type]
        self.uses.append(PictureUse(str(name), min(max(width, _MIN_MM), MAX_MM)))
        return f"{_OPEN}{len(self.uses) - 1}{_CLOSE}"


def place_pictures(parts: Parts, book: PictureBook) -> Parts:
    """Return `parts` with every marker turned into its picture. Raises BadInput when one cannot be read."""
    if not book.uses:
        return parts
    ready = {name: _anew(book.pictures[name]) for name in {use.name for use in book.uses}}
    changed = dict(parts)
    for name, body in parts.items():
        if name.endswith(".xml") and _OPEN.encode() in body:
            changed |= _place_in(name, body, changed, book, ready)
    for name, (body, _) in ready.items():
        changed[f"word/{_file(name)}"] = body
    changed["[Content_Types].xml"] = with_png(changed["[Content_Types].xml"])
    return changed


def _file(name: str) -> str:
    return f"media/paraph_{name}.png"


def _anew(picture: bytes) -> tuple[bytes, float]:
    """The picture as a PNG of ours, and its height over its width."""
    image = read_picture(picture)
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue(), image.height / image.width


def _place_in(
    name: str,
    body: bytes,
    parts: Parts,
    book: PictureBook,
    ready: Mapping[str, tuple[bytes, float]],
) -> Parts:
    root = parse(body)
    folder, leaf = name.rsplit("/", 1)
    rels_name = f"{folder}/_rels/{leaf}.rels"
    rels = parse(parts.get(rels_name, b'<Relationships xmlns="%s"/>' % PICTURE_SPACES["rels"]))
    marked = [text for text in root.iter(f"{W}t") if _OPEN in (text.text or "")]
    drawings = _drawings([n for t in marked for n in MARKER.findall(t.text)], rels, book, ready)
    for text in marked:
        split_text(text, MARKER, drawings)
    return {name: serialize(root), rels_name: serialize(rels)}


def _drawings(
    numbers: list[str],
    rels: etree._Element,
    book: PictureBook,
    ready: Mapping[str, tuple[bytes, float]],
) -> Iterator[etree._Element]:
    for index, number in enumerate(numbers):
        use = book.uses[int(number)]
        height = min(use.width * ready[use.name][1], MAX_MM)
        size = (int(use.width * EMU_PER_MM), int(height * EMU_PER_MM))
        related = relate(rels, "image", _file(use.name))
        yield inline_picture(size, f'id="{80_000 + index}" name="{use.name}"', related)
