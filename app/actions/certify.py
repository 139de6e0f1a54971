"""The evidence of one envelope: certificate pages appended, the whole trail attached as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from app import keyring
from app.core import evidence, retention
from app.core.consent import by_hash
from app.core.evidence import AuditEvent
from app.core.fields import FieldKind, SignatureWay
from app.core.signing import image_from_json
from app.documents.certificate import append_and_attach, build
from app.documents.certificate_data import CertificateData, DocumentEvidence, PersonEvidence
from app.sealing.keys import SealingKey, common_name
from app.services import Services
from app.store import audit, envelopes, installations, keeping
from app.store.database import Session
from app.store.tables import Document, Envelope, FieldRow, Recipient

FORMAT = "paraph-trail-1"
MAX_WORDS = 300
"""Letters of a name or company on the pages: one cell must fit on one; the trail has all of them."""


@dataclass(frozen=True, slots=True)
class _Matter:
    """All that the certificate tells of, read in one moment."""

    envelope: Envelope
    papers: Sequence[Document]
    people: Sequence[Recipient]
    rows: Sequence[FieldRow]
    events: Sequence[AuditEvent]
    domain: str
    years: int
    """For how many years it is kept, 0 for ever."""

    @property
    def kept_until(self) -> datetime | None:
        """When it may be deleted at the earliest, as the certificate says; None for never."""
        return retention.ends(self.events[-1].at, self.years) if self.events else None


def certify(services: Services, envelope_id: str) -> str:
    """Append the certificate to each document and attach the trail; return the first finished file's SHA-256.

    One certificate names all documents of the envelope: it stands behind each of them.
    """
    with services.database.reading() as session:
        matter = _read(session, envelope_id)
    if matter.papers[0].finished_digest:
        return matter.papers[0].finished_digest
    values = _trail(matter)
    trail = json.dumps(values, ensure_ascii=False, sort_keys=True, indent=1).encode()
    key_id, key = keyring.choose(services, matter.envelope)
    certificate = build(_data(services, matter, key), lang=matter.envelope.lang)
    finished = [
        _finish(services, matter, number, certificate, trail)
        for number in range(1, len(matter.papers) + 1)
    ]
    digests = [services.files.put(pdf) for pdf in finished]
    return _keep(services, matter, digests, trail, key_id=key_id)


def _read(session: Session, envelope_id: str) -> _Matter:
    envelope = envelopes.get(session, envelope_id)
    rules = keeping.rules(session, envelope.portal_id)
    return _Matter(
        envelope=envelope,
        papers=envelopes.documents(session, envelope_id),
        people=envelopes.recipients(session, envelope_id),
        rows=envelopes.fields(session, envelope_id),
        events=audit.events(session, envelope_id),
        domain=installations.get(session, envelope.portal_id).domain,
        years=retention.years_for(envelope.document_type, rules),
    )


def _finish(
    services: Services, matter: _Matter, number: int, certificate: bytes, trail: bytes
) -> bytes:
    """Return one document with the certificate behind it and the trail inside."""
    paper, envelope = matter.papers[number - 1], matter.envelope
    return append_and_attach(
        services.files.get(paper.stamped_digest),
        certificate,
        trail,
        title=paper.name,
        id_line=_id_line(envelope, number, len(matter.papers)),
        lang=envelope.lang,
        files=_brought(services, paper, matter.rows),
    )


def _brought(
    services: Services, paper: Document, rows: Sequence[FieldRow]
) -> list[tuple[str, bytes]]:
    """Return the files that signers brought for this document."""
    found = (row for row in rows if row.document_id == paper.id and row.file_digest)
    return [(row.value, services.files.get(row.file_digest)) for row in found]


def _id_line(envelope: Envelope, number: int, count: int) -> str:
    """What every page says at its foot: which envelope, and of several documents which one."""
    place = f" ({number}/{count})" if count > 1 else ""
    return f"Paraph · {envelope.number}{place} · {envelope.id}"


def _keep(
    services: Services, matter: _Matter, digests: Sequence[str], trail: bytes, *, key_id: str
) -> str:
    """The first committed files win, all of one certificate, so that trail and seals always belong together."""
    envelope_id = matter.envelope.id
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        papers = envelopes.documents(session, envelope_id)
        if not papers[0].finished_digest:
            for paper, digest in zip(papers, digests, strict=True):
                paper.finished_digest = digest
            envelope.trail_digest = hashlib.sha256(trail).hexdigest()
            kept = keeping.of(session, envelope)
            kept.kept_until, kept.key_id = matter.kept_until, key_id
        return papers[0].finished_digest


def _data(services: Services, matter: _Matter, key: SealingKey) -> CertificateData:
    envelope, events = matter.envelope, matter.events
    until = matter.kept_until
    signatures = {row.role: row for row in matter.rows if _is_signature(row)}
    return CertificateData(
        envelope_id=envelope.id,
        number=envelope.number,
        title=envelope.title,
        portal=matter.domain,
        record_title=envelope.record_title,
        company=envelope.company_name,
        sender=envelope.sender_name,
        sender_email=envelope.sender_email,
        sent_at=envelope.sent_at,
        completed_at=events[-1].at if events else None,
        documents=[_paper(paper) for paper in matter.papers],
        people=[_person(services, one, signatures.get(one.role_key)) for one in matter.people],
        events=events,
        head=events[-1].hash if events else "",
        seal_holder=common_name(key.certificate),
        is_self_issued=key.self_issued,
        authorities=[urlsplit(url).hostname or url for url in services.settings.tsa_urls.split()],
        verify_url=f"{services.settings.base_url}/verify",
        retention_until=until.date() if until else None,
    )


def _paper(paper: Document) -> DocumentEvidence:
    return DocumentEvidence(
        name=paper.name,
        page_count=paper.page_count,
        original_sha256=paper.filled_digest or paper.original_digest,
        printed_sha256=paper.printed_digest,
    )


def _is_signature(row: FieldRow) -> bool:
    return row.kind == FieldKind.SIGNATURE and bool(row.image)


def _person(services: Services, person: Recipient, row: FieldRow | None) -> PersonEvidence:
    image = image_from_json(row.image) if row and row.image else None
    is_picture = image is not None and image.way is SignatureWay.PICTURE
    consent = by_hash(person.consent_hash)
    return PersonEvidence(
        id=person.id,
        name=person.name[:MAX_WORDS],
        is_signer=person.role == "signer",
        company=person.company[:MAX_WORDS],
        position=person.position[:MAX_WORDS],
        is_ours=person.role_key == "us",
        channel=person.channel,
        address=person.phone if person.channel == "sms" else person.email,
        identified_by=person.identified_by,
        witness=person.witness,
        consent_version=person.consent_version,
        consent_hash=person.consent_hash,
        consent_lang=consent.lang if consent else "",
        seen_sha256=person.seen_digest,
        signed_at=person.signed_at,
        ip=person.signed_ip,
        browser=person.signed_browser,
        signature=image,
        picture=services.files.get(image.picture) if image and is_picture else b"",
    )


def _trail(matter: _Matter) -> Mapping[str, Any]:
    """Return everything a machine needs to check this envelope without us."""
    envelope, events, until = matter.envelope, matter.events, matter.kept_until
    return {
        "format": FORMAT,
        "envelope": {
            "id": envelope.id,
            "number": envelope.number,
            "title": envelope.title,
            "portal": matter.domain,
            "record": envelope.record_title,
            "sender": envelope.sender_name,
            "company": envelope.company_name,
            "sent_at": _iso(envelope.sent_at),
            **({"kept_until": until.date().isoformat()} if until else {}),
        },
        "documents": [
            {
                "name": paper.name,
                "original_sha256": paper.filled_digest or paper.original_digest,
                "printed_sha256": paper.printed_digest,
                "stamped_sha256": paper.stamped_digest,
            }
            for paper in matter.papers
        ],
        "recipients": [_recipient(person) for person in matter.people],
        "events": [evidence.to_json(event) for event in events],
        "head": events[-1].hash if events else "",
    }


def _recipient(person: Recipient) -> dict[str, str]:
    return {
        "id": person.id,
        "name": person.name,
        "company": person.company,
        "role": person.role,
        "side": person.role_key,
        "channel": person.channel,
        "address": person.phone if person.channel == "sms" else person.email,
        "identified_by": person.identified_by,
        "witness": person.witness,
        "consent_version": person.consent_version,
        "consent_hash": person.consent_hash,
        "seen_sha256": person.seen_digest,
        "signed_at": _iso(person.signed_at),
        "ip": person.signed_ip,
        "browser": person.signed_browser,
    }


def _iso(at: datetime | None) -> str:
    return evidence.iso_ms(at) if at else ""
