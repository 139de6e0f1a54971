"""Our own copy of what an envelope is made from, document by document: templates, uploads, the portal's papers.

The source may change in the portal after sending: from here on only our copy counts.
"""

from __future__ import annotations

from app.core import sources
from app.crm import portal_documents
from app.crm.client import CrmClient
from app.crm.portal_documents import PortalDocument
from app.errors import PortalUnavailable
from app.services import Services
from app.store import envelopes, installations, templates
from app.store.tables import Document, Envelope

TEMPLATE, PORTAL_TEMPLATE = "template", "portal_template"
NEWEST_BEFORE = "newest_before"
"""In an envelope's source: the record's newest document when ours was asked for."""


def fetch_source(services: Services, envelope_id: str) -> str:
    """Keep our own copy of each document's source; return the SHA-256 of the first.

    Raises PortalUnavailable while the portal has not printed its document yet.
    """
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        known = len(envelopes.documents(session, envelope_id))
    many = sources.parts(envelope.source)
    for position in range(known, len(many)):
        original = _original(services, envelope, position, many[position])
        _keep(services, envelope, position, original=original)
    with services.database.reading() as session:
        return envelopes.documents(session, envelope_id)[0].original_digest


def _original(services: Services, envelope: Envelope, position: int, source: sources.Values) -> str:
    if source["kind"] == TEMPLATE:
        with services.database.reading() as session:
            return templates.get(session, envelope.portal_id, source["template_id"]).digest
    if source["kind"] == sources.UPLOAD:
        digest: str = source["digest"]
        return digest
    return services.files.put(_portal_pdf(services, envelope, position, source))


def _keep(services: Services, envelope: Envelope, position: int, *, original: str) -> None:
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope.id)
        if len(envelopes.documents(session, envelope.id)) > position:
            return
        titles = [one.get("title") or row.title for one in sources.parts(row.source)]
        session.add(
            Document(
                id=services.new_id(),
                portal_id=envelope.portal_id,
                envelope_id=envelope.id,
                position=position,
                name=titles[position],
                original_digest=original,
            )
        )


def _portal_pdf(
    services: Services, envelope: Envelope, position: int, source: sources.Values
) -> bytes:
    """Return the portal's own PDF, as the person who asked for it may read it."""
    user_id = envelope.created_by if envelope.origin == "person" else None
    client = services.portals.client(envelope.portal_id, user_id)
    document_id = source.get("id") or _generate(services, envelope, position, client)
    document = portal_documents.get_document(client, document_id)
    if not portal_documents.pdf_ready(document):
        raise PortalUnavailable("Bitrix24 is still printing this document.", code="PDF_NOT_READY")
    with services.database.reading() as session:
        endpoint = installations.get(session, envelope.portal_id).client_endpoint
    return portal_documents.download_pdf(services.portals.session, document, endpoint=endpoint)


def _generate(services: Services, envelope: Envelope, position: int, client: CrmClient) -> str:
    """Have the portal's generator make the document, once; return its id.

    The portal knows no idempotency here: what is newest beforehand is kept first, so that a second try finds what
    an interrupted one made.
    """
    record = (envelope.entity_type_id, envelope.entity_id)
    source = sources.parts(envelope.source)[position]
    template_id, before = str(source["template_id"]), source.get(NEWEST_BEFORE)
    shown = portal_documents.list_documents(client, *record)
    made: PortalDocument | None = None
    if before is None:
        newest = max((int(one.id) for one in shown), default=0)
        _note(services, envelope.id, position, NEWEST_BEFORE, str(newest))
    else:
        used = _used(services, envelope)
        mine = [
            one
            for one in shown
            if int(one.id) > int(before) and one.template_id == template_id and one.id not in used
        ]
        made = min(mine, key=lambda one: int(one.id), default=None)
    made = made or portal_documents.add_document(client, template_id, *record)
    _note(services, envelope.id, position, "id", made.id)
    return made.id


def _used(services: Services, envelope: Envelope) -> set[str]:
    """The portal's documents that envelopes of this record have taken already."""
    with services.database.reading() as session:
        rows = envelopes.of_record(
            session, envelope.portal_id, envelope.entity_type_id, envelope.entity_id
        )
        return {str(one.get("id", "")) for row in rows for one in sources.parts(row.source)}


def _note(services: Services, envelope_id: str, position: int, name: str, value: str) -> None:
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        many = sources.parts(row.source)
        many[position][name] = value
        row.source = sources.joined(many)
