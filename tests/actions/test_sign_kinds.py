"""Every kind of value a signer gives is checked by us, whatever the page let through."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from app.actions import sign, sign_file
from app.errors import BadInput, NotFound
from app.services import Services
from app.store import envelopes
from tests.frame_kit import pdf
from tests.signing_kit import Signer, make_signer, with_asked_jobs


@pytest.fixture
def signer(services: Services) -> Signer:
    return make_signer(with_asked_jobs(services)[0])


def give(signer: Signer, field_id: str, value: str) -> None:
    sign.sign(signer.services, signer.caller, signer.submission(values={field_id: value}))


def value_of(signer: Signer, field_id: str) -> str:
    with signer.services.database.reading() as session:
        rows = envelopes.fields(session, signer.envelope_id)
    return next(row.value for row in rows if row.id == field_id)


WRONG = [
    ("number", "", "twelve"),
    ("number", "whole", "12.5"),
    ("number", "money", "12.505"),
    ("date", "", "24/11/2026"),
    ("date", "", "2026-02-30"),
    ("date", "past", "2199-01-01"),
    ("date", "future", "1999-01-01"),
    ("choice", "", "Green"),
    ("text", "email", "jean at example.com"),
    ("text", "phone", "call me"),
    ("text", "iban", "FR7630006000011234567890188"),
]


@pytest.mark.parametrize(("kind", "form", "value"), WRONG)
def test_a_value_that_is_not_of_its_kind_or_format_is_refused(
    signer: Signer, kind: str, form: str, value: str
) -> None:
    field_id = signer.add_field(kind, format=form, options=["Red", "Blue"])
    with pytest.raises(BadInput) as refused:
        give(signer, field_id, value)
    assert refused.value.field == field_id
    assert signer.row.state == "invited"


RIGHT = [
    ("number", "", "1 250,50"),
    ("number", "whole", "12"),
    ("date", "past", "1990-05-01"),
    ("choice", "", "Blue"),
    ("text", "email", "jean@example.com"),
    ("text", "phone", "+33 1 99 00 12 34"),
    ("text", "iban", "FR76 3000 6000 0112 3456 7890 189"),
]


@pytest.mark.parametrize(("kind", "form", "value"), RIGHT)
def test_a_value_of_its_kind_and_format_is_kept(
    signer: Signer, kind: str, form: str, value: str
) -> None:
    field_id = signer.add_field(kind, format=form, options=["Red", "Blue"])
    give(signer, field_id, value)
    assert value_of(signer, field_id) == value


def test_a_text_that_could_not_be_read_in_its_place_is_refused(signer: Signer) -> None:
    field_id = signer.add_field("text", w=0.1, h=0.02)
    with pytest.raises(BadInput, match="too long for its place"):
        give(signer, field_id, "long " * 30)


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 40), "navy").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("data", [pdf("An extract"), photo()])
def test_a_file_is_kept_as_plain_pages_and_named_in_the_field(signer: Signer, data: bytes) -> None:
    field_id = signer.add_field("file")
    name = "C:\\Me\\My <b>extract</b>.pdf"
    kept = sign_file.keep_file(signer.services, signer.caller, field_id, name=name, data=data)
    assert signer.services.files.get(kept.digest).startswith(b"%PDF-")
    sign.sign(signer.services, signer.caller, signer.submission(files={field_id: kept}))
    row = next(row for row in signer.fields if row.id == field_id)
    assert (row.file_digest, row.value) == (kept.digest, kept.name)
    assert "<" not in row.value
    assert "\\" not in row.value


@pytest.mark.parametrize(
    "data", [b"MZ\x90\x00", b"<svg onload=x>", b"", b"%PDF-1.7 broken", b"PK\x03\x04"]
)
def test_what_is_neither_pdf_nor_picture_is_refused(signer: Signer, data: bytes) -> None:
    field_id = signer.add_field("file")
    with pytest.raises(BadInput, match="cannot be used"):
        sign_file.keep_file(signer.services, signer.caller, field_id, name="a.pdf", data=data)


def test_a_required_file_is_asked_for(signer: Signer) -> None:
    signer.add_field("file")
    with pytest.raises(BadInput, match="add the file"):
        sign.sign(signer.services, signer.caller, signer.submission())


def test_nobody_signs_with_a_file_that_another_person_or_field_brought(signer: Signer) -> None:
    first, second = signer.add_field("file"), signer.add_field("file", required=False)
    kept = sign_file.keep_file(
        signer.services, signer.caller, first, name="a.pdf", data=pdf("An extract")
    )
    with pytest.raises(BadInput, match="choose the file again"):
        sign.sign(signer.services, signer.caller, signer.submission(files={second: kept}))


def test_a_file_goes_only_into_a_file_field_of_the_signer(signer: Signer) -> None:
    text = signer.add_field("text")
    for field_id in (text, "f" * 32):
        with pytest.raises(NotFound):
            sign_file.keep_file(
                signer.services, signer.caller, field_id, name="a.pdf", data=pdf("An extract")
            )
