"""From source to printed pages: fill, print, and find the fields. LibreOffice never runs in a web request.

Each step leaves digests on the envelope's documents and may run again. What is kept first is app.actions.fetch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core import layout, merge, rule_client, snapshot, sources
from app.core.fields import Field
from app.documents import field_values, pages
from app.documents.anchors import Outcome, PlacedField, place_again
from app.documents.beside import place_beside
from app.documents.fill import fill
from app.documents.round_stamp import round_stamp
from app.documents.tagged import TaggedPdf, collect_fields
from app.documents.uploads import ready_pdf
from app.errors import ConversionFailed, NotFound
from app.services import Services
from app.store import envelopes, installations, layout_pages, layouts, ours, templates
from app.store.database import Session
from app.store.samples import SAMPLE
from app.store.tables import Document, Envelope, FieldRow

TEMPLATE = "template"
MAX_PAGES = 1_000
TOO_MANY_PAGES = (
    "Together these documents have {count} pages; at most {limit} can be signed at once."
)


@dataclass(frozen=True, slots=True)
class Printed:
    """One document's pages, and its fields, each with the question it needs ("" for none)."""

    document_id: str
    digest: str
    info: pages.PdfInfo
    fields: tuple[tuple[Field, str], ...]
    values: Mapping[str, str]
    """What the CRM has for them, by key."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the layout knows of one document: its fields, and the pages they were placed on (b"" when gone)."""

    fields: tuple[Field, ...] = ()
    pages: bytes = b""


def fill_document(services: Services, envelope_id: str) -> str:
    """Fill every template of ours with the CRM snapshot; return the first one's SHA-256, "" without a template."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        papers = envelopes.documents(session, envelope_id)
    filled = [
        paper.filled_digest or _fill(services, envelope, paper, source)
        for paper, source in zip(papers, sources.parts(envelope.source), strict=True)
    ]
    return filled[0]


def print_document(services: Services, envelope_id: str) -> str:
    """Print the documents, find their fields, and return "ready", or "asking" when one needs a person."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        papers = envelopes.documents(session, envelope_id)
        spec = layouts.spec_of(session, envelope.layout_id)
        old = layout_pages.documents_of(session, envelope.portal_id, envelope.layout_id)
        roles = [one.role_key for one in envelopes.recipients(session, envelope_id)]
    if envelope.prepare_state != "waiting":
        return envelope.prepare_state
    models = [paper.printed_digest for paper in old]
    printed = [
        _print(
            services, envelope, paper, source, _remembered(services, spec, models, paper.position)
        )
        for paper, source in zip(papers, sources.parts(envelope.source), strict=True)
    ]
    printed = [replace(one, fields=tuple(rule_client.shared(one.fields, roles))) for one in printed]
    count = sum(one.info.page_count for one in printed)
    if count > MAX_PAGES:
        raise ConversionFailed(TOO_MANY_PAGES, count=count, limit=MAX_PAGES)
    return _save(services, envelope_id, printed)


def give_up(services: Services, envelope_id: str, reason: str) -> None:
    """Keep why the document could not be prepared; the wizard shows it, a rule is told."""
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.prepare_state != "ready":
            envelope.prepare_state, envelope.prepare_error = "failed", reason


def _fill(services: Services, envelope: Envelope, paper: Document, source: sources.Values) -> str:
    if source["kind"] == TEMPLATE:
        with services.database.reading() as session:
            lang = templates.get(session, envelope.portal_id, source["template_id"]).lang
        wanted = paper.original_digest
    elif source.get("fills"):
        lang, wanted = envelope.lang, source["clean"]
    else:
        return ""
    values, pictures = _values(services, envelope), _pictures(services, envelope)
    filled = fill(services.files.get(wanted), values, lang=lang, pictures=pictures)
    digest = services.files.put(filled.docx)
    with services.database.transaction() as session:
        _row_of(session, envelope.id, paper.id).filled_digest = digest
    return digest


def _pictures(services: Services, envelope: Envelope) -> dict[str, bytes]:
    """Our logo, and the stamp of our company: the one that was uploaded, else the round one of its name."""
    us = snapshot.from_json(services.files.get(envelope.snapshot_digest)).us
    with services.database.reading() as session:
        logo = installations.get(session, envelope.portal_id).preferences.get("brand_logo", "")
        stamp = ours.side(session, envelope.portal_id, us.company_id).stamp_digest
    name = us.full_name or us.name
    drawn = services.files.get(stamp) if stamp else _drawn_stamp(name) if name else b""
    return {"stamp": drawn, **({"logo": services.files.get(str(logo))} if logo else {})}


_drawn_stamp = lru_cache(maxsize=64)(round_stamp)


def _values(services: Services, envelope: Envelope) -> merge.Values:
    taken = snapshot.from_json(services.files.get(envelope.snapshot_digest))
    today = services.now().date()
    number = f"P-{today:%Y}-000000" if envelope.origin == SAMPLE else envelope.number
    return merge.merge_values(taken, number=number, today=today)


def _print(
    services: Services,
    envelope: Envelope,
    paper: Document,
    source: sources.Values,
    remembered: Remembered,
) -> Printed:
    found = _pages(services, paper, source)
    info = pages.inspect_pdf(found.pdf)
    if not info.page_count:
        raise ConversionFailed("The document has no pages.")
    tagged = [(field, "") for field in found.fields]
    placed = _by_layout(found.pdf, remembered)
    fields = (*tagged, *placed)
    known = _known(services, envelope, [field for field, _ in fields if field.crm_name])
    return Printed(paper.id, services.files.put(found.pdf), info, fields, known)


def _known(services: Services, envelope: Envelope, fields: list[Field]) -> dict[str, str]:
    if not fields or not envelope.snapshot_digest:
        return {}
    values = _values(services, envelope)
    return {
        one.key: field_values.from_crm(values, one.crm_name, kind=one.kind, lang=envelope.lang)
        for one in fields
    }


def _pages(services: Services, paper: Document, source: sources.Values) -> TaggedPdf:
    """Return the document as its signers will see it, and the fields that its tags stood for."""
    if paper.filled_digest:
        return collect_fields(services.converter.to_pdf(services.files.get(paper.filled_digest)))
    if source["kind"] != sources.UPLOAD:
        return TaggedPdf(ready_pdf(services.files.get(paper.original_digest)), ())
    if source["ready"]:
        return TaggedPdf(services.files.get(source["ready"]), ())
    cleaned = services.files.get(source["clean"])
    return collect_fields(services.converter.to_pdf(cleaned, kind=source["type"]))


def _remembered(
    services: Services, spec: layout.LayoutSpec | None, models: list[str], position: int
) -> Remembered:
    fields = spec.fields_of(position) if spec else ()
    if not fields:
        return Remembered()
    try:
        kept = services.files.get(models[position])
    except (IndexError, NotFound):
        return Remembered(fields)
    return Remembered(fields, kept)


def _by_layout(pdf: bytes, remembered: Remembered) -> list[tuple[Field, str]]:
    """Return the layout's fields in this document, each with the question it needs ("" for none)."""
    return [
        (found.field, "" if found.outcome is Outcome.SAME else found.outcome.value)
        for found in _placed(pdf, remembered)
    ]


def _placed(pdf: bytes, remembered: Remembered) -> list[PlacedField]:
    if remembered.pages == pdf:
        return [PlacedField(field, Outcome.SAME) for field in remembered.fields]
    if remembered.pages:
        return place_beside(remembered.pages, pdf, remembered.fields)
    # Without the pages of last time the words alone are a suggestion, never a certainty.
    sure = {Outcome.SAME: Outcome.AMBIGUOUS}
    found = place_again(pdf, remembered.fields)
    return [PlacedField(one.field, sure.get(one.outcome, one.outcome)) for one in found]


def _save(services: Services, envelope_id: str, printed: list[Printed]) -> str:
    asks = any(question for one in printed for _, question in one.fields)
    state = "asking" if asks else "ready"
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.prepare_state != "waiting":
            return envelope.prepare_state
        for one in printed:
            document = _row_of(session, envelope_id, one.document_id)
            document.printed_digest, document.page_count = one.digest, one.info.page_count
            document.page_sizes = [[w, h] for w, h in one.info.sizes]
            for field, question in one.fields:
                row = _field_row(services.new_id(), document, field, question)
                row.value = one.values.get(field.key, "")
                session.add(row)
        envelope.prepare_state = state
    return state


def _row_of(session: Session, envelope_id: str, document_id: str) -> Document:
    return next(one for one in envelopes.documents(session, envelope_id) if one.id == document_id)


def _field_row(row_id: str, document: Document, field: Field, question: str) -> FieldRow:
    values = layout.field_to_json(field)
    return FieldRow(
        id=row_id,
        portal_id=document.portal_id,
        envelope_id=document.envelope_id,
        document_id=document.id,
        question=question,
        **values,
    )
