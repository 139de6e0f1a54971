"""From source to printed pages: fetch, fill, print, and find the fields. LibreOffice never runs in a web request.

Each step leaves digests on the envelope's document and may run again.
"""

from __future__ import annotations

from app.core import layout, merge, snapshot
from app.core.fields import Field
from app.crm import portal_documents
from app.crm.client import CrmClient
from app.crm.portal_documents import PortalDocument
from app.documents import pages
from app.documents.anchors import Outcome, place_again
from app.documents.fill import fill
from app.documents.tagged import collect_fields
from app.errors import ConversionFailed, PortalUnavailable
from app.services import Services
from app.store import envelopes, installations, layouts, templates
from app.store.database import Session
from app.store.tables import Document, Envelope, FieldRow

TEMPLATE, PORTAL_DOCUMENT, PORTAL_TEMPLATE = "template", "portal_document", "portal_template"
NEWEST_BEFORE = "newest_before"
"""In an envelope's source: the record's newest document when ours was asked for."""


def fetch_source(services: Services, envelope_id: str) -> str:
    """Keep our own copy of the envelope's source; return its SHA-256.

    Raises PortalUnavailable while the portal has not printed its document yet.
    """
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        known = envelopes.documents(session, envelope_id)
    if known:
        return known[0].original_digest
    if envelope.source["kind"] == TEMPLATE:
        with services.database.reading() as session:
            template_id = envelope.source["template_id"]
            digest = templates.get(session, envelope.portal_id, template_id).digest
        return _keep(services, envelope, original=digest)
    pdf = _portal_pdf(services, envelope)
    digest = services.files.put(pdf)
    return _keep(services, envelope, original=digest, printed=digest)


def fill_document(services: Services, envelope_id: str) -> str:
    """Fill a template of ours with the CRM snapshot; return the SHA-256, "" without a template."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        document = envelopes.documents(session, envelope_id)[0]
    if envelope.source["kind"] != TEMPLATE or document.filled_digest:
        return document.filled_digest
    taken = snapshot.from_json(services.files.get(envelope.snapshot_digest))
    values = merge.merge_values(taken, number=envelope.number, today=services.now().date())
    filled = fill(services.files.get(document.original_digest), values, lang=envelope.lang)
    digest = services.files.put(filled.docx)
    with services.database.transaction() as session:
        _document(session, envelope_id).filled_digest = digest
    return digest


def print_document(services: Services, envelope_id: str) -> str:
    """Print the filled document, find its fields, and return "ready", or "asking" when one needs a person."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        document = envelopes.documents(session, envelope_id)[0]
        spec = layouts.spec_of(session, envelope.layout_id)
    if envelope.prepare_state != "waiting":
        return envelope.prepare_state
    tagged: tuple[Field, ...] = ()
    if document.filled_digest:
        printed = collect_fields(
            services.converter.to_pdf(services.files.get(document.filled_digest))
        )
        pdf, tagged = printed.pdf, printed.fields
    else:
        pdf = services.files.get(document.original_digest)
    placed = _by_layout(pdf, spec.fields if spec else ())
    return _save(services, envelope_id, pdf, tagged, placed)


def give_up(services: Services, envelope_id: str, reason: str) -> None:
    """Keep why the document could not be prepared; the wizard shows it, a rule is told."""
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.prepare_state != "ready":
            envelope.prepare_state, envelope.prepare_error = "failed", reason


def _keep(services: Services, envelope: Envelope, *, original: str, printed: str = "") -> str:
    with services.database.transaction() as session:
        envelopes.lock(session, envelope.id)
        if not envelopes.documents(session, envelope.id):
            session.add(
                Document(
                    id=services.new_id(),
                    portal_id=envelope.portal_id,
                    envelope_id=envelope.id,
                    name=envelope.title,
                    original_digest=original,
                    printed_digest=printed,
                )
            )
    return original


def _portal_pdf(services: Services, envelope: Envelope) -> bytes:
    """Return the portal's own PDF, as the person who asked for it may read it."""
    user_id = envelope.created_by if envelope.origin == "person" else None
    client = services.portals.client(envelope.portal_id, user_id)
    document_id = envelope.source.get("id") or _generate(services, envelope, client)
    document = portal_documents.get_document(client, document_id)
    if not portal_documents.pdf_ready(document):
        raise PortalUnavailable("Bitrix24 is still printing this document.", code="PDF_NOT_READY")
    with services.database.reading() as session:
        endpoint = installations.get(session, envelope.portal_id).client_endpoint
    return portal_documents.download_pdf(services.portals.session, document, endpoint=endpoint)


def _generate(services: Services, envelope: Envelope, client: CrmClient) -> str:
    """Have the portal's generator make the document, once; return its id.

    The portal knows no idempotency here: what is newest beforehand is kept first, so that a second try finds what
    an interrupted one made.
    """
    record = (envelope.entity_type_id, envelope.entity_id)
    template_id, before = str(envelope.source["template_id"]), envelope.source.get(NEWEST_BEFORE)
    shown = portal_documents.list_documents(client, *record)
    if before is None:
        newest = max((int(one.id) for one in shown), default=0)
        _note(services, envelope.id, NEWEST_BEFORE, str(newest))
        return _made(
            services, envelope, portal_documents.add_document(client, template_id, *record)
        )
    with services.database.reading() as session:
        used = {
            str(other.source.get("id", ""))
            for other in envelopes.of_record(session, envelope.portal_id, *record)
        }
    mine = [
        one
        for one in shown
        if int(one.id) > int(before) and one.template_id == template_id and one.id not in used
    ]
    earlier = min(mine, key=lambda one: int(one.id), default=None)
    return _made(
        services, envelope, earlier or portal_documents.add_document(client, template_id, *record)
    )


def _made(services: Services, envelope: Envelope, document: PortalDocument) -> str:
    _note(services, envelope.id, "id", document.id)
    return document.id


def _note(services: Services, envelope_id: str, name: str, value: str) -> None:
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        row.source = {**row.source, name: value}


def _by_layout(pdf: bytes, fields: tuple[Field, ...]) -> list[tuple[Field, str]]:
    """Return the layout's fields in this document, each with the question it needs ("" for none)."""
    return [
        (found.field, "" if found.outcome is Outcome.SAME else found.outcome.value)
        for found in place_again(pdf, fields)
    ]


def _save(
    services: Services,
    envelope_id: str,
    pdf: bytes,
    tagged: tuple[Field, ...],
    placed: list[tuple[Field, str]],
) -> str:
    info = pages.inspect_pdf(pdf)
    if not info.page_count:
        raise ConversionFailed("The document has no pages.")
    digest = services.files.put(pdf)
    rows = [(field, "") for field in tagged] + placed
    state = "asking" if any(question for _, question in rows) else "ready"
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.prepare_state != "waiting":
            return envelope.prepare_state
        document = _document(session, envelope_id)
        document.printed_digest, document.page_count = digest, info.page_count
        document.page_sizes = [[w, h] for w, h in info.sizes]
        for field, question in rows:
            session.add(_row(services.new_id(), document, field, question))
        envelope.prepare_state = state
    return state


def _document(session: Session, envelope_id: str) -> Document:
    return envelopes.documents(session, envelope_id)[0]


def _row(row_id: str, document: Document, field: Field, question: str) -> FieldRow:
    values = layout.field_to_json(field)
    return FieldRow(
        id=row_id,
        portal_id=document.portal_id,
        envelope_id=document.envelope_id,
        document_id=document.id,
        question=question,
        **values,
    )
