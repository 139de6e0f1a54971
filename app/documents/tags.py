"""Tags of our Word templates: how `{{ sign("client") }}` reserves its place in the text.

While a template renders, a tag is a short run of private-use characters. Afterwards it becomes an empty
inline picture of the field's size that is also a link to an address under `paraph.invalid`. LibreOffice
prints that link as a rectangle on the right page, wherever the text flowed; `app.documents.tagged` reads it
and removes picture and link. Why this and nothing else: docs/adr/0004-tags-become-fields.md.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree

from app.core.fields import FieldKind
from app.documents.docx_guard import OUR_HOST, Parts, W, parse, serialize

ADDRESS = f"https://{OUR_HOST}/f/"
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
MARKER = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")

_KINDS = {
    "sign": (FieldKind.SIGNATURE, 62.0, 19.0),
    "initials": (FieldKind.INITIALS, 24.0, 11.0),
    "stamp": (FieldKind.STAMP, 38.0, 38.0),
    "date_signed": (FieldKind.DATE_SIGNED, 34.0, 5.0),
    "ask": (FieldKind.TEXT, 62.0, 5.5),
    "ask_number": (FieldKind.NUMBER, 34.0, 5.5),
    "ask_date": (FieldKind.DATE, 34.0, 5.5),
    "choice": (FieldKind.CHOICE, 62.0, 5.5),
    "crm": (FieldKind.TEXT, 62.0, 5.5),
    "tick": (FieldKind.CHECKBOX, 4.5, 4.5),
}
TAGS = tuple(_KINDS)
_MIN_MM, MAX_MM = 3.0, 200.0
EMU_PER_MM = 36_000
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_PKG = "http://schemas.openxmlformats.org/package/2006"
PICTURE_SPACES = {"rels": f"{_PKG}/relationships".encode()}
_MEDIA = "media/paraph_space.png"


@dataclass(frozen=True, slots=True)
class TagUse:
    """One tag as it stands in a template. Sizes in millimetres."""

    kind: FieldKind
    role: str
    label: str = ""
    required: bool = True
    width: float = 62.0
    height: float = 19.0
    options: tuple[str, ...] = ()
    """The answers of a choice."""
    crm_name: str = ""
    """Placeholder whose value stands in it beforehand."""


def tag_from_call(
    name: str, arguments: tuple[object, ...], options: Mapping[str, object]
) -> TagUse:
    """Return the tag that `name(*arguments, **options)` means; odd options are ignored."""
    kind, width, height = _KINDS[name]
    said = [str(one) for one in arguments[1:]]
    crm_name = said.pop(0) if name == "crm" and said else ""
    return TagUse(
        kind=kind,
        role=str(arguments[0]),
        label=said[0] if said else str(options.get("label", "")),
        required=bool(options.get("required", kind is not FieldKind.STAMP)),
        width=_size(options.get("width"), width),
        height=_size(options.get("height"), height),
        options=tuple(said[1:]) if name == "choice" else (),
        crm_name=crm_name,
    )


def tag_from_json(values: Mapping[str, Any]) -> TagUse:
    """Return the tag kept as `asdict` wrote it. Raises ValueError, TypeError, KeyError."""
    kind, options = FieldKind(values["kind"]), tuple(map(str, values["options"]))
    return TagUse(**{**values, "kind": kind, "options": options})


def _size(wish: object, usual: float) -> float:
    if isinstance(wish, bool) or not isinstance(wish, (int, float)):
        return usual
    return min(max(float(wish), _MIN_MM), MAX_MM)


class TagBook:
    """Collects the tags of one rendering; its functions go into the template's context."""

    def __init__(self) -> None:
        self.uses: list[TagUse] = []

    def functions(self) -> dict[str, Callable[..., str]]:
        """Return the tag functions by name."""
        return {name: self._function(name) for name in _KINDS}

    def _function(self, name: str) -> Callable[..., str]:
        def use(*arguments: object, **options: object) -> str:
            self.uses.append(tag_from_call(name, arguments, options))
            return f"{_OPEN}{len(self.uses) - 1}{_CLOSE}"

        return use


@dataclass(frozen=True, slots=True)
class Reserved:
    """A tag as its address says it. `number` of `total` in the text; 0 of 0 in a header or footer."""

    use: TagUse
    number: int
    total: int


def reserve_places(parts: Parts, uses: list[TagUse]) -> Parts:
    """Return `parts` with every marker turned into an empty, linked picture of the field's size."""
    changed = dict(parts)
    for name, body in parts.items():
        if name.endswith(".xml") and _OPEN.encode() in body:
            changed |= _reserve_in(name, body, changed, uses)
    if len(changed) > len(parts) or changed != parts:
        changed["[Content_Types].xml"] = with_png(changed["[Content_Types].xml"])
        changed[f"word/{_MEDIA}"] = blank_png()
    return changed


def _reserve_in(name: str, body: bytes, parts: Parts, uses: list[TagUse]) -> Parts:
    root = parse(body)
    folder, leaf = name.rsplit("/", 1)
    rels_name = f"{folder}/_rels/{leaf}.rels"
    empty = f'<Relationships xmlns="{_PKG}/relationships"/>'.encode()
    rels = parse(parts.get(rels_name, empty))
    marked = [text for text in root.iter(f"{W}t") if _OPEN in (text.text or "")]
    numbers = [int(number) for text in marked for number in MARKER.findall(text.text)]
    counted = leaf == "document.xml"
    reserved = (
        (
            number,
            Reserved(uses[number], place, len(numbers))
            if counted
            else Reserved(uses[number], 0, 0),
        )
        for place, number in enumerate(numbers, 1)
    )
    drawings = _drawings(reserved, rels)
    for text in marked:
        split_text(text, MARKER, drawings)
    return {name: serialize(root), rels_name: serialize(rels)}


def _drawings(
    reserved: Iterable[tuple[int, Reserved]], rels: etree._Element
) -> Iterator[etree._Element]:
    """One picture for each reserved place, related to its file and to its address."""
    picture = relate(rels, "image", _MEDIA)
    for number, place in reserved:
        link = relate(rels, "hyperlink", address_of(place), external=True)
        yield _drawing(place.use, number, picture, link)


def split_text(
    text: etree._Element, marker: re.Pattern[str], drawings: Iterator[etree._Element]
) -> None:
    """Replace one `w:t` by text, picture, text...: inside the same run, so its look stays."""
    run = text.getparent()
    for index, piece in enumerate(marker.split(text.text or "")):
        if index % 2:
            run.insert(run.index(text), next(drawings))
        elif piece:
            run.insert(run.index(text), _text_element(piece))
    run.remove(text)


def _text_element(words: str) -> etree._Element:
    element = etree.Element(f"{W}t")
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    element.text = words
    return element


def relate(rels: etree._Element, kind: str, target: str, *, external: bool = False) -> str:
    """Add a relationship to a part's list and return its id."""
    ids = {rel.get("Id") for rel in rels}
    number = next(n for n in range(1, 100_000) if f"pfId{n}" not in ids)
    rel = etree.SubElement(rels, f"{{{_PKG}/relationships}}Relationship")
    rel.set("Id", f"pfId{number}")
    rel.set("Type", f"{_R}/{kind}")
    rel.set("Target", target)
    if external:
        rel.set("TargetMode", "External")
    return f"pfId{number}"


def _drawing(use: TagUse, number: int, picture: str, link: str) -> etree._Element:
    size = (int(use.width * EMU_PER_MM), int(use.height * EMU_PER_MM))
    label = f'id="{90_000 + number}" name="field {number}"'
    return inline_picture(size, label, picture, link=f'<a:hlinkClick r:id="{link}"/>')


def inline_picture(
    size: tuple[int, int], label: str, picture: str, *, link: str = ""
) -> etree._Element:
    """Return a drawing in the line of text. size: EMU; label: its id and name; picture: its relationship."""
    extent = f'cx="{size[0]}" cy="{size[1]}"'
    return etree.fromstring(
        f'<w:drawing xmlns:w="{W[1:-1]}" xmlns:wp="{_WP}" xmlns:a="{_A}" xmlns:pic="{_PIC}" xmlns:r="{_R}">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {extent}/>'
        f"<wp:docPr {label}>{link}</wp:docPr>"
        f'<a:graphic><a:graphicData uri="{_PIC}"><pic:pic>'
        f"<pic:nvPicPr><pic:cNvPr {label}/><pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="{picture}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        f"</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def with_png(types: bytes) -> bytes:
    """Return the list of content types with PNG in it."""
    root = parse(types)
    tag = f"{{{_PKG}/content-types}}Default"
    if not any(d.get("Extension", "").lower() == "png" for d in root.iter(tag)):
        default = etree.Element(tag)
        default.set("Extension", "png")
        default.set("ContentType", "image/png")
        root.insert(0, default)
    return serialize(root)


def blank_png() -> bytes:
    """Return a picture of one wholly transparent pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + sum_

    header = struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(5))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def address_of(place: Reserved) -> str:
    """Return the address that carries `place` through LibreOffice."""
    values = {**asdict(place.use), "number": place.number, "total": place.total}
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return ADDRESS + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_address(address: str) -> Reserved | None:
    """Return the reserved place that `address` carries, or None when it is an ordinary link."""
    if not address.startswith(ADDRESS):
        return None
    code = address.removeprefix(ADDRESS)
    try:
        values = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        number, total = int(values.pop("number")), int(values.pop("total"))
        use = tag_from_json(values)
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Reserved(use, number, total)
