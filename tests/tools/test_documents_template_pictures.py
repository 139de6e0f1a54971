"""A template prints our logo and stamp where it says so: in the text, in headers, in cells, beside tags."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator

import pikepdf
import pytest
from PIL import Image

from app.core.merge import merge_values
from app.documents.convert import Converter
from app.documents.fill import fill, inspect_template
from app.documents.pages import page_picture
from app.documents.tagged import collect_fields
from app.errors import BadInput, ConverterMissing
from tests.tools.documents_kit import snapshot, texts, word

VALUES = merge_values(snapshot(), number="1")
LOGO, STAMP = '{{ picture("logo", width=50) }}', '{{ picture("stamp") }}'
GREEN = (20, 160, 60)


def png(size: tuple[int, int] = (400, 100), colour: tuple[int, ...] = GREEN) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    made = Converter(timeout_s=60)
    try:
        made.start()
    except ConverterMissing as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    yield made
    made.stop()


def _is_green(colour: tuple[int, int, int]) -> bool:
    return abs(colour[0] - 20) + abs(colour[1] - 160) + abs(colour[2] - 60) < 60


@pytest.mark.office
def test_pictures_and_tags_stand_side_by_side(converter: Converter) -> None:
    document = word(f"Before {LOGO} after", cells=(STAMP, '{{ sign("us") }}'), header=LOGO)
    filled = fill(document, VALUES, lang="en", pictures={"logo": png(), "stamp": png((90, 90))})
    printed = collect_fields(converter.to_pdf(filled.docx))
    assert [field.role for field in printed.fields] == ["us"]
    page = Image.open(io.BytesIO(page_picture(printed.pdf, 0, width_px=800))).convert("RGB")
    green = sum(count for count, one in page.getcolors(900_000) if _is_green(one))
    millimetre = 800 / 215.9
    wanted = (2 * 50 * 12.5 + 35 * 35) * millimetre**2
    assert green == pytest.approx(wanted, rel=0.05)
    with pikepdf.open(io.BytesIO(printed.pdf)) as opened:
        assert len(opened.pages[0].get_images()) >= 2


def test_without_a_picture_nothing_is_printed_there() -> None:
    assert texts(fill(word(f"[{LOGO}]"), VALUES, lang="en").docx).strip() == "[]"


def test_a_picture_that_cannot_be_read_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        fill(word(LOGO), VALUES, lang="en", pictures={"logo": b"not a picture"})


@pytest.mark.parametrize(
    "text",
    ['{{ picture("/etc/passwd") }}', '{{ picture("logo", "x") }}', "{{ picture() }}"],
)
def test_only_our_own_pictures_can_be_named(text: str) -> None:
    (problem,) = inspect_template(word(text)).problems
    assert "prints" in problem.sentence("en")


@pytest.mark.parametrize("text", ["{{ picture(us.name) }}", "{{ picture(*products) }}"])
def test_a_name_made_from_data_is_not_allowed(text: str) -> None:
    (problem,) = inspect_template(word(text)).problems
    assert "not allowed" in problem.sentence("en")


def test_a_value_cannot_pretend_to_be_a_picture() -> None:
    values = {**VALUES, "x": "a\ue0f20\ue0f3b"}
    document = word("{{ x }}" + LOGO)
    made = fill(document, values, lang="en", pictures={"logo": png()})
    assert "a0b" in texts(made.docx)


def test_a_picture_is_never_wider_than_the_paper() -> None:
    text = '{{ picture("logo", width=9000) }}'
    made = fill(word(text), VALUES, lang="en", pictures={"logo": png((10, 10))})
    assert b"7200000" in _document(made.docx)


def _document(docx: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return archive.read("word/document.xml")
