"""From signed to sealed: stamp, seal, our own check. Each step leaves digests and may run again.

The certificate between stamp and seal is app.actions.certify.

The stamp always starts from the printed original that everybody saw, never from an earlier output.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.envelope import Act, Status, advance
from app.core.evidence import EventKind
from app.core.fields import FieldKind, SignatureImage, SignatureWay
from app.core.signing import image_from_json
from app.documents.stamp import Mark, stamp
from app.errors import SealFailed
from app.sealing.seal import seal
from app.sealing.verify import verify
from app.services import Services
from app.store import audit, envelopes
from app.store.tables import FieldRow, Recipient

DRAWN = frozenset({FieldKind.SIGNATURE, FieldKind.INITIALS, FieldKind.STAMP})


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled field and who filled it."""

    row: FieldRow
    by: Recipient | None


def stamp_document(services: Services, envelope_id: str) -> str:
    """Draw every value and signature on the printed original; return the stamped file's SHA-256."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        document = envelopes.documents(session, envelope_id)[0]
        people = {person.role_key: person for person in envelopes.recipients(session, envelope_id)}
        rows = envelopes.fields(session, envelope_id)
    if document.stamped_digest:
        return document.stamped_digest
    marks = [_mark(services, Filled(row, people.get(row.role))) for row in rows]
    pdf = services.files.get(document.printed_digest)
    digest = services.files.put(stamp(pdf, [mark for mark in marks if mark], page_line=""))
    with services.database.transaction() as session:
        envelopes.documents(session, envelope.id)[0].stamped_digest = digest
    return digest


def seal_document(services: Services, envelope_id: str) -> str:
    """Seal the finished file and judge our own work; return the sealed file's SHA-256.

    The first committed seal wins; a crash leaves at most an orphan file. Raises TimestampUnavailable, SealFailed.
    """
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        document = envelopes.documents(session, envelope_id)[0]
    if document.sealed_digest:
        return document.sealed_digest
    sealed = seal(
        services.files.get(document.finished_digest),
        key=services.sealing_key,
        timestamper=services.timestamper,
        reason=f"{envelope.title} ({envelope.number})",
        now=services.now(),
    )
    _judge(services, sealed)
    digest = services.files.put(sealed)
    with services.database.transaction() as session:
        envelopes.lock(session, envelope_id)
        paper = envelopes.documents(session, envelope_id)[0]
        paper.sealed_digest = paper.sealed_digest or digest
    return paper.sealed_digest


def mark_sealed(services: Services, envelope_id: str) -> str:
    """Move the envelope to sealed, with its audit event; again changes nothing. Returns the status."""
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status == Status.SEALED:
            return envelope.status
        document = envelopes.documents(session, envelope_id)[0]
        envelope.status = advance(Status(envelope.status), Act.SEAL)
        envelope.finished_at, envelope.report_state = now, "waiting"
        event = audit.record(
            session,
            envelope,
            EventKind.SEALED,
            at=now,
            actor="system",
            data={"sha256": document.sealed_digest},
        )
        services.jobs.enqueue(session, "card", f"card:{envelope_id}:{event.number}", envelope_id)
        return envelope.status


def _judge(services: Services, sealed: bytes) -> None:
    """Refuse to hand out what our own check does not call valid."""
    report = verify(sealed, trusted_roots=services.seal_roots, tsa_roots=services.tsa_roots)
    if not report.is_valid:
        codes = ", ".join(reason.code for reason in report.reasons)
        raise SealFailed("Our own check refused the sealed document: {codes}", codes=codes)


def _mark(services: Services, filled: Filled) -> Mark | None:
    row = filled.row
    if not row.value and not row.image:
        return None
    field = envelopes.as_field(row)
    image = image_from_json(row.image) if row.image else None
    if field.kind not in DRAWN or image is None:
        return Mark(field=field, text=row.value)
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
