"""Building blocks of the certificate: sections, pairs of name and value, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table

from app.documents import certificate_style as look

Rows = Sequence[tuple[str, Flowable]]

PLAIN: list[tuple[Any, ...]] = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
GUTTER = 22.0
PAD = 14.0
SIGNATURE = 168.0


def panel(cells: list[list[Any]]) -> Flowable:
    """A rounded box: two columns above, what spans both below."""
    last = len(cells) - 1
    styles = [
        *PLAIN,
        ("BACKGROUND", (0, 0), (-1, -1), look.PANEL),
        ("ROUNDEDCORNERS", [7, 7, 7, 7]),
        ("TOPPADDING", (0, 0), (-1, 0), 12),
        ("BOTTOMPADDING", (0, last), (-1, last), 11),
        ("LEFTPADDING", (0, 0), (0, -1), PAD),
        ("LEFTPADDING", (1, 0), (1, 0), GUTTER),
    ]
    if last:
        styles += [("SPAN", (0, 1), (1, 1)), ("TOPPADDING", (0, 1), (-1, 1), 5)]
    widths = [PAD + SIGNATURE, look.INNER - PAD - SIGNATURE]
    return Table(cells, colWidths=widths, style=styles)


def note(name: str, text: str) -> Flowable:
    """A remark that a reader must not miss."""
    cell = [look.paragraph(name, look.strong(8.8)), Spacer(1, 2), look.paragraph(text, look.body())]
    styles = [
        *PLAIN,
        ("BACKGROUND", (0, 0), (-1, -1), look.CARE_PANEL),
        ("LINEBEFORE", (0, 0), (0, -1), 2.4, look.CARE),
        ("LEFTPADDING", (0, 0), (-1, -1), 14),
        ("RIGHTPADDING", (0, 0), (-1, -1), 14),
        ("TOPPADDING", (0, 0), (-1, -1), 9),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 10),
    ]
    return Table([[cell]], colWidths=[look.INNER], style=styles)


def fact(name: str, text: str) -> list[Flowable]:
    """A name above its value."""
    return [look.paragraph(name, look.label()), look.paragraph(text, look.value())]


def pairs(rows: Rows, *, first: float, width: float, gap: float) -> Flowable:
    """Names beside values; `first` is the names' width, all in points."""
    cells = [[look.paragraph(name, look.label()), what] for name, what in rows]
    styles = [
        *PLAIN,
        ("BOTTOMPADDING", (0, 0), (-1, -1), gap),
        ("TOPPADDING", (0, 0), (0, -1), 1.2),
        ("RIGHTPADDING", (0, 0), (0, -1), 8),
    ]
    return Table(cells, colWidths=[first, width - first], style=styles)


def section(name: str, *, need: float) -> list[Flowable]:
    """A heading that never stands alone at the foot of a page: it wants `need` points below it."""
    return [CondPageBreak(need), Spacer(1, 20), look.paragraph(name, look.heading()), Spacer(1, 8)]
