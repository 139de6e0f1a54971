"""Names in every script are printed in their own letters, in their own order, and never as empty boxes."""

from __future__ import annotations

import io

import pikepdf
import pytest
import structlog

from app.documents import letters
from app.documents.stamp import Mark, stamp
from tests.tools.documents_kit import field, pdf


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Claire Fontaine", "Claire Fontaine"),
        ("محمد", "\ufeaa\ufee4\ufea4\ufee3"),
        ("سلام", "\ufee1\ufefc\ufeb3"),
        ("דוד לוי", "יול דוד"),
        ("Acme שלום 12", "Acme םולש 12"),
        ("שלום Acme 12", "Acme 12 םולש"),
        ("חברה (בעם)", "(םעב) הרבח"),
    ],
)
def test_letters_stand_joined_and_in_the_order_of_their_script(text: str, shown: str) -> None:
    assert letters.visual(text) == shown


def test_a_letter_that_no_font_has_is_written_by_its_number_and_reported() -> None:
    with structlog.testing.capture_logs() as logs:
        pieces = letters.runs("Name \U00010380")
    assert "".join(piece for _, piece in pieces) == "Name [U+10380]"
    assert logs[0]["letters"] == ["U+10380"]


def test_each_letter_is_set_in_a_font_that_has_it() -> None:
    for text in ("Łukasz Żółć", "Ирина Щукина", "Ελένη", "محمد علي", "中村 花子", "Ünal 한"):
        for font, piece in letters.runs(text):
            known = letters._letters_of(font)
            assert all(ord(one) in known for one in piece if not one.isspace())


def test_text_of_our_own_font_is_one_piece() -> None:
    assert letters.runs("Hélène Marchand, Иван") == [(letters.SANS, "Hélène Marchand, Иван")]


def test_an_arabic_answer_is_printed_with_a_font_the_file_carries() -> None:
    if not letters.font_of("ع"):
        pytest.skip("this host has no Arabic font")
    made = stamp(pdf("x"), [Mark(field(), text="محمد علي")])
    with pikepdf.open(io.BytesIO(made)) as document:
        embedded = [
            thing
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and "/FontFile2" in thing
        ]
        assert embedded
