"""Which words of one document are which words of another of its type.

Runs of three words that stand once in both are the fixed points; they must keep their order, and grow to both
sides as far as the words agree. Between two fixed points lines with the same words are paired by order, when
both documents have as many. Lines that stand on several pages at one height belong to the page, not to the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.documents.lines import Line, lines_of
from app.documents.pages import Word

RUN = 3
SAME_HEIGHT = 0.012
"""Page fraction within which a line stands at the same height on two pages."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line on its page. `start`: the place of its first word in the text, -1 when it belongs to the page."""

    page: int
    line: Line
    key: str
    start: int = -1

    @property
    def first(self) -> Word:
        """Its first word."""
        return self.line.words[0]


@dataclass(frozen=True, slots=True)
class Text:
    """A document as one row of words, with its lines by page."""

    words: tuple[str, ...]
    pages: tuple[int, ...]
    """The page of each word."""
    lines: tuple[PageLine, ...]
    page_count: int

    def on(self, page: int) -> list[PageLine]:
        """Return the lines of one page."""
        return [line for line in self.lines if line.page == page]


class Alignment:
    """Two documents side by side."""

    def __init__(self, old: Sequence[Sequence[Word]], new: Sequence[Sequence[Word]]) -> None:
        old_lines, new_lines = _page_lines(old), _page_lines(new)
        standing = _standing(old_lines) | _standing(new_lines)
        self.old = _text(old_lines, standing, len(old))
        self.new = _text(new_lines, standing, len(new))
        self.pairs = _aligned(self.old.words, self.new.words)
        self._fixed = sorted(self.pairs)
        self._starts = {line.start: line for line in self.new.lines if line.start >= 0}

    @property
    def likeness(self) -> float:
        """0..1: how much of the shorter document stands in the other one."""
        return len(self.pairs) / max(min(len(self.old.words), len(self.new.words)), 1)

    def counterparts(self, line: PageLine) -> list[PageLine]:
        """Return where a line of the old document stands now: nowhere, in one place, or in several."""
        if line.start < 0:
            return []
        if line.start in self.pairs:
            found = self._starts.get(self.pairs[line.start])
            return self._doubted(line, found) if found and _begin_alike(line, found) else []
        before, after = self._window(line.start)
        here = _with_key(self.old, line.key, before[0], after[0])
        there = _with_key(self.new, line.key, before[1], after[1])
        if len(here) != len(there):
            # One of two is no certainty: it counts twice.
            return there if len(there) != 1 else there * 2
        return self._doubted(line, there[here.index(line)])

    def _doubted(self, line: PageLine, found: PageLine) -> list[PageLine]:
        """The line, and the one it would be by order alone: names that changed sides lead astray."""
        here = _with_key(self.old, line.key, -1, len(self.old.words))
        there = _with_key(self.new, line.key, -1, len(self.new.words))
        if len(here) != len(there):
            return [found]
        by_order = there[here.index(line)]
        return [found] if by_order == found else [found, by_order]

    def page_of(self, page: int) -> int | None:
        """Return the page on which at least half of an old page's known words stand now."""
        found: dict[int, int] = defaultdict(int)
        first = bisect_left(self.old.pages, page)
        last = bisect_left(self.old.pages, page + 1)
        for place in range(first, last):
            if place in self.pairs:
                found[self.new.pages[self.pairs[place]]] += 1
        best = max(found, key=lambda number: found[number], default=None)
        return best if best is not None and found[best] * 2 >= sum(found.values()) else None

    def passage(self, line: PageLine, there: PageLine) -> int:
        """Return how many words around a line stand word for word around `there`, unbroken by a page in both.

        0 when the line is not certainly that one.
        """
        if line.start < 0 or self.pairs.get(line.start) != there.start:
            return 0
        return 1 + sum(self._run(line, there, way) for way in (-1, 1))

    def _run(self, line: PageLine, there: PageLine, way: int) -> int:
        """How far the words agree to one side of a line."""
        count = 0
        while self.pairs.get(line.start + (count + 1) * way) == there.start + (count + 1) * way:
            here, beyond = line.start + (count + 1) * way, there.start + (count + 1) * way
            if (self.old.pages[here], self.new.pages[beyond]) != (line.page, there.page):
                break
            count += 1
        return count

    def _window(self, place: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The fixed points before and after a word, in both documents."""
        after = bisect_left(self._fixed, place)
        start, end = (-1, -1), (len(self.old.words), len(self.new.words))
        if after > 0:
            start = (self._fixed[after - 1], self.pairs[self._fixed[after - 1]])
        if after < len(self._fixed):
            end = (self._fixed[after], self.pairs[self._fixed[after]])
        return start, end


def norm(word: str) -> str:
    """Case and figures do not matter: dates and sums differ from one document to the next."""
    return re.sub(r"\d+", "0", word.casefold())


def _page_lines(pages: Sequence[Sequence[Word]]) -> list[PageLine]:
    return [
        PageLine(number, line, " ".join(norm(word.text) for word in line.words))
        for number, words in enumerate(pages)
        for line in lines_of(list(words))
    ]


def _standing(lines: Sequence[PageLine]) -> set[tuple[str, int]]:
    """Key and height of the lines that stand on two pages or more at the same height."""
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for line in lines:
        for height in _heights(line):
            seen[line.key, height].add(line.page)
    return {what for what, pages in seen.items() if len(pages) > 1 and _is_at_an_edge(what[1])}


def _heights(line: PageLine) -> tuple[int, int]:
    """A height falls into two overlapping steps, so that near ones share one."""
    step = line.first.y / SAME_HEIGHT
    return int(step) * 2, int(step + 0.5) * 2 - 1


def _is_at_an_edge(height: int) -> bool:
    """Heads and feet of pages; a table over two pages may well repeat a line at one height elsewhere."""
    y = height / 2 * SAME_HEIGHT
    return y < 0.12 or y > 0.86


def _text(lines: Sequence[PageLine], standing: set[tuple[str, int]], page_count: int) -> Text:
    words: list[str] = []
    pages: list[int] = []
    kept: list[PageLine] = []
    for line in lines:
        if any((line.key, height) in standing for height in _heights(line)):
            kept.append(line)
            continue
        kept.append(PageLine(line.page, line.line, line.key, len(words)))
        words += line.key.split()
        pages += [line.page] * (len(words) - len(pages))
    return Text(tuple(words), tuple(pages), tuple(kept), page_count)


def _aligned(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return old place -> new place of the words that are certainly the same."""
    runs_old, runs_new = _single_runs(old), _single_runs(new)
    both = sorted((place, runs_new[run]) for run, place in runs_old.items() if run in runs_new)
    kept = _in_order(both)
    found = {here + step: there + step for here, there in kept for step in range(RUN)}
    taken = set(found.values())
    for index, (here, there) in enumerate(kept):
        left = kept[index - 1] if index else (-1, -1)
        right = kept[index + 1] if index + 1 < len(kept) else (len(old), len(new))
        for place, way, limit in (
            ((here, there), -1, left),
            ((here + RUN - 1, there + RUN - 1), 1, right),
        ):
            for one, other in _grown(old, new, place, way=way, limit=limit):
                if one in found or other in taken:
                    break
                found[one] = other
                taken.add(other)
    return found


def _grown(
    old: Sequence[str],
    new: Sequence[str],
    place: tuple[int, int],
    *,
    way: int,
    limit: tuple[int, int],
) -> Iterator[tuple[int, int]]:
    """The equal words from a fixed point on, to one side, until the next fixed point."""
    here, there = place[0] + way, place[1] + way
    while (limit[0] - here) * way > 0 and (limit[1] - there) * way > 0 and old[here] == new[there]:
        yield here, there
        here, there = here + way, there + way


def _single_runs(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    places: dict[tuple[str, ...], int] = {}
    often: set[tuple[str, ...]] = set()
    for index in range(len(words) - RUN + 1):
        run = tuple(words[index : index + RUN])
        if run in places:
            often.add(run)
        places[run] = index
    return {run: place for run, place in places.items() if run not in often}


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest row of pairs whose second places rise, too."""
    tops: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, (_, there) in enumerate(pairs):
        place = bisect_left(tops, there)
        before.append(at[place - 1] if place else -1)
        if place == len(tops):
            tops.append(there)
            at.append(index)
        else:
            tops[place], at[place] = there, index
    row: list[tuple[int, int]] = []
    index = at[-1] if at else -1
    while index >= 0:
        row.append(pairs[index])
        index = before[index]
    return row[::-1]


def _with_key(text: Text, key: str, after: int, before: int) -> list[PageLine]:
    return [line for line in text.lines if line.key == key and after < line.start < before]


def _begin_alike(old: PageLine, new: PageLine) -> bool:
    """A line that was broken anew still begins with the same words."""
    count = min(len(old.line.words), len(new.line.words), 4)
    return old.key.split()[:count] == new.key.split()[:count]
