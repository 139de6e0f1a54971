"""Word files, snapshots and PDFs for the tests of app/documents."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import docx
import pikepdf
from reportlab.pdfgen.canvas import Canvas

from app.core.fields import Field, FieldKind
from app.core.snapshot import Address, Bank, CrmSnapshot, Party, Person, ProductRow, Record

SAMPLES = Path(__file__).resolve().parents[2] / "templates" / "documents"


def sample(lang: str) -> bytes:
    """The services contract."""
    return (SAMPLES / f"services_contract.{lang}.docx").read_bytes()


def word(
    *paragraphs: str, header: str = "", footer: str = "", cells: tuple[str, ...] = ()
) -> bytes:
    """A .docx with these paragraphs; one table row of `cells`."""
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if cells:
        row = made.add_table(1, len(cells)).rows[0]
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    if header:
        made.sections[0].header.paragraphs[0].text = header
    if footer:
        made.sections[0].footer.paragraphs[0].text = footer
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def texts(document: bytes) -> str:
    """All paragraphs of a .docx, tables and header included."""
    made = docx.Document(io.BytesIO(document))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    head = [p.text for p in made.sections[0].header.paragraphs]
    return "\n".join([*head, *(p.text for p in made.paragraphs), *cells])


def rezip(document: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The same zip after `change` had its way with its parts."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def product(
    name: str = "Audit", quantity: str = "2", price: str = "780", tax: str = "20"
) -> ProductRow:
    amount, rate = Decimal(quantity) * Decimal(price), Decimal(tax)
    total = (amount * (1 + rate / 100)).quantize(Decimal("0.01"))
    return ProductRow(name, Decimal(quantity), "d", Decimal(price), rate, total)


def snapshot(*, rows: int = 3, client: str = "Les Jardins d’Azur", **record: object) -> CrmSnapshot:
    """A deal of a small French company with one of its clients."""
    values = {
        "id": "1042",
        "title": "Website",
        "amount": Decimal("5616"),
        "currency": "EUR",
        **record,
    }
    return CrmSnapshot(
        taken_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        record=Record(entity_type_id=2, **values),  # type: ignore[arg-type]
        us=Party(
            name="Atelier Lumen", full_name="Atelier Lumen SAS", registration="123 456 789 00012",
            vat_id="FR00123456789", director="Claire Fontaine", email="hello@lumen.example.com",
            address=Address("12 rue des Tisserands", "", "69001", "Lyon", "", "France"),
            bank=Bank(name="Banque exemple", iban="FR76 0000 0000", swift="EXMPFRPP"),
        ),
        client=Party(
            name=client, full_name=f"{client} SARL", registration="987 654 321 00021",
            director="Marc Delorme", email="marc@azur.example.org",
            address=Address("4 chemin des Oliviers", "", "13100", "Aix-en-Provence", "", "France"),
        ),
        contacts=(Person("1", "Marc Delorme", phones=("+33199001234",), is_primary=True),),
        responsible=Person("5", "Inès Caron", emails=("ines@lumen.example.com",)),
        products=tuple(product(f"Service {n}") for n in range(1, rows + 1)),
    )  # fmt: skip


def pdf(*pages: str, size: tuple[float, float] = (595, 842)) -> bytes:
    """A PDF with lines of text; each page is one string."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1)
    for text in pages:
        for number, line in enumerate(text.splitlines()):
            canvas.drawString(70, size[1] - 90 - 24 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def turned(document: bytes, rotation: int, crop: tuple[int, int, int, int] | None = None) -> bytes:
    """The same PDF with its first page rotated, and cropped."""
    with pikepdf.open(io.BytesIO(document)) as opened:
        opened.pages[0].obj["/Rotate"] = rotation
        if crop:
            opened.pages[0].obj["/CropBox"] = pikepdf.Array(list(crop))
        out = io.BytesIO()
        opened.save(out)
    return out.getvalue()


def field(kind: FieldKind = FieldKind.TEXT, **changes: object) -> Field:
    values = {
        "key": "f",
        "role": "client",
        "page": 0,
        "x": 0.1,
        "y": 0.1,
        "w": 0.4,
        "h": 0.05,
        **changes,
    }
    return Field(kind=kind, **values)  # type: ignore[arg-type]
