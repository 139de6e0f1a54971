"""Fields: where they may lie, and what may stand in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.fields import (
    MAX_STROKES,
    Field,
    FieldKind,
    SignatureImage,
    SignatureWay,
    check_position,
    check_signature,
    check_value,
)

FIELD = Field("f", FieldKind.TEXT, "client", 0, 0.1, 0.1, 0.2, 0.05)


def test_a_field_on_its_page_is_fine() -> None:
    assert check_position(FIELD, 1) is None


@pytest.mark.parametrize(
    "wrong",
    [
        replace(FIELD, page=1),
        replace(FIELD, page=-1),
        replace(FIELD, x=0.9),
        replace(FIELD, y=0.99),
        replace(FIELD, w=0.0),
        replace(FIELD, x=-0.1),
    ],
)
def test_a_field_off_its_page_is_refused(wrong: Field) -> None:
    assert check_position(wrong, 1) is not None


def test_a_required_text_must_not_be_blank() -> None:
    assert check_value(FIELD, "  ") is not None
    assert check_value(replace(FIELD, required=False), "") is None


def test_a_box_is_ticked_or_not() -> None:
    box = replace(FIELD, kind=FieldKind.CHECKBOX)
    assert check_value(box, "yes") is None
    assert check_value(box, "maybe") is not None


def test_a_single_dot_is_a_signature() -> None:
    assert check_signature(SignatureImage(SignatureWay.DRAWN, strokes=(((0.5, 0.5),),))) is None


@pytest.mark.parametrize(
    "image",
    [
        SignatureImage(SignatureWay.DRAWN),
        SignatureImage(SignatureWay.DRAWN, strokes=(((5.0, 0.5),),)),
        SignatureImage(SignatureWay.DRAWN, strokes=(((0.5, 0.5),),) * (MAX_STROKES + 1)),
        SignatureImage(SignatureWay.TYPED, text="   "),
        SignatureImage(SignatureWay.TYPED, text="x" * 121),
        SignatureImage(SignatureWay.PICTURE),
    ],
)
def test_what_is_no_signature_is_refused(image: SignatureImage) -> None:
    assert check_signature(image) is not None
