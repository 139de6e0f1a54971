"""After printing: the places that tags reserved become fields, and every trace of them leaves the PDF.

A tag was printed as a link to an address of ours over an empty picture (tags.py). The link's rectangle is the
field; link and picture are then removed from the page. Links to anything but web, mail and phone go too.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pikepdf

from app.core.fields import Field
from app.documents.anchors import anchors_for
from app.documents.geometry import Box, PageFrame, frame_of
from app.documents.tags import Reserved, from_address
from app.errors import ConversionFailed

Command = pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage
Taken = tuple[Reserved, Box]
GENERATE = pikepdf.ObjectStreamMode.generate
NO_ROOM = (
    "{count} of the tags in this template found no room on the page. Please give them more space."
)
_SAFE = ("http://", "https://", "mailto:", "tel:")


@dataclass(frozen=True, slots=True)
class TaggedPdf:
    """A printed document without its tags, and the fields they became, in reading order."""

    pdf: bytes
    fields: tuple[Field, ...]


def collect_fields(pdf: bytes) -> TaggedPdf:
    """Return `pdf` without tags and the fields they stood for.

    Raises ConversionFailed on a broken PDF, or when a tag was not printed for want of room.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            found = [
                (index, place, rect)
                for index, page in enumerate(document.pages)
                for place, rect in _take_from(document, page)
            ]
            _refuse_lost([place for _, place, _ in found])
            _forget_blank_pictures(document)
            document.remove_unreferenced_resources()
            out = io.BytesIO()
            document.save(out, object_stream_mode=GENERATE, deterministic_id=True)
    except pikepdf.PdfError as error:
        raise ConversionFailed from error
    cleaned = out.getvalue()
    return TaggedPdf(cleaned, _with_anchors(cleaned, _fields(found)))


def _refuse_lost(places: list[Reserved]) -> None:
    """A tag that found no room (in a row of fixed height, say) must not become a contract without a field."""
    counted = {place.number: place.total for place in places if place.total}
    missing = max(counted.values(), default=0) - len(counted)
    if missing > 0:
        raise ConversionFailed(NO_ROOM, count=missing)


def _take_from(document: pikepdf.Pdf, page: pikepdf.Page) -> list[Taken]:
    """Remove the tags of `page` and return them with their place."""
    annotations = page.obj.get("/Annots")
    if annotations is None:
        return []
    frame = frame_of(page)
    taken, kept = [], []
    for annotation in annotations:
        address = _address(annotation)
        place = from_address(address)
        if place is not None:
            taken.append((place, _clip(frame, annotation)))
        elif not address or address.lower().startswith(_SAFE):
            kept.append(annotation)
    if kept:
        page.obj["/Annots"] = pikepdf.Array(kept)
    else:
        del page.obj["/Annots"]
    if taken:
        _remove_blank_pictures(document, page)
    return taken


def _address(annotation: pikepdf.Object) -> str:
    action = annotation.get("/A")
    if annotation.get("/Subtype") != pikepdf.Name.Link or action is None:
        return ""
    if action.get("/S") != pikepdf.Name.URI:
        # Launch, GoToR and the like reach outside the document: an address that no list of ours allows.
        return "" if action.get("/S") == pikepdf.Name.GoTo else "other:"
    return str(action.get("/URI", ""))


def _clip(frame: PageFrame, annotation: pikepdf.Object) -> Box:
    a, b, c, d = (float(number) for number in annotation.Rect)
    x, y, w, h = frame.to_fractions((a, b, c, d))
    left, top = min(max(x, 0.0), 0.99), min(max(y, 0.0), 0.99)
    return (left, top, min(w, 1.0 - left), min(h, 1.0 - top))


def _remove_blank_pictures(document: pikepdf.Pdf, page: pikepdf.Page) -> None:
    pictures = page.resources.get("/XObject")
    if pictures is None:
        return
    blank = {name for name, item in pictures.items() if _is_blank(item)}
    if not blank:
        return
    commands = pikepdf.parse_content_stream(page)
    kept = list(_without(commands, blank))
    page.Contents = document.make_stream(pikepdf.unparse_content_stream(kept))


def _forget_blank_pictures(document: pikepdf.Pdf) -> None:
    """Only once no page draws them any more: LibreOffice has all pages share one list of pictures."""
    for page in document.pages:
        pictures = page.resources.get("/XObject")
        if pictures is not None:
            for name in [name for name, item in pictures.items() if _is_blank(item)]:
                del pictures[name]


def _is_blank(item: pikepdf.Object) -> bool:
    """A picture of one pixel with a mask: what tags.blank_png becomes."""
    return (
        item.get("/Subtype") == pikepdf.Name.Image
        and int(item.get("/Width", 0)) == 1
        and int(item.get("/Height", 0)) == 1
        and "/SMask" in item
    )


def _without(commands: Sequence[Command], blank: set[str]) -> Iterator[Command]:
    """The commands of a page without `q ... cm /Blank Do Q`."""
    index = 0
    while index < len(commands):
        group = commands[index : index + 4]
        names = [str(item.operator) for item in group]
        if names == ["q", "cm", "Do", "Q"] and str(group[2].operands[0]) in blank:
            index += 4
            continue
        if names[0] != "Do" or str(group[0].operands[0]) not in blank:
            yield commands[index]
        index += 1


def _fields(found: list[tuple[int, Reserved, Box]]) -> list[Field]:
    ordered = sorted(found, key=lambda item: (item[0], round(item[2][1], 2), item[2][0]))
    counts: Counter[str] = Counter()
    fields = []
    for page, place, (x, y, w, h) in ordered:
        use = place.use
        stem = f"{use.role}-{use.kind.value}"
        counts[stem] += 1
        fields.append(
            Field(
                key=f"{stem}-{counts[stem]}",
                kind=use.kind,
                role=use.role,
                page=page,
                x=x,
                y=y,
                w=w,
                h=h,
                required=use.required,
                label=use.label,
                from_tag=True,
                options=use.options,
                crm_name=use.crm_name,
            )
        )
    return fields


def _with_anchors(pdf: bytes, fields: list[Field]) -> tuple[Field, ...]:
    anchors = anchors_for(pdf, fields)
    return tuple(replace(f, anchor=a) for f, a in zip(fields, anchors, strict=True))
