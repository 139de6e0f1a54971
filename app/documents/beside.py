"""Fields of an agreement, placed in the next one of its type with both at hand.

Each field is tied to the lines beside it; each line is sought where the two documents say the same around it
(app.documents.alignment). A field is placed without a question only when the line beside it stands in one place,
and its page is the same page: of the same number, the last one as before, because its text moved there with it, or
because the passage around it did, word for word and unbroken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.fields import Field
from app.documents.alignment import Alignment, PageLine
from app.documents.anchors import STILL, Outcome, PlacedField
from app.documents.lines import cost
from app.documents.pages import all_words

LIKE = 0.5
"""Share of words in common below which the two are not of one type: then a person is asked about every field."""
MANY = 4
"""One lost field in so many is too many."""
PASSAGE = 8
"""So many words in a row, the line beside the field among them, stand on the new page word for word: a longer
table pushed them there, and nobody has to be asked which page is meant."""


@dataclass(frozen=True, slots=True)
class _End:
    """Where a line puts a field."""

    field: Field
    line: PageLine


def place_beside(old: bytes, new: bytes, fields: Sequence[Field]) -> list[PlacedField]:
    """Return `fields` of the document `old` placed in `new`; a field on every page follows the number of pages.

    For MOVED the field stands at its new place, for LOST and AMBIGUOUS its old coordinates are a suggestion.
    Raises BadInput when a document cannot be read.
    """
    both = Alignment(all_words(old), all_words(new))
    everywhere = _on_every_page(both, fields)
    gone = {one.key for group in everywhere for one in group}
    found = _all_or_none([_place(both, field) for field in fields if field.key not in gone])
    for group in everywhere:
        found += _repeated(both, group)
    return found


def _all_or_none(found: list[PlacedField]) -> list[PlacedField]:
    """Where many fields have lost their words it is another form: then no field is sure."""
    lost = sum(one.outcome is Outcome.LOST for one in found)
    if lost * MANY < len(found):
        return found
    doubt = {Outcome.SAME: Outcome.AMBIGUOUS}
    return [replace(one, outcome=doubt.get(one.outcome, one.outcome)) for one in found]


def _place(both: Alignment, field: Field) -> PlacedField:
    line = _line_beside(both, field)
    if line is None or both.likeness < LIKE:
        return PlacedField(_inside(field, both), Outcome.LOST)
    if line.start < 0:
        return _on_its_page(both, field, line)
    ends = [_End(_shifted(field, line, one), one) for one in both.counterparts(line)]
    if not ends:
        return PlacedField(_inside(field, both), Outcome.LOST)
    if len(ends) > 1 or not _fits(both, ends[0]):
        return PlacedField(_inside(field, both), Outcome.AMBIGUOUS)
    end = _held(ends[0].field)
    is_same = _is_same_page(both, field, end) or both.passage(line, ends[0].line) >= PASSAGE
    return PlacedField(end, Outcome.SAME if is_same else Outcome.MOVED)


def _line_beside(both: Alignment, field: Field) -> PageLine | None:
    """The line that names a field, None on a page without text."""
    lines = both.old.on(field.page)
    return min(lines, key=lambda one: cost(one.line, field)) if lines else None


def _on_its_page(both: Alignment, field: Field, line: PageLine) -> PlacedField:
    """The line beside it is a head or foot: the field keeps its page's number."""
    there = _standing_on(both, field.page, line)
    if there is None:
        return PlacedField(_inside(field, both), Outcome.LOST)
    return PlacedField(_held(_shifted(field, line, there)), Outcome.SAME)


def _standing_on(both: Alignment, page: int, line: PageLine) -> PageLine | None:
    here = (one for one in both.new.on(page) if one.start < 0 and one.key == line.key)
    return next((one for one in here if abs(one.first.y - line.first.y) < STILL), None)


def _on_every_page(both: Alignment, fields: Sequence[Field]) -> list[list[Field]]:
    """Fields that stand on every page in the same place, beside a head or foot."""
    groups: dict[tuple[object, ...], list[Field]] = defaultdict(list)
    for field in fields:
        line = _line_beside(both, field)
        if line and line.start < 0:
            groups[field.kind, field.role, line.key].append(field)
    return [
        group
        for group in groups.values()
        if {one.page for one in group} == set(range(both.old.page_count))
        and len(group) == both.old.page_count
    ]


def _repeated(both: Alignment, group: list[Field]) -> list[PlacedField]:
    """One field for every page there is now; those of pages that are gone go with them."""
    last = max(group, key=lambda one: one.page)
    by_page = {one.page: one for one in group}
    found = []
    for page in range(both.new.page_count):
        model = by_page.get(page) or replace(last, page=page, key=f"{last.key[:70]}-p{page + 1}")
        line = _line_beside(both, by_page.get(page, last))
        there = _standing_on(both, page, line) if line else None
        outcome = Outcome.SAME if there else Outcome.LOST
        end = _shifted(model, line, there) if line and there else model
        found.append(PlacedField(_held(replace(end, page=page)), outcome))
    return found


def _fits(both: Alignment, end: _End) -> bool:
    """Whether the field lies on the paper, and no page break came between its line and its place: a place that
    reaches below the lowest line of any page went over to the next one."""
    field = end.field
    if not (0.0 <= field.y <= 1.0 - field.h and -STILL <= field.x <= 1.0 - field.w + STILL):
        return False
    here = [one.start for one in both.new.on(end.line.page) if one.start >= 0]
    continues = end.line.page < both.new.page_count - 1 and end.line.start == max(here)
    lowest = max(one.line.box[3] for one in both.new.lines if one.start >= 0)
    return not (continues and field.y + field.h > lowest + STILL / 2)


def _is_same_page(both: Alignment, old: Field, new: Field) -> bool:
    both_last = old.page == both.old.page_count - 1 and new.page == both.new.page_count - 1
    return new.page == old.page or both_last or both.page_of(old.page) == new.page


def _shifted(field: Field, line: PageLine, there: PageLine) -> Field:
    x = field.x + there.first.x - line.first.x
    y = field.y + there.first.y - line.first.y
    return replace(field, page=there.page, x=x, y=y)


def _held(field: Field) -> Field:
    return replace(
        field,
        x=min(max(field.x, 0.0), 1.0 - field.w),
        y=min(max(field.y, 0.0), 1.0 - field.h),
    )


def _inside(field: Field, both: Alignment) -> Field:
    """A suggestion must lie on a page that there is."""
    return replace(field, page=min(field.page, max(both.new.page_count - 1, 0)))
