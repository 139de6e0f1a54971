"""Answers too long for their field: as much as is readable stands there, all of it on a page at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from app.documents import ink, letters
from app.documents.ink import Area
from app.texts import translator

LEAST = 6.0
"""Points; smaller letters are not read on paper."""
TITLE = "Answers in full"
WHERE = "page {page}, answer {number}"
_SIZE, _HEAD, _SIDE = 9.5, 15.0, 56.0
_PAGE = (595.276, 841.89)


@dataclass(frozen=True, slots=True)
class LongAnswer:
    """An answer that is continued: `number` from 1, `page` (from 0) of its field."""

    number: int
    page: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """What stands in the field. `is_whole`: nothing is left over."""

    size: float
    lines: tuple[str, ...]
    is_whole: bool


def fitted(text: str, area: Area, *, size: float) -> Fitted:
    """Return `text` as it fits into `area`, never smaller than LEAST."""
    small, lines = ink.fit(text, area, size=size, least=min(LEAST, size))
    room = max(int((area.h + 0.5) / (small * ink.LEADING)), 1)
    narrow = all(letters.width(line, small) <= area.w + 0.1 for line in lines)
    if narrow and len(lines) <= room:
        return Fitted(small, tuple(lines), True)
    lines = ink.wrap(text, area.w, size=small, cut=True)
    return Fitted(small, tuple(lines[:room]), len(lines) <= room)


def shortened(part: Fitted, area: Area, *, note: str) -> tuple[str, ...]:
    """Return the lines of `part` with `note` at the end of the last one, in place of letters where needed."""
    last = part.lines[-1]
    while last and letters.width(f"{last}… {note}", part.size) > area.w:
        last = last[:-1].rstrip()
    return (*part.lines[:-1], f"{last}… {note}")


def draw_pages(canvas: Canvas, answers: Sequence[LongAnswer], *, lang: str) -> None:
    """Draw pages with every answer in full."""
    say = translator(lang)
    rows = [row for one in answers for row in _rows(one, say(WHERE))]
    per_page = int((_PAGE[1] - 150) / (_SIZE * 1.45))
    for start in range(0, len(rows), per_page):
        canvas.setPageSize(_PAGE)
        canvas.setFillColor(ink.INK)
        ink.draw_line(canvas, say(TITLE), _SIDE, _PAGE[1] - 76, size=_HEAD)
        for index, (text, is_head) in enumerate(rows[start : start + per_page]):
            canvas.setFillColor(ink.QUIET if is_head else ink.TEXT)
            y = _PAGE[1] - 108 - index * _SIZE * 1.45
            ink.draw_line(canvas, text, _SIDE, y, size=_SIZE - 1.5 if is_head else _SIZE)
        canvas.showPage()


def _rows(one: LongAnswer, where: str) -> list[tuple[str, bool]]:
    place = where.format(page=one.page + 1, number=one.number)
    head = f"({one.number})  {one.label}  ·  {place}" if one.label else f"({one.number})  {place}"
    lines = ink.wrap(one.text, _PAGE[0] - 2 * _SIDE, size=_SIZE, cut=True)
    return [(head[:140], True), *((line, False) for line in lines), ("", False)]
