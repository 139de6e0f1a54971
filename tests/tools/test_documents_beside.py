"""Fields of one agreement found again in the next, with both at hand."""

from __future__ import annotations

import io
from dataclasses import replace

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.core.fields import Field, FieldKind
from app.documents.anchors import Outcome, PlacedField
from app.documents.beside import place_beside
from bench import anchors as bench

TEXT = (
    "Services contract",
    "Between the provider and the client named below, in good faith.",
    "Any change is agreed in writing and signed by both parties.",
    "Work is accepted when it was used without a written remark.",
    "Everything delivered remains ours until it has been paid in full.",
)
OURS = Field("ours", FieldKind.SIGNATURE, "us", 0, 0.12, 0.62, 0.2, 0.05)
THEIRS = Field("theirs", FieldKind.SIGNATURE, "client", 0, 0.12, 0.78, 0.2, 0.05)


def paper(*pages: list[tuple[float, str]], foot: str = "") -> bytes:
    """A PDF of pages of lines, each with its height as a fraction of the page from the top."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for lines in pages:
        for y, text in [*lines, *([(0.96, foot)] if foot else [])]:
            canvas.drawString(0.12 * A4[0], (1 - y) * A4[1], text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def contract(client: str = "Orchard", lower: float = 0.0) -> list[tuple[float, str]]:
    text = [(0.1 + 0.04 * index, line) for index, line in enumerate(TEXT)]
    signs = [
        (0.56, "For Lumen:"),
        (0.6, "Signature"),
        (0.72, f"For {client}:"),
        (0.76, "Signature"),
    ]
    return text + [(y + lower, words) for y, words in signs]


def placed(old: bytes, new: bytes, *fields: Field) -> dict[str, PlacedField]:
    return {one.field.key: one for one in place_beside(old, new, fields)}


def test_two_signatures_alike_keep_their_sides_when_names_change_and_the_text_grows() -> None:
    found = placed(paper(contract()), paper(contract("Azure Harbour", lower=0.1)), OURS, THEIRS)
    assert {one.outcome for one in found.values()} == {Outcome.SAME}
    assert round(found["ours"].field.y, 2) == 0.72
    assert round(found["theirs"].field.y, 2) == 0.88


def test_one_signature_where_there_were_two_is_asked_about() -> None:
    fewer = [line for line in contract() if line[0] < 0.7]
    found = placed(paper(contract()), paper(fewer), OURS, THEIRS)
    assert Outcome.SAME not in {one.outcome for one in found.values()}


def test_a_page_put_in_front_is_no_question_because_the_page_is_the_same() -> None:
    letter = [(0.2, "Dear customer, please find our contract.")]
    found = placed(paper(contract()), paper(letter, contract()), OURS)
    assert (found["ours"].outcome, found["ours"].field.page) == (Outcome.SAME, 1)


def test_a_field_whose_words_went_over_to_another_page_is_asked_about() -> None:
    second = [
        (0.2, f"{line} Once more, in other words, number {n}.") for n, line in enumerate(TEXT)
    ]
    old = paper(contract(), second)
    new = paper(contract()[:5], [(0.1, "For Lumen:"), (0.14, "Signature")], second)
    found = placed(old, new, OURS)
    assert found["ours"].outcome is not Outcome.SAME


def test_a_passage_that_a_longer_table_pushed_over_whole_is_no_question() -> None:
    address = Field("address", FieldKind.TEXT, "client", 0, 0.3, 0.69, 0.3, 0.02)
    asked = [(0.7, "Delivery address:"), (0.74, "I have read the general terms and accept them.")]
    rows = [(0.4 + 0.03 * n, f"Desk lamp {n}") for n in range(8)]
    more = [(0.4 + 0.03 * n, f"Chair in oak {n}") for n in range(15)]
    old = paper(contract()[:5] + rows + asked)
    found = placed(
        old, paper(contract()[:5] + more, [(y - 0.5, line) for y, line in asked]), address
    )
    end = found["address"]
    assert (end.outcome, end.field.page, round(end.field.y, 2)) == (Outcome.SAME, 1, 0.19)


def test_another_form_is_asked_about_even_where_a_word_is_the_same() -> None:
    other = [
        (0.1, "Order form"),
        (0.3, "Oak table, two pieces, in the colour of your choice"),
        (0.6, "Signature"),
    ]
    found = placed(paper(contract()), paper(other), OURS)
    assert found["ours"].outcome is Outcome.LOST


def test_initials_on_every_page_follow_the_number_of_pages() -> None:
    initials = [
        replace(OURS, key=f"i{page}", kind=FieldKind.INITIALS, page=page, x=0.3, y=0.94, h=0.03)
        for page in (0, 1)
    ]
    more = [
        [(0.2, f"{line} {word}.") for line in TEXT[:1]] for word in ("again", "further", "last")
    ]
    old = paper(contract(), more[0], foot="Initials:")
    longer = placed(old, paper(contract(), *more, foot="Initials:"), *initials)
    assert sorted(one.field.page for one in longer.values()) == [0, 1, 2, 3]
    assert {one.outcome for one in longer.values()} == {Outcome.SAME}
    shorter = placed(old, paper(contract(), foot="Initials:"), *initials)
    assert [one.field.page for one in shorter.values()] == [0]


def test_a_sample_of_the_bench_has_no_field_silently_wrong() -> None:
    tallies = [bench.pair(number)[1] for number in range(0, 200, 12)]
    assert sum(one.wrong for one in tallies) == 0
    assert sum(one.right for one in tallies) > 0.9 * sum(one.count for one in tallies)
