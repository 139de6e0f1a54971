"""From signed to sealed: stamp, seal, our own check. Each step leaves digests and may run again.

The certificate between stamp and seal is app.actions.certify.

The stamp always starts from the printed original that everybody saw, never from an earlier output.
"""

from __future__ import annotations

from dataclasses import dataclass

from app import keyring
from app.core.envelope import Act, Status, advance
from app.core.evidence import EventKind
from app.core.fields import FieldKind, SignatureImage, SignatureWay
from app.core.signing import image_from_json
from app.documents.field_values import said
from app.documents.stamp import Mark, stamp
from app.errors import SealFailed
from app.sealing.seal import seal
from app.sealing.verify import verify
from app.services import Services
from app.store import audit, envelopes, keeping
from app.store.database import Session
from app.store.tables import Document, Envelope, FieldRow, Recipient

DRAWN = frozenset({FieldKind.SIGNATURE, FieldKind.INITIALS, FieldKind.STAMP})


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled field and who filled it."""

    row: FieldRow
    by: Recipient | None


def stamp_document(services: Services, envelope_id: str) -> str:
    """Draw every value and signature on each printed original; return the first stamped file's SHA-256."""
    with services.database.reading() as session:
        lang = envelopes.get(session, envelope_id).lang
        papers = envelopes.documents(session, envelope_id)
        people = {person.role_key: person for person in envelopes.recipients(session, envelope_id)}
        rows = envelopes.fields(session, envelope_id)
    filled = [Filled(row, people.get(row.role)) for row in rows]
    stamped = [
        paper.stamped_digest or _stamp(services, paper, filled, lang=lang) for paper in papers
    ]
    return stamped[0]


def seal_document(services: Services, envelope_id: str) -> str:
    """Seal each finished file and judge our own work; return the first sealed file's SHA-256.

    The first committed seal wins; a crash leaves at most an orphan file. Raises TimestampUnavailable, SealFailed.
    """
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        papers = envelopes.documents(session, envelope_id)
    sealed = [paper.sealed_digest or _seal(services, envelope, paper) for paper in papers]
    return sealed[0]


def mark_sealed(services: Services, envelope_id: str) -> str:
    """Move the envelope to sealed, with its audit event; again changes nothing. Returns the status."""
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status == Status.SEALED:
            return envelope.status
        digests = [paper.sealed_digest for paper in envelopes.documents(session, envelope_id)]
        envelope.status = advance(Status(envelope.status), Act.SEAL)
        envelope.finished_at, envelope.report_state = now, "waiting"
        event = audit.record(
            session,
            envelope,
            EventKind.SEALED,
            at=now,
            actor="system",
            data=_evidence(digests),
        )
        services.jobs.enqueue(session, "card", f"card:{envelope_id}:{event.number}", envelope_id)
        return envelope.status


def _evidence(digests: list[str]) -> dict[str, str]:
    """The digest of the sealed file; of several, each by its number."""
    first, *others = digests
    more = {f"sha256_{number}": digest for number, digest in enumerate(others, 2)}
    return {"sha256": first, **more}


def _stamp(services: Services, paper: Document, filled: list[Filled], *, lang: str) -> str:
    mine = [one for one in filled if one.row.document_id == paper.id]
    marks = [mark for one in mine if (mark := _mark(services, one, lang=lang))]
    stamped = stamp(services.files.get(paper.printed_digest), marks, page_line="", lang=lang)
    digest = services.files.put(stamped)
    with services.database.transaction() as session:
        _row_of(session, paper).stamped_digest = digest
    return digest


def _seal(services: Services, envelope: Envelope, paper: Document) -> str:
    with services.database.reading() as session:
        kept = keeping.find(session, envelope.id)
    sealed = seal(
        services.files.get(paper.finished_digest),
        key=keyring.named(services, kept.key_id if kept else ""),
        timestamper=services.timestamper,
        reason=f"{paper.name} ({envelope.number})",
        now=services.now(),
        level=services.settings.seal_level,
    )
    _judge(services, sealed)
    digest = services.files.put(sealed)
    with services.database.transaction() as session:
        envelopes.lock(session, envelope.id)
        row = _row_of(session, paper)
        row.sealed_digest = row.sealed_digest or digest
        return row.sealed_digest


def _row_of(session: Session, paper: Document) -> Document:
    return next(r for r in envelopes.documents(session, paper.envelope_id) if r.id == paper.id)


def _judge(services: Services, sealed: bytes) -> None:
    """Refuse to hand out what our own check does not call valid."""
    report = verify(sealed, trusted_roots=services.seal_roots, tsa_roots=services.tsa_roots)
    if not report.is_valid:
        codes = ", ".join(reason.code for reason in report.reasons)
        raise SealFailed("Our own check refused the sealed document: {codes}", codes=codes)


def _mark(services: Services, filled: Filled, *, lang: str) -> Mark | None:
    row = filled.row
    if not row.value and not row.image:
        return None
    field = envelopes.as_field(row)
    image = image_from_json(row.image) if row.image else None
    if field.kind not in DRAWN or image is None:
        return Mark(field=field, text=said(field.kind, row.value, lang=lang))
    return Mark(
        field=field,
        image=image,
        picture=_picture(services, image),
        caption=_caption(filled) if field.kind is FieldKind.SIGNATURE else (),
    )


def _picture(services: Services, image: SignatureImage) -> bytes:
    return services.files.get(image.picture) if image.way is SignatureWay.PICTURE else b""


def _caption(filled: Filled) -> tuple[str, ...]:
    person = filled.by
    if person is None or person.signed_at is None:
        return ()
    return (person.name, person.signed_at.strftime("%Y-%m-%d %H:%M UTC"))
