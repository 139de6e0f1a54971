"""Bodies of the generator's documents: a real DOCX with the CRM's values in it."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from docx import Document as new_docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from emulator.state import COMPANY, CONTACT, DEAL, DocTemplate, Document, Requisite, State

KINDS = {
    "services": (
        "Contrat de prestation de services",
        (
            "Le prestataire réalise pour le client les prestations décrites ci-dessous, "
            "avec le soin d'un professionnel de son métier.",
            "Le prix est ferme. Il est payable à trente jours, date de facture, par virement.",
            "Chaque partie garde confidentiel ce qu'elle apprend de l'autre.",
            "Le présent contrat prend effet à sa signature par les deux parties.",
        ),
    ),
    "quote": (
        "Devis",
        ("Le présent devis est valable trente jours.", "Il vaut commande une fois signé."),
    ),
    "nda": (
        "Mutual non-disclosure agreement",
        (
            "Each party keeps secret what it learns from the other for this project.",
            "This duty lasts three years after the end of the project.",
        ),
    ),
}


def fields(
    state: State, entity_type_id: int, entity_id: int, extra: dict[str, Any]
) -> dict[str, str]:
    """Return the generator's values for a card, by field code; `extra` wins."""
    values = {**ours(state), **theirs(state, entity_type_id, entity_id)}
    values.update({k: str(v) for k, v in extra.items() if isinstance(v, (str, int, float))})
    return values


def ours(state: State) -> dict[str, str]:
    company = state.my_company()
    found = state.requisites_of(COMPANY, company.id)
    return {
        **prefixed("MyCompanyRequisite", found[0] if found else None, state),
        "MyCompanyTitle": company.title,
        "MyCompanyPhone": company.first("PHONE"),
        "MyCompanyEmail": company.first("EMAIL"),
    }


def theirs(state: State, entity_type_id: int, entity_id: int) -> dict[str, str]:
    company_id, contact_id, title, total, currency = parties(state, entity_type_id, entity_id)
    company, contact = state.companies.get(company_id), state.contacts.get(contact_id)
    owner = (COMPANY, company_id) if company else (CONTACT, contact_id)
    found = state.requisites_of(*owner)
    client = contact or company
    return {
        **prefixed("Requisite", found[0] if found else None, state),
        "ClientName": company.title if company else (contact.full_name if contact else ""),
        "ContactName": contact.full_name if contact else "",
        "ContactPost": contact.post if contact else "",
        "ClientPhone": client.first("PHONE") if client else "",
        "ClientEmail": client.first("EMAIL") if client else "",
        "DealTitle": title,
        "TotalSum": f"{total:.2f} {currency}",
    }


def parties(
    state: State, entity_type_id: int, entity_id: int
) -> tuple[int, int, str, Decimal, str]:
    if entity_type_id == DEAL:
        deal = state.deals[entity_id]
        return deal.company_id, deal.contact_id, deal.title, deal.opportunity, deal.currency_id
    if entity_type_id == COMPANY:
        return entity_id, 0, state.companies[entity_id].title, Decimal(0), "EUR"
    if entity_type_id == CONTACT:
        contact = state.contacts[entity_id]
        return contact.company_id, entity_id, contact.full_name, Decimal(0), "EUR"
    item = state.items[(entity_type_id, entity_id)]
    contact_id = item.contact_ids[0] if item.contact_ids else 0
    return item.company_id, contact_id, item.title, item.opportunity, item.currency_id


def prefixed(prefix: str, requisite: Requisite | None, state: State) -> dict[str, str]:
    """Return `MyCompanyRequisiteRqSiret` and the like for one requisite."""
    if requisite is None:
        return {}
    values = {prefix + camel(name): value for name, value in requisite.rq.items()}
    for address in state.addresses_of(requisite.id)[:1]:
        line = f"{address.address_1}, {address.postal_code} {address.city}, {address.country}"
        values[f"{prefix}RegisteredAddressText"] = line
    for bank in state.bank_details_of(requisite.id)[:1]:
        values.update({f"{prefix}Bank{camel(k)}": v for k, v in bank.rq.items()})
    return values


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def build(state: State, template: DocTemplate, document: Document) -> bytes:
    """Return the DOCX of a document: heading, parties, articles, rows, places to sign."""
    heading, articles = KINDS.get(template.kind, KINDS["services"])
    values = fields(state, document.entity_type_id, document.entity_id, document.values)
    body = blank()
    body.add_heading(heading, level=1)
    body.add_paragraph(f"N° {document.number}, {document.created:%d.%m.%Y}. {values['DealTitle']}")
    party(body, "Le prestataire", values, "MyCompanyRequisite", values["MyCompanyTitle"])
    party(body, "Le client", values, "Requisite", values["ClientName"])
    for position, text in enumerate(articles, start=1):
        body.add_paragraph(f"{position}. {text}")
    if document.entity_type_id == DEAL:
        rows(body, state, document.entity_id)
    places(body, values)
    buffer = io.BytesIO()
    body.save(buffer)
    return buffer.getvalue()


def blank() -> Any:
    """Return an empty A4 document in one typeface, black on white."""
    body = new_docx()
    page = body.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(24)
    page.top_margin = page.bottom_margin = Mm(22)
    for name, size in (("Normal", 10.5), ("Heading 1", 19), ("Heading 3", 11)):
        font = body.styles[name].font
        font.name, font.size = "Liberation Sans", Pt(size)
        font.color.rgb = RGBColor(0x1C, 0x22, 0x2B)
        fonts = body.styles[name].element.rPr.rFonts
        for attribute in ("asciiTheme", "hAnsiTheme"):
            fonts.attrib.pop(qn(f"w:{attribute}"), None)
    return body


def party(body: Any, role: str, values: dict[str, str], prefix: str, name: str) -> None:
    details = [
        values.get(f"{prefix}RqCompanyFullName") or name,
        values.get(f"{prefix}RegisteredAddressText", ""),
        labelled("SIRET", values.get(f"{prefix}RqSiret", "")),
        labelled("TVA", values.get(f"{prefix}RqVatId", "")),
        labelled("IBAN", values.get(f"{prefix}BankRqIban", "")),
        values.get(f"{prefix}RqDirector", ""),
    ]
    body.add_heading(role, level=3)
    body.add_paragraph(", ".join(d for d in details if d))


def labelled(label: str, value: str) -> str:
    return f"{label} {value}" if value else ""


def rows(body: Any, state: State, deal_id: int) -> None:
    products = state.deal_products(deal_id)
    if not products:
        return
    table = body.add_table(rows=1, cols=4)
    table.style = "Table Grid"
    fill(table.rows[0].cells, ("Prestation", "Qté", "PU TTC", "Total TTC"))
    for row in products:
        amounts = (str(row.quantity), euros(row.price_brutto), euros(row.total))
        fill(table.add_row().cells, (row.product_name, *amounts))
    for column, width in zip(table.columns, (Mm(82), Mm(18), Mm(30), Mm(32)), strict=True):
        for cell in column.cells:
            cell.width = width
    total = sum((r.total for r in products), Decimal(0))
    line = body.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    line.add_run(f"Total TTC : {euros(total)}").bold = True


def fill(cells: Any, texts: tuple[str, ...]) -> None:
    """Write a table row: the first cell to the left, amounts to the right."""
    for position, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        cell.text = text
        if position:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def euros(amount: Decimal) -> str:
    """Return `5 256,00 €`."""
    return f"{amount:,.2f} €".replace(",", "\u202f").replace(".", ",")


def places(body: Any, values: dict[str, str]) -> None:
    body.add_paragraph()
    table = body.add_table(rows=2, cols=2)
    left, right = table.rows[0].cells
    left.text, right.text = "Pour le prestataire", "Pour le client"
    low_left, low_right = table.rows[1].cells
    low_left.text = f"{values.get('MyCompanyRequisiteRqDirector', '')}\n\nSignature :"
    low_right.text = f"{values.get('ContactName', '')}\n\nSignature :"
