"""Pages on screen, words and anchors, and values drawn where they belong."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import pikepdf
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.core.fields import Field, FieldKind, SignatureImage, SignatureWay
from app.documents.anchors import Outcome, anchor_for, place_again
from app.documents.hands import HANDS, hand_paths, hand_svg
from app.documents.ink import Area, fit
from app.documents.pages import page_count, page_picture, page_sizes, page_text, page_words
from app.documents.pdf_info import inspect_pdf
from app.documents.signature_picture import clean_ink
from app.documents.stamp import Mark, stamp
from app.errors import BadInput, NotFound
from tests.tools.documents_kit import field, pdf, turned

LETTER = "Contract\nFor the client\nSignature\nFor the provider\nSignature"


def picture(document: bytes, index: int = 0, width: int = 600) -> Image.Image:
    return Image.open(io.BytesIO(page_picture(document, index, width_px=width))).convert("L")


def inked(image: Image.Image) -> tuple[float, float, float, float] | None:
    """The box of everything dark, as page fractions (left, top, right, bottom)."""
    box = image.point(lambda value: 255 if value < 140 else 0).getbbox()
    if box is None:
        return None
    return (
        box[0] / image.width,
        box[1] / image.height,
        box[2] / image.width,
        box[3] / image.height,
    )


def drawn(
    mark: Mark, *, rotation: int = 0, crop: tuple[int, int, int, int] | None = None
) -> Image.Image:
    return picture(stamp(turned(pdf(""), rotation, crop), [mark]))


def in_box(image: Image.Image, where: Field) -> bool:
    found = inked(image)
    edge = 0.012
    return found is not None and (
        found[0] >= where.x - edge
        and found[1] >= where.y - edge
        and found[2] <= where.x + where.w + edge
        and found[3] <= where.y + where.h + edge
    )


def test_pages_are_counted_measured_and_drawn() -> None:
    document = pdf("one", "two\nlines")
    assert page_count(document) == 2
    assert page_sizes(document)[1] == (595, 842)
    assert picture(document, 1).size == (600, 850)
    assert page_text(document, 1) == "two lines"
    with pytest.raises(NotFound):
        page_picture(document, 2)


def test_words_stand_where_they_are_seen() -> None:
    (word,) = page_words(pdf("Hello"), 0)
    box = inked(picture(pdf("Hello"), width=1200))
    assert box is not None
    assert word.x == pytest.approx(box[0], abs=0.004)
    assert word.x + word.w == pytest.approx(box[2], abs=0.004)
    assert word.y <= box[1] <= box[3] <= word.y + word.h


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_of_rotated_pages_stand_where_they_are_seen(rotation: int) -> None:
    document = turned(pdf("Hello"), rotation, (30, 50, 500, 800))
    (word,) = page_words(document, 0)
    box = inked(picture(document, width=1200))
    assert box is not None
    assert word.x <= box[0] + 0.004
    assert word.y <= box[1] + 0.004
    assert word.x + word.w >= box[2] - 0.004
    assert word.y + word.h >= box[3] - 0.004


TYPED = SignatureImage(SignatureWay.TYPED, text="Claire Fontaine", hand="steady")
WAVE = tuple((n / 50, 0.5 + 0.45 * math.sin(n / 4)) for n in range(51))
DRAWN = SignatureImage(SignatureWay.DRAWN, strokes=(WAVE, ((0.5, 0.5),)), aspect=2.5)


def red_png(size: tuple[int, int] = (60, 60)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, (160, 0, 0, 255)).save(out, "PNG")
    return out.getvalue()


MARKS = [
    Mark(field(), text="Some words that are typed"),
    Mark(field(FieldKind.DATE_SIGNED, from_tag=True), text="24 November 2026"),
    Mark(field(FieldKind.CHECKBOX, w=0.05), text="yes"),
    Mark(field(FieldKind.SIGNATURE, h=0.1), image=TYPED, caption=("Claire Fontaine", "7F3A")),
    Mark(field(FieldKind.SIGNATURE, h=0.1), image=DRAWN),
    Mark(field(FieldKind.INITIALS), image=replace(TYPED, text="CF", hand="formal")),
    Mark(field(FieldKind.STAMP, h=0.2), picture=red_png()),
    Mark(field(FieldKind.SIGNATURE), image=SignatureImage(SignatureWay.PICTURE, picture="0" * 64),
         picture=red_png((90, 30))),
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.field.kind.value)
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (40, 60, 520, 700)])
def test_a_value_is_seen_inside_its_box_whatever_the_page(
    mark: Mark, rotation: int, crop: tuple[int, int, int, int] | None
) -> None:
    where = replace(mark.field, x=0.5, y=0.6)
    assert in_box(drawn(replace(mark, field=where), rotation=rotation, crop=crop), where)


def test_a_page_that_leaves_the_graphics_state_shifted_does_not_move_the_values() -> None:
    with pikepdf.open(io.BytesIO(pdf(""))) as opened:
        opened.pages[0].contents_add(b"2 0 0 2 100 100 cm ")
        out = io.BytesIO()
        opened.save(out)
    mark = Mark(field(), text="Here")
    assert in_box(picture(stamp(out.getvalue(), [mark])), mark.field)


def test_long_text_shrinks_and_wraps_but_is_never_cut() -> None:
    said = "word " * 30 + "end"
    mark = Mark(field(w=0.4, h=0.04), text=said)
    document = stamp(pdf(""), [mark])
    assert page_text(document, 0) == said
    assert in_box(picture(document, width=1200), mark.field)


def test_an_answer_too_long_for_its_field_stays_readable_and_goes_on_at_the_end() -> None:
    said = " ".join(f"word{number}" for number in range(300))
    mark = Mark(field(w=0.3, h=0.02, label="Address"), text=said)
    document = stamp(pdf(""), [mark], lang="fr")
    assert page_count(document) == 2
    first, last = page_text(document, 0), page_text(document, 1)
    assert first.startswith("word0 word1 ")
    assert first.endswith("… (1)")
    assert said in last
    assert "Réponses en entier" in last
    assert "Address" in last
    assert in_box(picture(stamp(pdf(""), [mark]), width=1200), mark.field)
    smallest = min(w.h for w in page_words(document, 0) if w.text.startswith("word"))
    assert smallest * 842 > 6.0


def test_a_long_word_without_a_gap_is_carried_on_too() -> None:
    mark = Mark(field(w=0.2, h=0.02), text="x" * 900)
    document = stamp(pdf(""), [mark])
    assert page_text(document, 1).replace(" ", "").count("x") == 900
    assert in_box(picture(document, width=1200), mark.field)


def test_answers_of_several_pages_are_numbered_through() -> None:
    long = "far too long for this small place " * 12
    marks = [Mark(field(w=0.2, h=0.02, page=n), text=long) for n in (0, 1)]
    document = stamp(pdf("one", "two"), marks)
    assert [page_text(document, n)[-3:] for n in (0, 1)] == ["(1)", "(2)"]
    assert page_count(document) == 3


def test_a_word_wider_than_its_box_shrinks() -> None:
    size, lines = fit("x" * 80, Area(0, 0, 100, 20), size=10)
    assert len(lines) == 1
    assert size < 4


@pytest.mark.parametrize("said", ["Élodie Brûlé", "Łukasz Żółć", "Анна Ёлкина", "Ελένη"])
def test_letters_of_our_languages_are_text_not_boxes(said: str) -> None:
    assert page_text(stamp(pdf(""), [Mark(field(), text=said)]), 0) == said


def test_an_empty_checkbox_is_drawn_without_a_tick() -> None:
    mark = Mark(field(FieldKind.CHECKBOX, w=0.05), text="")
    ticked = replace(mark, text="yes")
    dark = [sum(drawn(one).histogram()[:140]) for one in (mark, ticked)]
    assert 0 < dark[0] < dark[1]


def test_the_same_marks_give_the_same_bytes() -> None:
    once, twice = (stamp(pdf("a", "b"), MARKS, page_line="id") for _ in range(2))
    assert once == twice


def test_the_page_line_stands_on_every_page() -> None:
    document = stamp(pdf("a", "b", "c"), [], page_line="Paraph 7F3A")
    assert ["Paraph 7F3A" in page_text(document, n) for n in range(3)] == [True] * 3


def test_the_words_of_the_page_are_still_there_below() -> None:
    assert page_text(stamp(pdf("The contract"), [Mark(field(), text="yes")]), 0).startswith(
        "The contract"
    )


def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput):
        stamp(pdf(""), [Mark(field(FieldKind.STAMP), picture=b"no picture")])


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("name", ["Claire Fontaine", "Łukasz Żak", "Анна Ёлкина", "Ελένη", "X"])
def test_every_hand_writes_latin_cyrillic_and_greek(hand: str, name: str) -> None:
    outline = hand_paths(name, hand)
    assert len(outline.segments) > 8 * len(name) / 2
    assert hand_svg(name, hand).count("<path") == 1
    x, y, w, h = outline.box
    for _, numbers in outline.segments:
        assert all(x <= n <= x + w for n in numbers[::2])
        assert all(y <= n <= y + h for n in numbers[1::2])


def test_a_name_in_an_unknown_script_is_asked_to_be_drawn() -> None:
    with pytest.raises(BadInput, match="draw it"):
        hand_paths("山田", "steady")


def place(before: str, after: str, where: Field, page: int = 0) -> tuple[Outcome, Field]:
    anchored = replace(where, anchor=anchor_for(before, where))  # type: ignore[arg-type]
    (placed,) = place_again(after, [anchored])  # type: ignore[arg-type]
    return placed.outcome, placed.field


CLIENT = field(FieldKind.SIGNATURE, x=0.12, y=0.16, h=0.04)


def test_a_field_follows_its_words_down_the_page() -> None:
    before = pdf("Contract\nFor the client: Mr Petit\nother words of the text")
    after = pdf(
        "Contract\nA new paragraph\nand more\nFor the client: Ms Grand\nother words of the text"
    )
    where = field(FieldKind.SIGNATURE, x=0.12, y=0.165, h=0.04)
    outcome, found = place(before, after, where)
    assert outcome is Outcome.SAME
    assert found.y - where.y == pytest.approx(48 / 842, abs=0.002)
    assert found.x == pytest.approx(where.x, abs=0.001)


def test_on_the_same_document_nothing_moves() -> None:
    document = pdf(LETTER)
    for y in (0.11, 0.14, 0.17, 0.2):
        where = field(FieldKind.SIGNATURE, x=0.3, y=y, h=0.04)
        outcome, found = place(document, document, where)
        assert outcome is Outcome.SAME
        assert (found.x, found.y) == pytest.approx((where.x, where.y), abs=0.0002)


def test_words_on_another_page_are_reported_not_used_in_silence() -> None:
    before = pdf("For the client: sign here please")
    after = pdf("A long introduction", "For the client: sign here please")
    outcome, found = place(before, after, CLIENT)
    assert (outcome, found.page) == (Outcome.MOVED, 1)


def test_words_that_are_gone_are_reported() -> None:
    outcome, _ = place(pdf("For the client: sign here"), pdf("Something else entirely"), CLIENT)
    assert outcome is Outcome.LOST


def test_words_that_stand_twice_are_reported() -> None:
    before = pdf("x\nSign here please now\nend")
    after = pdf("Sign here please now\nend\ny\nz\nz\nSign here please now\nend")
    outcome, _ = place(before, after, field(FieldKind.SIGNATURE, x=0.12, y=0.17, h=0.03))
    assert outcome is Outcome.AMBIGUOUS


def test_words_that_stand_twice_on_both_documents_are_told_apart_by_their_place() -> None:
    where = field(FieldKind.SIGNATURE, x=0.3, y=0.2, h=0.03)
    outcome, found = place(pdf(LETTER), pdf(LETTER), where)
    assert (outcome, round(found.y, 3)) == (Outcome.SAME, 0.2)


def test_a_page_without_words_has_no_anchor_and_asks() -> None:
    outcome, _ = place(pdf(""), pdf(""), CLIENT)
    assert outcome is Outcome.LOST


def test_figures_beside_a_field_may_change() -> None:
    before = pdf("Total due 1200 EUR on 12 March 2026 signed")
    after = pdf("Total due 98 EUR on 3 March 2027 signed")
    outcome, _ = place(before, after, CLIENT)
    assert outcome is Outcome.SAME


def test_a_pdf_is_described() -> None:
    info = inspect_pdf(turned(pdf("a", "b"), 90, (0, 0, 300, 400)))
    assert (info.page_count, info.sizes[0], info.signatures, info.has_form) == (
        2,
        (400, 300),
        0,
        False,
    )


def test_a_pdf_with_a_password_is_refused() -> None:
    with pikepdf.open(io.BytesIO(pdf("a"))) as opened:
        out = io.BytesIO()
        opened.save(out, encryption=pikepdf.Encryption(owner="x", user=""))
    with pytest.raises(BadInput, match="password"):
        inspect_pdf(out.getvalue())


def test_too_many_pages_are_refused() -> None:
    with pikepdf.open(io.BytesIO(pdf("a"))) as opened:
        opened.pages.extend([opened.pages[0]] * 500)
        out = io.BytesIO()
        opened.save(out)
    with pytest.raises(BadInput, match="501 pages"):
        inspect_pdf(out.getvalue())


def photo() -> bytes:
    """A line of ink on unevenly lit paper, as a phone takes it."""
    image = Image.new("RGB", (800, 500))
    for x in range(800):
        for y in range(0, 500, 1):
            light = 235 - x // 10
            ink = 200 <= y <= 206 and 100 <= x <= 600
            image.putpixel((x, y), (30, 30, 90) if ink else (light, light, light - 8))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def test_the_paper_of_a_photographed_signature_becomes_transparent() -> None:
    cleaned = Image.open(io.BytesIO(clean_ink(photo())))
    assert cleaned.mode == "RGBA"
    assert cleaned.width == pytest.approx(500, abs=8)
    assert cleaned.height < 24
    assert cleaned.getchannel("A").getextrema()[1] == 255


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", photo()[:900]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        clean_ink(data)


def test_a_blank_sheet_is_refused() -> None:
    out = io.BytesIO()
    Image.new("L", (300, 200), 240).save(out, "PNG")
    with pytest.raises(BadInput, match="no ink"):
        clean_ink(out.getvalue())


def test_print_is_kept_exactly_and_a_photograph_as_a_photograph() -> None:
    channels = [Image.radial_gradient("L").rotate(turn) for turn in (0, 90, 200)]
    photo, out = io.BytesIO(), io.BytesIO()
    Image.merge("RGB", [c.transpose(Image.Transpose(n)) for n, c in enumerate(channels)]).save(
        photo, "PNG"
    )
    canvas = Canvas(out, invariant=1)
    canvas.drawImage(ImageReader(photo), 60, 300, 400, 400)
    canvas.save()
    assert page_picture(pdf(LETTER), 0)[12:16] == b"VP8L"
    assert page_picture(out.getvalue(), 0)[12:16] == b"VP8 "
