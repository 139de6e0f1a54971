"""A company's colour stays readable, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import brand

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_every_colour_can_be_read_on_light_and_dark_pages(colour: str) -> None:
    made = brand.accent(colour)
    assert made is not None
    for one, other in (
        (made.light, brand.LIGHT_GROUND),
        (made.light, made.on_light),
        (made.dark, brand.DARK_GROUND),
        (made.dark, made.on_dark),
    ):
        assert brand.contrast(one, other) >= brand.LEAST_CONTRAST


def test_a_colour_that_reads_well_is_left_alone() -> None:
    made = brand.accent("#0B5FA5")
    assert made is not None
    assert made.light == "#0b5fa5"


@pytest.mark.parametrize("text", ["", "red", "#12345", "#1234567", "#12345g", "#123456;}"])
def test_what_is_no_colour_makes_none(text: str) -> None:
    assert brand.accent(text) is None


def test_black_and_white_are_as_far_apart_as_colours_get() -> None:
    assert brand.contrast("#000000", "#ffffff") == pytest.approx(21)
