"""A table that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from app.core.csv_safe import BYTE_ORDER_MARK, table


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0"]
)
def test_no_cell_is_computed(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(table([[cell]]).removeprefix(BYTE_ORDER_MARK)), strict=True)
    assert row[0] == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    rows = [["Devis n° 4", 'he said "yes"; no', ""], ["a,b", "1=1", "é"]]
    read = csv.reader(io.StringIO(table(rows).removeprefix(BYTE_ORDER_MARK)))
    assert list(read) == rows
