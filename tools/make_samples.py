"""Makes the sample documents in templates/documents/. Run: python tools/make_samples.py [FOLDER]

The samples are ordinary Word files that a company may open, change and upload again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import samples_docx as d
from samples_more import MORE
from samples_texts import CLAUSES, WORDS

TARGET = Path(__file__).resolve().parent.parent / "templates" / "documents"
PRODUCTS = (9.0, 69.0, 24.0, 24.0, 16.0, 28.0)


def services_contract(lang: str):
    """Return the services contract in `lang` as a document."""
    say = WORDS[lang]
    document = d.new_document(title=say["title"], lang=lang)
    d.slim(document)
    _frame(document, say)
    _title(document, say)
    _parties(document, say)
    for number, (key, paragraphs) in enumerate(CLAUSES[lang].items(), 1):
        d.heading(document, number, say[key])
        for text in paragraphs:
            _paragraph(document, text)
        if key == "price":
            _products(document, say)
            _totals(document, say)
        if key == "payment":
            _bank(document, say)
    _signatures(document, say)
    return document


def other_sample(kind: str, lang: str):
    """Return the sample of `kind` (invoice, acceptance, nda, power_of_attorney) in `lang` as a document."""
    say = {**WORDS[lang], **MORE[kind][lang]}
    document = d.new_document(title=say["title"], lang=lang)
    d.slim(document)
    _frame(document, say)
    _title(document, say)
    _parties(document, say)
    number, last = 0, len(say["body"]) - 1
    for place, (block, *words) in enumerate(say["body"]):
        if block == "heading":
            number += 1
            d.heading(document, number, *words)
        elif block == "text":
            paragraph = _paragraph(document, *words)
            # No page with nothing but signatures: the last words go with them.
            paragraph.paragraph_format.keep_with_next = place == last
        else:
            BLOCKS[block](document, say)
    _signatures(document, say)
    return document


def _frame(document, say) -> None:
    section = document.sections[0]
    head = d.space(section.header.paragraphs[0])
    d.right_tab(head)
    d.write(head, "{{ us.name }}", size=8, bold=True, colour=d.DEEP)
    d.write(head, "\t" + say["header"], size=8, colour=d.QUIET)
    d.rule_below(head)
    foot = d.space(section.footer.paragraphs[0])
    d.right_tab(foot)
    d.write(foot, "{{ us.full_name }}" + say["footer"], size=7, colour=d.QUIET)
    d.write(foot, "\t" + say["page"] + "\u00a0", size=7, colour=d.QUIET)
    d.page_field(foot, "PAGE", size=7, colour=d.QUIET)
    d.write(foot, "\u00a0/\u00a0", size=7, colour=d.QUIET)
    d.page_field(foot, "NUMPAGES", size=7, colour=d.QUIET)


def _title(document, say) -> None:
    d.write(
        d.space(document.add_paragraph(), before=2, after=2, lines=1.0),
        say["title"], size=25, bold=True, colour=d.DEEP,
    )  # fmt: skip
    d.write(d.space(document.add_paragraph(), after=13), say["subtitle"], size=10.5, colour=d.QUIET)


def _paragraph(document, text):
    paragraph = document.add_paragraph()
    paragraph.alignment = d.LEFT
    return d.write(paragraph, text)


def _parties(document, say) -> None:
    grid = d.table(document, (83.0, 4.0, 83.0))
    for cell, who, label in (
        (grid.cell(0, 0), "us", say["provider"]),
        (grid.cell(0, 2), "client", say["client"]),
    ):
        d.shade(cell)
        d.padding(cell, top=4, bottom=4, left=5, right=5)
        _party(cell, who, label, say)
    d.space(document.add_paragraph(), after=0, lines=0.6)


def _party(cell, who, label, say) -> None:
    first = d.space(cell.paragraphs[0], after=3)
    d.write(first, label.upper(), size=7, bold=True, colour=d.QUIET)
    _line(cell, f"{{{{ {who}.full_name }}}}", size=11, bold=True, after=2)
    _line(cell, f"{{{{ {who}.address|address }}}}", after=3)
    for key, name in (("registration", "registration"), ("vat", "vat_id"), ("email", "email")):
        _line(cell, f"{{%p if {who}.{name} %}}")
        _pair(cell, say[key], f"{{{{ {who}.{name} }}}}")
        _line(cell, "{%p endif %}")
    _line(cell, f"{{%p if {who}.director %}}")
    _pair(cell, say["represented"], f"{{{{ {who}.director }}}}")
    _line(cell, "{%p endif %}")


def _line(cell, text, *, after=0.0, before=0.0, keep=False, align=None, **look):
    paragraph = d.space(
        cell.add_paragraph(), before=before, after=after, keep=keep, align=align, lines=1.2
    )
    return d.write(paragraph, text, **{"size": 9, **look})


def _pair(cell, label, value) -> None:
    paragraph = d.space(cell.add_paragraph(), after=0.5, lines=1.2)
    d.write(paragraph, label + "\u2002", size=8, colour=d.QUIET)
    d.write(paragraph, value, size=9)


def _products(document, say) -> None:
    grid = d.table(document, PRODUCTS, rows=4)
    for index, (cell, label) in enumerate(zip(grid.rows[0].cells, say["columns"], strict=True)):
        d.padding(cell, top=1.6, bottom=1.6, left=1.5, right=1.5)
        d.borders(cell, bottom=True, colour="16294F", size=8)
        d.write(
            d.space(cell.paragraphs[0], align=d.RIGHT if index > 1 else d.LEFT, lines=1.05, keep=True),
            label, size=7.5, bold=True, colour=d.QUIET,
        )  # fmt: skip
    d.repeat_header(grid.rows[0])
    d.write(grid.cell(1, 0).paragraphs[0], "{%tr for row in products %}")
    row = (
        "{{ row.number }}", "{{ row.name }}", "{{ row.quantity|number }}\u00a0{{ row.unit }}",
        "{{ row.price|money }}", "{{ row.tax_rate|percent }}", "{{ row.net|money }}",
    )  # fmt: skip
    for index, (cell, text) in enumerate(zip(grid.rows[2].cells, row, strict=True)):
        d.padding(cell, top=1.7, bottom=1.7, left=1.5, right=1.5)
        d.borders(cell, bottom=True)
        colour = d.QUIET if index == 0 else None
        paragraph = d.space(cell.paragraphs[0], align=d.RIGHT if index > 1 else d.LEFT, lines=1.15)
        d.write(paragraph, text, size=9, colour=colour)
    d.write(grid.cell(3, 0).paragraphs[0], "{%tr endfor %}")


def _totals(document, say) -> None:
    d.space(document.add_paragraph(), after=0, lines=0.35, keep=True)
    grid = d.table(document, (80.0, 58.0, 32.0), rows=3)
    lines = (
        (say["net"], "{{ totals.net|money }}", False),
        (say["tax"], "{{ totals.tax|money }}", False),
        (say["gross"], "{{ totals.gross|money }}", True),
    )
    for row, (label, value, strong) in zip(grid.rows, lines, strict=True):
        d.space(row.cells[0].paragraphs[0], lines=1.0)
        for cell, text in ((row.cells[1], label), (row.cells[2], value)):
            d.padding(cell, top=1.1, bottom=1.1, left=1.5, right=1.5)
            if strong:
                d.shade(cell)
            align = d.LEFT if text == label else d.RIGHT
            paragraph = d.space(cell.paragraphs[0], align=align, lines=1.1, keep=True)
            d.write(paragraph, text, size=10 if strong else 9, bold=strong,
                    colour=d.DEEP if strong else None)  # fmt: skip
    paragraph = d.space(document.add_paragraph(), before=7, after=2)
    d.write(paragraph, say["in_words"])


def _bank(document, say) -> None:
    d.write(document.add_paragraph(), "{%p if us.bank.iban or us.bank.account %}")
    grid = d.table(document, (170.0,))
    cell = grid.cell(0, 0)
    d.shade(cell)
    d.padding(cell, top=3, bottom=3, left=5, right=5)
    first = d.space(cell.paragraphs[0], after=2, lines=1.2)
    d.write(first, say["bank_label"].upper(), size=7, bold=True, colour=d.QUIET)
    for label, test, value in (
        (say["bank"], "us.bank.name", "{{ us.bank.name }}"),
        ("IBAN", "us.bank.iban", "{{ us.bank.iban }}"),
        (say["account"], "us.bank.account", "{{ us.bank.account }}"),
        ("BIC / SWIFT", "us.bank.swift", "{{ us.bank.swift }}"),
        (say["reference"], "number", "{{ number }}"),
    ):
        _line(cell, f"{{%p if {test} %}}")
        _pair(cell, label, value)
        _line(cell, "{%p endif %}")
    d.write(document.add_paragraph(), "{%p endif %}")


def _signatures(document, say) -> None:
    paragraph = d.space(document.add_paragraph(), before=13, after=5, keep=True)
    d.write(paragraph, say["done"])
    grid = d.table(document, (83.0, 4.0, 83.0))
    for cell, who in ((grid.cell(0, 0), "us"), (grid.cell(0, 2), "client")):
        d.borders(cell, box=True)
        d.padding(cell, top=4, bottom=4, left=5, right=4)
        first = d.space(cell.paragraphs[0], after=2, lines=1.2, keep=True)
        label = say["for_provider"] if who == "us" else say["for_client"]
        d.write(first, label.upper(), size=7, bold=True, colour=d.QUIET)
        _line(cell, f"{{{{ {who}.full_name }}}}", size=10, bold=True, keep=True)
        _line(cell, f"{{{{ {who}.director }}}}", keep=True, after=5)
        tall = say.get("tall", 28)
        tags = f'{{{{ sign("client", height={tall}) }}}}'
        if who == "us":
            stamp = f'{{{{ stamp("us", width={tall}, height={tall}) }}}}'
            tags = f'{{{{ sign("us", width=44, height={min(tall, 24)}) }}}}{stamp}'
        _line(cell, tags, size=2, keep=True, after=3)
        _line(cell, say["date"] + f'\u2002{{{{ date_signed("{who}") }}}}', size=9)


BLOCKS = {"products": _products, "totals": _totals, "bank": _bank}


def main() -> None:
    """Write every sample into TARGET or the folder named on the command line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    folder.mkdir(parents=True, exist_ok=True)
    for lang in WORDS:
        services_contract(lang).save(str(folder / f"services_contract.{lang}.docx"))
        for kind in MORE:
            other_sample(kind, lang).save(str(folder / f"{kind}.{lang}.docx"))


if __name__ == "__main__":
    main()
