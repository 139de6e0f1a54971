"""Between "Prepare" and "Send": how far the document is, its real pages, and the fields a person places."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core import merge, snapshot, sources
from app.core.envelope import Status
from app.core.fields import Field, check_position
from app.core.file_names import archive_name, pdf_name
from app.core.layout import field_to_json
from app.core.places import signature_places
from app.core.record import PortalUser, RecordKey
from app.documents import pages
from app.documents.anchors import anchors_for
from app.documents.fill import inspect_template
from app.errors import BadInput, NotFound, WrongState
from app.services import Services
from app.store import drafts, envelopes
from app.store.tables import Document, Envelope, FieldRow, Recipient

MAX_FIELDS = 400


@dataclass(frozen=True, slots=True)
class Review:
    """A draft as the sender looks at it, at whatever stage it is."""

    envelope: Envelope
    people: tuple[Recipient, ...]
    documents: tuple[Document, ...]
    fields: tuple[FieldRow, ...]

    @property
    def state(self) -> str:
        """waiting, ready, asking, failed; or "sent" once it is on its way."""
        if self.envelope.status == Status.DRAFT:
            return self.envelope.prepare_state
        return "gone" if self.envelope.status == Status.VOIDED else "sent"

    @property
    def questions(self) -> tuple[FieldRow, ...]:
        """The fields that need a look."""
        return tuple(field for field in self.fields if field.question)


@dataclass(frozen=True, slots=True)
class PlacedField:
    """A field as the editor sends it, on a document of the envelope."""

    document_id: str
    field: Field


def look(services: Services, who: PortalUser, record: RecordKey, envelope_id: str) -> Review:
    """Return the draft with its people, documents and fields. Raises NotFound."""
    with services.database.reading() as session:
        envelope = drafts.on_record(session, who, record, envelope_id)
        return Review(
            envelope=envelope,
            people=tuple(envelopes.recipients(session, envelope_id)),
            documents=tuple(envelopes.documents(session, envelope_id)),
            fields=tuple(envelopes.fields(session, envelope_id)),
        )


def empty_placeholders(services: Services, review: Review) -> list[str]:
    """Return the names in our template for which the card has no value ("client.vat_id")."""
    envelope = review.envelope
    names = _placeholders(services, review)
    if not names or not envelope.snapshot_digest:
        return []
    taken = snapshot.from_json(services.files.get(envelope.snapshot_digest))
    values = merge.merge_values(taken, number=envelope.number)
    return merge.missing_values(values, names)


def _placeholders(services: Services, review: Review) -> list[str]:
    """Every name that the templates of this envelope use."""
    parts = sources.parts(review.envelope.source)
    wanted = [
        part.get("clean") or paper.original_digest
        for part, paper in zip(parts, review.documents, strict=False)
        if part["kind"] == "template" or part.get("fills")
    ]
    found = (inspect_template(services.files.get(digest)).placeholders for digest in wanted)
    return list(dict.fromkeys(name for names in found for name in names))


def found_places(services: Services, review: Review) -> list[PlacedField]:
    """Return where a document without any field seems to want signatures; an offer, nothing is kept."""
    if review.fields or not review.documents:
        return []
    paper = review.documents[-1]
    words = pages.all_words(services.files.get(paper.printed_digest))
    return [PlacedField(paper.id, field) for field in signature_places(words)]


def page(
    services: Services,
    who: PortalUser,
    record: RecordKey,
    envelope_id: str,
    *,
    document_id: str,
    index: int,
    width_px: int = 1100,
) -> bytes:
    """Return a WebP picture of one page of the printed document. Raises NotFound."""
    review = look(services, who, record, envelope_id)
    paper = _paper(review, document_id)
    if not 0 <= index < paper.page_count:
        raise NotFound
    return services.pictures.get(paper.printed_digest, index, width_px=width_px)


def sealed(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str
) -> tuple[str, bytes]:
    """Return the name and bytes of the sealed PDF, or of a zip with all of them. Raises NotFound before that."""
    found = look(services, who, record, envelope_id)
    papers, number = found.documents, found.envelope.number
    if not papers or not all(paper.sealed_digest for paper in papers):
        raise NotFound("There is no sealed document yet.")
    if len(papers) == 1:
        return pdf_name(papers[0].name, number), services.files.get(papers[0].sealed_digest)
    files = [(paper.name, services.files.get(paper.sealed_digest)) for paper in papers]
    return archive_name(papers[0].name, number), _zip(files)


def _zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, content) in enumerate(files, 1):
            plain = re.sub(r"[^\w .-]", "", name)[:80]
            archive.writestr(f"{number:02} {plain}.pdf", content)
    return out.getvalue()


def save_fields(
    services: Services,
    who: PortalUser,
    record: RecordKey,
    envelope_id: str,
    placed: Sequence[PlacedField],
) -> int:
    """Make `placed` the fields of the draft and return how many; every field gets the words around it.

    A field that was moved needs no look any more; one that was not keeps its question (app.actions.beside).
    Raises BadInput, WrongState once it was sent.
    """
    review = look(services, who, record, envelope_id)
    _check(review, placed)
    rows = _rows(services, review, _anchored(services, review, placed))
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        if envelope.status != Status.DRAFT or envelope.prepare_state not in ("ready", "asking"):
            raise WrongState
        _keep_questions(envelopes.fields(session, envelope_id), rows)
        drafts.replace_fields(session, envelope_id, rows)
        if envelope.prepare_state == "asking" and not any(row.question for row in rows):
            envelope.prepare_state, envelope.prepare_error = "ready", ""
    return len(rows)


def _keep_questions(before: Sequence[FieldRow], rows: Sequence[FieldRow]) -> None:
    asked = {_place(row): row.question for row in before if row.question}
    known = {(row.document_id, row.key): row for row in before}
    for row in rows:
        row.question = asked.get(_place(row), "")
        old = known.get((row.document_id, row.key))
        if old is not None and old.kind == row.kind and old.role == row.role:
            # What a tag or the CRM said of it; the editor moves fields and does not ask for this.
            row.options, row.crm_name = row.options or old.options, row.crm_name or old.crm_name
            row.value = row.value or old.value


def _place(row: FieldRow) -> tuple[object, ...]:
    return (row.document_id, row.key, row.page, round(row.x, 6), round(row.y, 6))


def _check(review: Review, placed: Sequence[PlacedField]) -> None:
    if len(placed) > MAX_FIELDS:
        raise BadInput("These are too many fields for one document.", field="fields")
    keys = [(one.document_id, one.field.key) for one in placed]
    if len(set(keys)) != len(keys):
        raise BadInput(field="fields")
    roles = {person.role_key for person in review.people}
    for one in placed:
        fault = check_position(one.field, _paper(review, one.document_id).page_count)
        if fault or one.field.role not in roles:
            raise BadInput(fault, field="fields")


def _anchored(
    services: Services, review: Review, placed: Sequence[PlacedField]
) -> list[PlacedField]:
    """Return the fields with their anchors; those of tags need none, the document itself places them."""
    tagged = {(row.document_id, row.key) for row in review.fields if row.from_tag}
    ready: list[PlacedField] = []
    for paper in review.documents:
        mine = [
            replace(one.field, from_tag=(paper.id, one.field.key) in tagged)
            for one in placed
            if one.document_id == paper.id
        ]
        by_hand = [field for field in mine if not field.from_tag]
        pdf = services.files.get(paper.printed_digest) if by_hand else b""
        found = anchors_for(pdf, by_hand) if by_hand else []
        tied = [replace(field, anchor=anchor) for field, anchor in zip(by_hand, found, strict=True)]
        kept = [field for field in mine if field.from_tag]
        ready += [PlacedField(paper.id, field) for field in (*kept, *tied)]
    return ready


def _rows(services: Services, review: Review, placed: Sequence[PlacedField]) -> list[FieldRow]:
    return [
        FieldRow(
            id=services.new_id(),
            portal_id=review.envelope.portal_id,
            envelope_id=review.envelope.id,
            document_id=one.document_id,
            **field_to_json(one.field),
        )
        for one in placed
    ]


def _paper(review: Review, document_id: str) -> Document:
    found = next((one for one in review.documents if one.id == document_id), None)
    if found is None:
        raise NotFound
    return found
