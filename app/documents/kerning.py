"""Distances between pairs of letters, read from a font's GPOS table.

Only what handwriting needs: the `kern` feature's pair adjustments, horizontal advance of the first letter.
Source: OpenType 1.9, GPOS lookup types 2 (pairs) and 9 (extension).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fontTools.ttLib import TTFont


class Kerning:
    """Answers how much nearer two glyphs stand than their widths say, in font units."""

    def __init__(self, font: TTFont) -> None:
        self._tables = list(_pair_tables(font))

    def between(self, left: str, right: str) -> float:
        """Return the adjustment between two glyphs; 0 when the font has none."""
        for table in self._tables:
            index = _index(table, left)
            if index is None:
                continue
            found = (
                _by_glyph(table, index, right)
                if table.Format == 1
                else _by_class(table, left, right)
            )
            if found is not None:
                return found
        return 0.0


def _pair_tables(font: TTFont) -> Iterator[Any]:
    if "GPOS" not in font or font["GPOS"].table.FeatureList is None:
        return
    table = font["GPOS"].table
    records = table.FeatureList.FeatureRecord
    wanted = {n for r in records if r.FeatureTag == "kern" for n in r.Feature.LookupListIndex}
    for number in sorted(wanted):
        for sub in table.LookupList.Lookup[number].SubTable:
            inner = sub.ExtSubTable if sub.LookupType == 9 else sub
            if inner.LookupType == 2:
                yield inner


def _index(table: Any, glyph: str) -> int | None:
    try:
        return int(table.Coverage.glyphs.index(glyph))
    except ValueError:
        return None


def _by_glyph(table: Any, index: int, right: str) -> float | None:
    for record in table.PairSet[index].PairValueRecord:
        if record.SecondGlyph == right:
            return _advance(record.Value1)
    return None


def _by_class(table: Any, left: str, right: str) -> float:
    first = table.ClassDef1.classDefs.get(left, 0)
    second = table.ClassDef2.classDefs.get(right, 0)
    return _advance(table.Class1Record[first].Class2Record[second].Value1)


def _advance(value: Any) -> float:
    return float(getattr(value, "XAdvance", 0) or 0)
