"""PDFs from outside look the same once they are ready: comments, forms, turned and cropped pages, large files."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image, ImageChops

from app.documents.pages import page_count, page_picture, page_sizes, page_text
from app.documents.pdf_info import MAX_PAGES, MAX_PDF
from app.documents.uploads import from_upload
from app.errors import BadInput
from tests.tools.documents_kit import pdf

BOX = [100, 500, 300, 560]
SEEN_ONLY, PRINTED, HIDDEN = 0, 4, 2


def edited(document: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(document)) as opened:
        change(opened)
        out = io.BytesIO()
        opened.save(out)
    return out.getvalue()


def annotated(look: str = "", *, flags: int = PRINTED, **values: object) -> bytes:
    """A page with one annotation over BOX; `look`: the commands that draw it, "" for none."""

    def change(document: pikepdf.Pdf) -> None:
        one = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Rect=BOX, F=flags, **values)
        if look:
            form = document.make_stream(look.encode())
            form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
            form.BBox = pikepdf.Array([0, 0, 200, 60])
            one.AP = pikepdf.Dictionary(N=form)
        kept = document.make_indirect(one)
        document.pages[0].obj.Annots = pikepdf.Array([kept])
        if one.Subtype == pikepdf.Name.Widget:
            document.Root.AcroForm = pikepdf.Dictionary(Fields=[kept])

    return edited(pdf("Text"), change)


def picture(document: bytes, index: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(page_picture(document, index, width_px=300))).convert("L")


def ink(document: bytes) -> int:
    """How many points in BOX are not white."""
    scale = 300 / 595
    left, right = round(100 * scale), round(300 * scale)
    area = picture(document).crop((left, round((842 - 560) * scale), right, round(342 * scale)))
    return sum(area.histogram()[:235])


def is_alike(one: bytes, other: bytes, index: int = 0) -> bool:
    a, b = picture(one, index), picture(other, index)
    worst = sum(ImageChops.difference(a, b).histogram()[60:])
    return a.size == b.size and worst < a.width * a.height * 0.002


FILLED = "0 0 1 rg 0 0 200 60 re f"


@pytest.mark.parametrize("flags", [PRINTED, SEEN_ONLY])
@pytest.mark.parametrize("kind", ["FreeText", "Stamp", "Widget"])
def test_what_the_screen_shows_over_a_page_becomes_part_of_it(kind: str, flags: int) -> None:
    made = annotated(FILLED, flags=flags, Subtype=pikepdf.Name(f"/{kind}"))
    ready = from_upload("a.pdf", made).ready
    assert ink(ready) > 3_000
    assert kind == "Widget" or is_alike(made, ready)
    with pikepdf.open(io.BytesIO(ready)) as document:
        assert "/Annots" not in document.pages[0].obj


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("FreeText", {"Contents": "Only 10 pieces", "DA": "/Helv 24 Tf 0 0 1 rg"}),
        ("Square", {"C": [1, 0, 0]}),
        ("Highlight", {"C": [1, 0.6, 0], "QuadPoints": [100, 560, 300, 560, 100, 500, 300, 500]}),
    ],
)
def test_a_comment_without_a_look_of_its_own_is_drawn_as_viewers_do(
    kind: str, more: dict[str, object]
) -> None:
    made = annotated(Subtype=pikepdf.Name(f"/{kind}"), **more)
    assert ink(made) > 100
    ready = from_upload("a.pdf", made).ready
    assert is_alike(made, ready)
    assert "Text" in page_text(ready, 0)


def test_what_is_hidden_stays_hidden_and_buttons_are_left_out() -> None:
    hidden = annotated(FILLED, flags=HIDDEN, Subtype=pikepdf.Name.FreeText)
    assert ink(from_upload("a.pdf", hidden).ready) == 0
    button = annotated(
        FILLED, flags=SEEN_ONLY, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Btn, Ff=1 << 16
    )
    assert ink(from_upload("a.pdf", button).ready) == 0


def test_pages_turned_cropped_and_of_mixed_sizes_keep_their_look() -> None:
    def change(document: pikepdf.Pdf) -> None:
        for number, page in enumerate(document.pages):
            page.obj.Rotate = 90 * number
            page.obj.CropBox = pikepdf.Array([40, 100 + 50 * number, 560, 800])
        document.pages[2].obj.MediaBox = pikepdf.Array([0, 0, 595, 1500])

    made = edited(pdf("one", "two", "three", "four"), change)
    ready = from_upload("a.pdf", made).ready
    assert page_sizes(ready) == page_sizes(made)
    assert len(set(page_sizes(ready))) == 4
    assert all(is_alike(made, ready, number) for number in range(4))


def test_a_form_that_asks_its_viewer_to_draw_is_drawn() -> None:
    def change(document: pikepdf.Pdf) -> None:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        field = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="a",
                V="Lyon",
                Rect=BOX,
                F=4,
                DA="/Helv 24 Tf 0 g",
            )
        )
        document.pages[0].obj.Annots = pikepdf.Array([field])
        fonts = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=document.make_indirect(font)))
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[field], NeedAppearances=True, DR=fonts)

    ready = from_upload("a.pdf", edited(pdf("Town:"), change)).ready
    assert "Lyon" in page_text(ready, 0)
    assert ink(ready) > 50


def test_as_many_pages_as_allowed_are_taken_and_one_more_is_refused() -> None:
    def many(count: int) -> bytes:
        document = pikepdf.new()
        for _ in range(count):
            document.add_blank_page(page_size=(595, 842))
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    assert page_count(from_upload("a.pdf", many(MAX_PAGES)).ready) == MAX_PAGES
    with pytest.raises(BadInput, match="501 pages; at most 500"):
        from_upload("a.pdf", many(MAX_PAGES + 1))


def test_a_file_just_below_the_limit_is_taken_and_one_above_refused() -> None:
    noise = random.Random(4).randbytes(1024 * 1024)

    def change(document: pikepdf.Pdf) -> None:
        pictures = pikepdf.Dictionary()
        for number in range(48):
            body = zlib.compress(noise[number:] + noise[:number], 0)
            stream = pikepdf.Stream(document, b"")
            stream.write(body, filter=pikepdf.Name.FlateDecode)
            stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            stream.Width = stream.Height = 1024
            stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name.DeviceGray, 8
            pictures[f"/P{number}"] = document.make_indirect(stream)
        page = document.pages[0]
        page.obj.Resources = pikepdf.Dictionary(XObject=pictures)
        drawn = "".join(f"q 90 0 0 90 {n * 10} {n * 12} cm /P{n} Do Q " for n in range(48))
        page.obj.Contents = document.make_stream(drawn.encode())

    large = edited(pdf("x"), change)
    assert 48 * 1024 * 1024 < len(large) <= MAX_PDF
    ready = from_upload("scan.pdf", large).ready
    assert is_alike(large, ready)
    with pytest.raises(BadInput, match="at most 50 MB"):
        from_upload("scan.pdf", large + bytes(MAX_PDF))
