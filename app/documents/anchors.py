"""Anchors: a field remembers the words beside it, and is found again by them in another document.

Copied coordinates alone would land on the wrong line of a longer contract, or on the wrong page. So a field
is placed by its words; when they are gone, stand on another page, or stand twice, a person is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from app.core.fields import Anchor, Field
from app.documents.lines import cost, lines_of
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
    """Return `fields` (of another document of the same type) placed in `pdf` by their words.

    Words that stand in several places are told apart by the fields around: what stood together stays together.
    """
    words = all_words(pdf)
    found = [_places(words, field) for field in fields]
    sure = [(field, ends[0]) for field, ends in zip(fields, found, strict=True) if len(ends) == 1]
    return [_decide(field, ends, sure) for field, ends in zip(fields, found, strict=True)]


def _anchor(words: list[Word], field: Field) -> Anchor | None:
    lines = lines_of(words)
    if not lines:
        return None
    seen = Counter(line.text for line in lines)
    line = min(lines, key=lambda one: cost(one, field) * (2 if seen[one.text] > 1 else 1))
    start = line.words[0]
    following = line.first + min(len(line.words), WORDS)
    return Anchor(
        before=" ".join(word.text for word in line.words[:WORDS]),
        after=" ".join(word.text for word in words[following : following + WORDS]),
        dx=round(field.x - start.x, 5),
        dy=round(field.y - start.y, 5),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    page: int
    word: Word
    score: float


def _places(pages: list[list[Word]], field: Field) -> list[Field]:
    """Where the field's words may put it: nowhere, in one place, or in several that are equally good."""
    if field.anchor is None:
        return []
    found = sorted(_candidates(pages, field.anchor), key=lambda item: -item.score)
    ties = [item for item in found if item.score > found[0].score - CLEARLY]
    return [_moved(field, field.anchor, item) for item in ties]


def _decide(field: Field, ends: list[Field], sure: Sequence[tuple[Field, Field]]) -> PlacedField:
    if not ends:
        return PlacedField(field, Outcome.LOST)
    if len(ends) > 1:
        ends = [end for end in ends if _is_near(end, _expected(field, sure))]
    if len(ends) != 1 or not 0.0 <= ends[0].y <= 1.0 - field.h:
        # Several places, or the words stayed at the foot of a page and the place below them is on none.
        return PlacedField(field, Outcome.AMBIGUOUS)
    end = replace(ends[0], x=min(max(ends[0].x, 0.0), 1.0 - field.w))
    return PlacedField(end, Outcome.SAME if end.page == field.page else Outcome.MOVED)


def _expected(field: Field, sure: Sequence[tuple[Field, Field]]) -> Field:
    """Where `field` would be if it moved as its nearest neighbour that was found; else where it was."""
    beside = [(old, new) for old, new in sure if old.page == field.page]
    if not beside:
        return field
    old, new = min(beside, key=lambda pair: abs(pair[0].y - field.y) + abs(pair[0].x - field.x))
    return replace(field, page=new.page, x=field.x + new.x - old.x, y=field.y + new.y - old.y)


def _is_near(end: Field, wish: Field) -> bool:
    return end.page == wish.page and abs(end.x - wish.x) < STILL and abs(end.y - wish.y) < STILL


def _moved(field: Field, anchor: Anchor, item: _Candidate) -> Field:
    x, y = item.word.x + anchor.dx, item.word.y + anchor.dy
    return replace(field, page=item.page, x=x, y=y)


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


def _norms(words: Sequence[str]) -> list[str]:
    """Case and figures do not matter: dates and sums differ from one document to the next."""
    return [re.sub(r"\d+", "0", word.casefold()) for word in words]
