"""Where a document without tags asks for signatures."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.core.fields import check_position
from app.core.places import signature_places


@dataclass(frozen=True)
class At:
    text: str
    x: float
    y: float
    w: float = 0.0
    h: float = 0.012


def line(text: str, x: float, y: float) -> list[At]:
    """Return the words of `text` set from (x, y) on, a letter a hundredth of the page wide."""
    words, at = [], x
    for word in text.split():
        words.append(At(word, at, y, w=0.01 * len(word)))
        at += 0.01 * len(word) + 0.006
    return words


def test_two_captions_side_by_side_are_ours_and_theirs() -> None:
    page = [*line("Signature :", 0.1, 0.8), *line("Signature :", 0.55, 0.8)]
    ours, theirs = signature_places([[], page])
    assert (ours.role, ours.page, theirs.role) == ("us", 1, "client")
    assert ours.x < theirs.x
    assert 0.81 < ours.y < 0.83


def test_captions_below_each_other_go_to_us_first() -> None:
    page = [*line("Signature", 0.1, 0.5), *line("Signature", 0.1, 0.7)]
    ours, theirs = signature_places([page])
    assert ours.y < theirs.y


def test_a_caption_that_names_the_client_is_theirs() -> None:
    page = [*line("Signature du client", 0.1, 0.5), *line("Signature du vendeur", 0.6, 0.5)]
    ours, theirs = signature_places([page])
    assert theirs.x < ours.x


def test_a_sentence_about_signatures_is_no_caption() -> None:
    long = "Signature électronique des deux parties au sens de la loi"
    page = [*line(long, 0.1, 0.3), *line("Signature", 0.1, 0.7)]
    assert signature_places([page]) == ()


def test_a_signature_in_the_middle_of_a_line_is_no_caption() -> None:
    page = [*line("votre Signature", 0.1, 0.3), *line("Signature", 0.1, 0.7)]
    assert signature_places([page]) == ()


@pytest.mark.parametrize("y", [0.05, 0.5, 0.93, 0.98])
@pytest.mark.parametrize("x", [0.0, 0.4, 0.88])
def test_a_found_place_always_lies_on_its_page(x: float, y: float) -> None:
    page = [*line("Signature", x, y), *line("Signature", x, y - 0.04)]
    for field in signature_places([page]):
        assert check_position(field, 1) is None


def test_the_last_page_with_captions_counts() -> None:
    page = [*line("Signature", 0.1, 0.5), *line("Signature", 0.6, 0.5)]
    assert signature_places([page, page, []])[0].page == 1


def test_an_empty_document_has_no_places() -> None:
    assert signature_places([]) == ()
    assert signature_places([[]]) == ()
