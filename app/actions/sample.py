"""A sample print: a template filled with a record's data and printed as it would be sent, for nobody to sign."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import snapshot
from app.core.envelope import Act, Status, advance
from app.core.record import PortalUser, RecordKey
from app.crm import records
from app.errors import NotFound
from app.services import Services
from app.store import envelopes, samples, templates
from app.store.tables import Document, Envelope, Template


@dataclass(frozen=True, slots=True)
class Sample:
    """How far a sample is. `state`: waiting, ready, asking or failed."""

    envelope: Envelope
    documents: tuple[Document, ...]
    fields: int

    @property
    def state(self) -> str:
        """How far the print is."""
        return self.envelope.prepare_state

    @property
    def slug(self) -> str:
        """The template's name over its versions."""
        return str(self.envelope.source["slug"])


def make(services: Services, who: PortalUser, template_id: str, record: RecordKey) -> str:
    """Ask for a print of the template with the data of `record`, read with this person's rights; return its id.

    Raises NotFound, PortalErrors.
    """
    with services.database.reading() as session:
        template = templates.get(session, who.portal_id, template_id)
    found, _ = records.read_snapshot(
        services.portals.client(who.portal_id, who.user_id),
        entity_type_id=record.entity_type_id,
        entity_id=record.entity_id,
        now=services.now(),
    )
    digest = services.files.put(snapshot.to_json(found).encode())
    made = _envelope(services, who, template, record)
    made.record_title, made.snapshot_digest = found.record.title, digest
    made.company_name = found.us.name
    sample_id = made.id
    with services.database.transaction() as session:
        samples.insert(session, made)
        services.jobs.enqueue(session, "prepare", f"prepare:{sample_id}", sample_id)
    return sample_id


def look(services: Services, who: PortalUser, sample_id: str) -> Sample:
    """Return a sample of this person's; raises NotFound."""
    with services.database.reading() as session:
        envelope = samples.get(session, who, sample_id)
        papers = tuple(envelopes.documents(session, sample_id))
        count = len(envelopes.fields(session, sample_id))
    return Sample(envelope, papers, count)


def page(services: Services, who: PortalUser, sample_id: str, index: int) -> bytes:
    """Return a WebP picture of a printed page. Raises NotFound."""
    found = look(services, who, sample_id)
    if not found.documents or not 0 <= index < found.documents[0].page_count:
        raise NotFound
    return services.pictures.get(found.documents[0].printed_digest, index, width_px=900)


def pdf(services: Services, who: PortalUser, sample_id: str) -> tuple[str, bytes]:
    """Return the name and bytes of the printed sample. Raises NotFound."""
    found = look(services, who, sample_id)
    if not found.documents or not found.documents[0].printed_digest:
        raise NotFound
    return f"{found.envelope.title}.pdf", services.files.get(found.documents[0].printed_digest)


def _envelope(
    services: Services, who: PortalUser, template: Template, record: RecordKey
) -> Envelope:
    sample_id = services.new_id()
    source = {"kind": "template", "template_id": template.id, "slug": template.slug}
    return Envelope(
        id=sample_id,
        portal_id=who.portal_id,
        number=f"S-{sample_id[:24]}",
        entity_type_id=record.entity_type_id,
        entity_id=record.entity_id,
        title=template.name,
        status=advance(Status.DRAFT, Act.VOID).value,
        lang=template.lang,
        document_type=f"template:{template.slug}",
        source=source,
        origin=samples.SAMPLE,
        created_by=who.user_id,
        sender_name="",
        created_at=services.now(),
    )
