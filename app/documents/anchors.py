"""Anchors: a field remembers the words beside it, and is found again by them in another document.

Copied coordinates alone would land on the wrong line of a longer contract, or on the wrong page. So a field
is placed by its words; when they are gone, stand on another page, or stand twice, a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from app.core.fields import Anchor, Field
from app.documents.pages import Word, all_words, words_on

WORDS = 7
"""How many words are kept on either side."""
GOOD = 0.62
"""Likeness from which words count as found again; below, other names and sums have replaced too much."""
CLEARLY = 0.08
"""How much better the best place must be than the second one."""
STILL = 0.02
"""Page fraction within which a place counts as the old one."""


class Outcome(StrEnum):
    """What became of a copied field. SAME may be used at once; for the others a person is asked."""

    SAME = "same"
    """On the same page, at its words (which may have moved up or down)."""
    MOVED = "moved"
    """Its words stand on another page now; the field was put there."""
    LOST = "lost"
    """Its words are gone, or it never had any."""
    AMBIGUOUS = "ambiguous"
    """Its words stand in several places."""


@dataclass(frozen=True, slots=True)
class PlacedField:
    """A field for the new document. When LOST or AMBIGUOUS the old coordinates are only a suggestion."""

    field: Field
    outcome: Outcome


def anchor_for(pdf: bytes, field: Field) -> Anchor | None:
    """Return the words beside `field` and its offset from the first letter; None on a page without text."""
    return anchors_for(pdf, [field])[0]


def anchors_for(pdf: bytes, fields: Sequence[Field]) -> list[Anchor | None]:
    """Return `anchor_for` of every field; the text is read once."""
    if not fields:
        return []
    words = words_on(pdf, {field.page for field in fields})
    return [_anchor(words.get(field.page, []), field) for field in fields]


def place_again(pdf: bytes, fields: Sequence[Field]) -> list[PlacedField]:
    """Return `fields` (of another document of the same type) placed in `pdf` by their words."""
    words = all_words(pdf)
    return [_place(words, field) for field in fields]


def _anchor(words: list[Word], field: Field) -> Anchor | None:
    pivot = _pivot(words, field)
    if pivot is None:
        return None
    first = _line_start(words, pivot)
    before = words[first : first + WORDS]
    after = words[first + WORDS : first + 2 * WORDS] if len(before) == WORDS else []
    if first + len(before) < len(words) and not after:
        after = words[first + len(before) : first + len(before) + WORDS]
    start = words[first]
    return Anchor(
        before=" ".join(word.text for word in before),
        after=" ".join(word.text for word in after),
        dx=round(field.x - start.x, 5),
        dy=round(field.y - start.y, 5),
    )


def _pivot(words: list[Word], field: Field) -> int | None:
    """The word nearest to the field; words below it count as twice as far."""
    if not words:
        return None
    return min(range(len(words)), key=lambda index: _distance(words[index], field))


def _distance(word: Word, field: Field) -> float:
    gap_x = max(word.x - (field.x + field.w), field.x - (word.x + word.w), 0.0)
    above = max(field.y - (word.y + word.h), 0.0)
    below = max(word.y - (field.y + field.h), 0.0)
    inside = 0.0 if above or below or gap_x else 0.001
    lies_right = 0.5 if word.x > field.x + field.w else 0.0
    return gap_x * (1.0 + lies_right) + above + 2.0 * below + inside


def _line_start(words: list[Word], pivot: int) -> int:
    """The first word of the pivot's line, or of its table cell: a wide gap parts cells."""
    first = pivot
    while first > 0 and pivot - first < WORDS - 1:
        left, right = words[first - 1], words[first]
        same_line = abs(left.y - right.y) < max(left.h, right.h) * 0.5
        if not same_line or not -0.001 <= right.x - (left.x + left.w) < 0.03:
            break
        first -= 1
    return first


@dataclass(frozen=True, slots=True)
class _Candidate:
    page: int
    word: Word
    score: float


def _place(pages: list[list[Word]], field: Field) -> PlacedField:
    if field.anchor is None:
        return PlacedField(field, Outcome.LOST)
    found = sorted(_candidates(pages, field.anchor), key=lambda item: -item.score)
    if not found:
        return PlacedField(field, Outcome.LOST)
    ties = [item for item in found if item.score > found[0].score - CLEARLY]
    if len(ties) > 1:
        ties = [item for item in ties if _is_old_place(item, field)]
    if len(ties) != 1:
        return PlacedField(field, Outcome.AMBIGUOUS)
    return _at(ties[0], field, field.anchor)


def _candidates(pages: list[list[Word]], anchor: Anchor) -> list[_Candidate]:
    before, after = _norms(anchor.before.split()), _norms(anchor.after.split())
    found = []
    for number, words in enumerate(pages):
        texts = _norms([word.text for word in words])
        for index, text in enumerate(texts):
            if text != before[0] and before[1:2] != texts[index + 1 : index + 2]:
                continue
            score = _likeness(texts, index, before, after)
            if score >= GOOD:
                found.append(_Candidate(number, words[index], score))
    return found


def _likeness(texts: list[str], index: int, before: list[str], after: list[str]) -> float:
    """0..1: the words at `index` against `before`, and those that follow against `after`."""
    here = texts[index : index + len(before)]
    near = SequenceMatcher(None, before, here, autojunk=False).ratio()
    if not after:
        return near
    there = texts[index + len(before) : index + len(before) + len(after)]
    far = SequenceMatcher(None, after, there, autojunk=False).ratio()
    return 0.75 * near + 0.25 * far


def _is_old_place(item: _Candidate, field: Field) -> bool:
    if item.page != field.page or field.anchor is None:
        return False
    dx = item.word.x + field.anchor.dx - field.x
    dy = item.word.y + field.anchor.dy - field.y
    return abs(dx) < STILL and abs(dy) < STILL


def _at(item: _Candidate, field: Field, anchor: Anchor) -> PlacedField:
    x, y = item.word.x + anchor.dx, item.word.y + anchor.dy
    outcome = Outcome.SAME if item.page == field.page else Outcome.MOVED
    if y + field.h > 1.0 or y < 0.0:
        # The words stayed at the foot of a page; the place below them is on no page at all.
        outcome = Outcome.AMBIGUOUS
    x, y = min(max(x, 0.0), 1.0 - field.w), min(max(y, 0.0), 1.0 - field.h)
    return PlacedField(replace(field, page=item.page, x=x, y=y), outcome)


def _norms(words: Sequence[str]) -> list[str]:
    """Case and figures do not matter: dates and sums differ from one document to the next."""
    return [re.sub(r"\d+", "0", word.casefold()) for word in words]
