"""Pairs of agreements of one type, by seed: the one a person placed fields on, and a later one for another deal.

Three forms in two languages. Names, dates and sums differ, tables grow or shrink, pages are added. Every form
draws its own places to fill and notes where they came to lie, so the right answer is known to the point.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field, replace
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from bench.agreement_words import WORDS, Words

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=6)
HEAD = ParagraphStyle("head", parent=BODY, fontName="Helvetica-Bold", fontSize=12, spaceBefore=8)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=18, leading=24)
GRID = [("GRID", (0, 0), (-1, -1), 0.4, "#888888"), ("FONTSIZE", (0, 0), (-1, -1), 9)]
PLAIN = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
FORMS = ("contract", "order", "secrecy")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a place to fill lies: page from 0, upper left corner as page fractions."""

    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Case:
    """What one agreement says."""

    form: str
    lang: str
    us: str
    client: str
    our_person: str
    their_person: str
    city: str
    day: str
    rows: tuple[tuple[str, int, int], ...]
    articles: tuple[int, ...]
    cover: bool = False
    annex: int = 0
    sentences: int = 3
    text: int = 0
    """Seed of the sentences in each article; the same in all agreements of a house."""
    negotiated: int = -1
    """The article whose sentences the two sides wrote anew, -1 for none."""
    numbers: int = 0
    """Seed of the figures in the text."""


@dataclass
class Made:
    """A printed agreement, and where its places lie."""

    pdf: bytes = b""
    spots: dict[str, Spot] = field(default_factory=dict)


class Place(Flowable):  # type: ignore[misc]
    """An empty place of a given height that notes where it was drawn."""

    def __init__(self, made: Made, key: str, *, height: float = 16, width: float = 150) -> None:
        super().__init__()
        self.made, self.key, self.width, self.height = made, key, width, height

    def wrap(self, _wide: float, _high: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        x, y = self.canv.absolutePosition(0, self.height)
        spot = Spot(self.canv.getPageNumber() - 1, x / A4[0], 1 - y / A4[1])
        self.made.spots[self.key] = spot


def case(chance: random.Random, *, form: str, lang: str) -> Case:
    """Return an agreement of this form with names, figures and a table by chance."""
    words = WORDS[lang]
    us, client = chance.sample(words.companies, 2)
    ours, theirs = chance.choice(words.people[:5]), chance.choice(words.people[5:])
    return Case(
        form=form,
        lang=lang,
        us=us,
        client=client,
        our_person=ours,
        their_person=theirs,
        city=chance.choice(words.cities),
        day=f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/2026",
        rows=rows(chance, words, chance.randint(1, 8)),
        articles=tuple(sorted(chance.sample(range(len(words.articles)), 4))),
        text=chance.randrange(1 << 30),
        numbers=chance.randrange(1 << 30),
    )


def rows(chance: random.Random, words: Words, count: int) -> tuple[tuple[str, int, int], ...]:
    """Return `count` product rows: name, quantity, price."""
    return tuple(
        (chance.choice(words.products), chance.randint(1, 20), chance.randint(20, 4000))
        for _ in range(count)
    )


def later(chance: random.Random, first: Case) -> tuple[Case, str]:
    """Return the agreement for another deal, and the greatest change it has: same, names, table or pages."""
    words, changed, kind = WORDS[first.lang], first, "same"
    other = case(chance, form=first.form, lang=first.lang)
    while other.client == first.us:
        other = case(chance, form=first.form, lang=first.lang)
    changed = replace(first, day=other.day, numbers=other.numbers)
    if chance.random() < 0.85:
        kind = "names"
        changed = replace(changed, client=other.client, their_person=other.their_person,
                          our_person=other.our_person, city=other.city)  # fmt: skip
    if chance.random() < 0.5:
        kind = "table"
        changed = replace(changed, rows=rows(chance, words, chance.randint(1, 40)))
    if chance.random() < 0.25:
        kind = "pages"
        way = chance.choice(("cover", "annex", "articles"))
        if way == "cover":
            changed = replace(changed, cover=True)
        elif way == "annex":
            changed = replace(changed, annex=chance.randint(1, 3))
        else:
            every = tuple(range(len(words.articles)))
            changed = replace(changed, articles=every, sentences=6)
    return changed, kind


def turned(first: Case) -> Case:
    """Return the agreement with the same names on the other sides: those who bought last time sell now."""
    return replace(first, us=first.client, client=first.us,
                   our_person=first.their_person, their_person=first.our_person)  # fmt: skip


def printed(one: Case) -> Made:
    """Return the agreement as a PDF with the places it has."""
    made, words = Made(), WORDS[one.lang]
    story: list[Any] = []
    if one.cover:
        story += [*_paragraphs(random.Random(one.numbers), words.cover, one), PageBreak()]
    story += {"contract": _contract, "order": _order, "secrecy": _secrecy}[one.form](
        made, words, one
    )
    for number in range(one.annex):
        story += [PageBreak(), Paragraph(f"{words.annex} {number + 1}", HEAD)]
        story += _paragraphs(random.Random(one.numbers + number), words.filler * 4, one)
    out = io.BytesIO()
    paper = SimpleDocTemplate(out, pagesize=A4, leftMargin=22 * mm, rightMargin=22 * mm,
                              topMargin=20 * mm, bottomMargin=24 * mm, invariant=True)  # fmt: skip
    foot = _foot(made, words, one)
    paper.build(story, onFirstPage=foot, onLaterPages=foot)
    made.pdf = out.getvalue()
    return made


def _contract(made: Made, words: Words, one: Case) -> list[Any]:
    chance = random.Random(one.numbers)
    story = [Paragraph(words.contract, TITLE), *_between(words, one)]
    story += [line for number in one.articles for line in _article(words, one, number, chance)]
    story += [Paragraph(words.price_head, HEAD), _table(words, one), Spacer(1, 8)]
    story += [_labelled(made, words.delivery, "address", width=220)]
    story += [_ticked(made, words.terms, "terms"), Spacer(1, 12)]
    return [*story, *_paragraphs(chance, [words.done], one), _two_columns(made, words, one)]


def _order(made: Made, words: Words, one: Case) -> list[Any]:
    story = [Paragraph(words.order, TITLE), *_between(words, one), _table(words, one)]
    story += [Spacer(1, 6), Paragraph(f"{words.total} {_total(one):,} EUR", HEAD)]
    story += _paragraphs(random.Random(one.numbers), words.filler[:2], one)
    story += [_labelled(made, words.delivery, "address", width=220)]
    agreed = [Paragraph(words.agreed, HEAD), _labelled(made, words.date, "their date")]
    agreed += [Paragraph(words.signature, BODY), Place(made, "their signature", height=52)]
    return [*story, _ticked(made, words.terms, "terms"), KeepTogether(agreed)]


def _secrecy(made: Made, words: Words, one: Case) -> list[Any]:
    chance = random.Random(one.numbers)
    story = [Paragraph(words.secrecy, TITLE), *_between(words, one)]
    story += [line for number in one.articles[:3] for line in _article(words, one, number, chance)]
    story += _paragraphs(chance, [words.done], one)
    for who, key in ((one.us, "our"), (one.client, "their")):
        person = one.our_person if key == "our" else one.their_person
        block = [Paragraph(words.for_.format(who), HEAD), Paragraph(f"{words.name} {person}", BODY)]
        block += [_labelled(made, words.date, f"{key} date")]
        block += [Paragraph(words.signature, BODY), Place(made, f"{key} signature", height=52)]
        story.append(KeepTogether(block))
    return story


def _article(words: Words, one: Case, number: int, chance: random.Random) -> list[Flowable]:
    name, text = words.articles[number]
    seed = one.text + number + (one.numbers if number == one.negotiated else 0)
    sentences = random.Random(seed).sample(words.filler, len(words.filler))[: one.sentences]
    head = Paragraph(f"{words.article} {one.articles.index(number) + 1}. {name}", HEAD)
    return [head, *_paragraphs(chance, [text, *sentences], one)]


def _two_columns(made: Made, words: Words, one: Case) -> Flowable:
    columns = []
    for who, person, key in (
        (one.us, one.our_person, "our"),
        (one.client, one.their_person, "their"),
    ):
        cell = [Paragraph(words.for_.format(who), BODY), Paragraph(f"{words.name} {person}", BODY)]
        cell += [_labelled(made, words.date, f"{key} date", width=90)]
        cell += [Paragraph(words.signature, BODY), Place(made, f"{key} signature", height=52)]
        if key == "our":
            cell += [Paragraph(words.stamp, BODY), Place(made, "stamp", height=80, width=100)]
        columns.append(cell)
    return Table([columns], colWidths=[240, 240], style=PLAIN)


def _between(words: Words, one: Case) -> list[Flowable]:
    lines = [words.between.format(us=one.us, client=one.client, city=one.city)]
    return [Paragraph(f"{one.city}, {one.day}", BODY), *(Paragraph(text, BODY) for text in lines)]


def _paragraphs(chance: random.Random, texts: list[str], one: Case) -> list[Flowable]:
    values = {"us": one.us, "client": one.client, "city": one.city, "day": one.day}
    return [Paragraph(text.format(n=chance.randint(2, 90), **values), BODY) for text in texts]


def _table(words: Words, one: Case) -> Flowable:
    lines = [
        [name, str(count), f"{price}.00", f"{count * price}.00"] for name, count, price in one.rows
    ]
    return Table(
        [list(words.columns), *lines], colWidths=[210, 60, 90, 90], style=GRID, repeatRows=1
    )


def _labelled(made: Made, label: str, key: str, *, width: float = 120) -> Flowable:
    cells = [[Paragraph(label, BODY), Place(made, key, width=width)]]
    wide = 110 if width > 100 else 60
    return Table(cells, colWidths=[wide, width + 8], style=PLAIN, hAlign="LEFT")


def _ticked(made: Made, text: str, key: str) -> Flowable:
    cells = [[Place(made, key, height=12, width=12), Paragraph(text, BODY)]]
    return Table(cells, colWidths=[20, 420], style=PLAIN, hAlign="LEFT")


def _total(one: Case) -> int:
    return sum(count * price for _, count, price in one.rows)


def _foot(made: Made, words: Words, one: Case) -> Any:
    """Every page of a contract asks for initials at its foot, in the same words."""

    def draw(canvas: Any, _paper: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(22 * mm, 12 * mm, f"{one.client} · {words.page} {canvas.getPageNumber()}")
        if one.form == "contract":
            canvas.drawString(130 * mm, 12 * mm, words.initials)
            spot = Spot(canvas.getPageNumber() - 1, 150 * mm / A4[0], 1 - 18 * mm / A4[1])
            made.spots.setdefault(f"initials {spot.page + 1}", spot)

    return draw
