"""Where a document without tags asks for signatures: lines that say "Signature" and leave room below.

Only an offer to the sender, who sees it on the page: two places, ours and theirs, or none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Protocol

from app.core.fields import Field, FieldKind
from app.core.proposal import OURS, THEIRS

_SIGN = re.compile(r"(signatures?|signed|signe|unterschrift|firma|assinatura|podpis|подпись)\b")
_THEIRS = re.compile(r"(client|customer|buyer|acheteur|preneur|kunde|cliente|klient|клиент)")
SAME_LINE = 0.008
CELL_GAP = 0.03
"""Page fraction between two words from which the second begins another cell."""
MOST_WORDS = 5
"""A caption is short; a sentence about signatures is not."""
WIDTH, HEIGHT = 0.28, 0.055


class WordAt(Protocol):
    """A word and its box, in page fractions from the upper left corner."""

    @property
    def text(self) -> str: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def w(self) -> float: ...
    @property
    def h(self) -> float: ...


def signature_places(pages: Sequence[Sequence[WordAt]]) -> tuple[Field, ...]:
    """Return a signature field for us and one for the client, or () when the text does not say where.

    The last page with two captions counts. In one line the left one is ours, else the upper one, unless a caption
    itself names the client.
    """
    for number in range(len(pages) - 1, -1, -1):
        captions = [cell for cell in _cells(pages[number]) if _is_caption(cell)]
        if len(captions) >= 2:
            ours, theirs = _sides(captions[-2:])
            return (_field(OURS, number, ours), _field(THEIRS, number, theirs))
    return ()


def _cells(words: Sequence[WordAt]) -> Iterator[list[WordAt]]:
    """Yield runs of words that stand together in a line, from the top, each line from the left."""
    cell: list[WordAt] = []
    for word in _in_lines(words):
        if cell and not _follows(cell[-1], word):
            yield cell
            cell = []
        cell.append(word)
    if cell:
        yield cell


def _in_lines(words: Sequence[WordAt]) -> list[WordAt]:
    ordered = sorted(words, key=lambda word: word.y + word.h)
    lines: list[list[WordAt]] = []
    for word in ordered:
        base = word.y + word.h
        if lines and base - (lines[-1][0].y + lines[-1][0].h) < SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [word for line in lines for word in sorted(line, key=lambda one: one.x)]


def _follows(last: WordAt, word: WordAt) -> bool:
    same_line = abs(last.y + last.h - word.y - word.h) < SAME_LINE
    return same_line and -SAME_LINE < word.x - last.x - last.w < CELL_GAP


def _is_caption(cell: Sequence[WordAt]) -> bool:
    return len(cell) <= MOST_WORDS and _SIGN.match(_plain(cell[0].text)) is not None


def _sides(two: Sequence[list[WordAt]]) -> tuple[list[WordAt], list[WordAt]]:
    first, second = two
    if _names_client(first) and not _names_client(second):
        return second, first
    return first, second


def _names_client(cell: Sequence[WordAt]) -> bool:
    return _THEIRS.search(_plain(" ".join(word.text for word in cell))) is not None


def _field(role: str, page: int, caption: Sequence[WordAt]) -> Field:
    """Below the caption when there is room, else behind it."""
    first, last = caption[0], caption[-1]
    below = first.y + first.h + 0.006
    if below + HEIGHT < 0.97:
        x, y = min(first.x, 1 - WIDTH), below
    else:
        x, y = min(last.x + last.w + 0.01, 1 - WIDTH), max(first.y + first.h - HEIGHT, 0.0)
    return Field(
        key=f"found-{role}",
        kind=FieldKind.SIGNATURE,
        role=role,
        page=page,
        x=x,
        y=y,
        w=WIDTH,
        h=HEIGHT,
    )


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in letters if not unicodedata.combining(char))
