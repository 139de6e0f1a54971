"""Invented evidence and small PDFs for the tests of certificate and seal."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from app.core import consent, evidence
from app.core.evidence import AuditEvent, EventKind
from app.core.fields import SignatureImage, SignatureWay
from app.documents.certificate import (
    CertificateData,
    DocumentEvidence,
    PersonEvidence,
    append_and_attach,
    build,
)
from app.sealing.keys import SealingKey, load_or_make
from app.sealing.report import SealReport
from app.sealing.seal import seal
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from emulator.tsa import Tsa, create_tsa

START = datetime(2026, 11, 24, 9, 12, 31, 418000, tzinfo=UTC)
ENVELOPE = "7c1e55d2a9f04b0f8d6e3b21c0ffee42"
STROKES = (
    ((0.02, 0.7), (0.1, 0.2), (0.17, 0.1), (0.2, 0.4), (0.14, 0.8), (0.2, 0.75), (0.3, 0.45)),
    ((0.3, 0.45), (0.33, 0.7), (0.4, 0.5), (0.45, 0.72), (0.52, 0.5), (0.6, 0.7), (0.7, 0.4)),
    ((0.1, 0.92), (0.45, 0.84), (0.95, 0.8)),
)
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36"
)
DESK = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15"
)


def make_pdf(pages: int = 2) -> bytes:
    """Return a plain PDF with some text on each page."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for number in range(pages):
        canvas.drawString(90, 740, f"Services contract, page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def make_people(signers: int = 2) -> list[PersonEvidence]:
    """Return the director, the client, and as many more signers as asked for."""
    director = PersonEvidence(
        id="r1",
        name="Hélène Marchetti",
        is_signer=True,
        is_ours=True,
        company="Atelier Lumière SAS",
        position="Directrice générale",
        channel="email",
        address="helene.marchetti@example.com",
        identified_by="portal",
        consent_version="2026-11",
        consent_hash=consent.current("fr").hash,
        consent_lang="fr",
        seen_sha256=digest("seen"),
        signed_at=START + timedelta(minutes=14, seconds=9),
        ip="192.0.2.14",
        browser=DESK,
        signature=SignatureImage(way=SignatureWay.TYPED, text="Hélène Marchetti", hand="lively"),
    )
    return [director, *(_client(number) for number in range(1, signers))]


def _client(number: int) -> PersonEvidence:
    long = number % 3 == 2
    drawn = SignatureImage(way=SignatureWay.DRAWN, strokes=STROKES, aspect=3.0)
    name = (
        "Jean-Baptiste de Villeneuve-Esclapon de la Tour d’Auvergne" if long else "Thomas Okonkwo"
    )
    return PersonEvidence(
        id=f"r{number + 1}",
        name=name,
        is_signer=True,
        company="Société méditerranéenne de restauration du patrimoine"
        if long
        else "Brasserie du Port",
        position="Gérant",
        channel="sms",
        address="+33 1 99 00 12 34",
        identified_by="code_same",
        consent_version="2026-11",
        consent_hash=consent.current("fr").hash,
        consent_lang="fr",
        seen_sha256=digest("seen"),
        signed_at=START + timedelta(hours=26, minutes=number),
        ip="2001:db8::42",
        browser=PHONE,
        signature=drawn,
    )


def make_events(people: Sequence[PersonEvidence], extra: int = 0) -> list[AuditEvent]:
    """Return a chain: created, sent, and for every signer all that leads to the signature."""
    chain: list[AuditEvent] = []
    at = START

    def add(kind: EventKind, actor: str, **values: str) -> None:
        nonlocal at
        at += timedelta(seconds=97, milliseconds=131)
        ip, browser = values.pop("ip", ""), values.pop("browser", "")
        last = chain[-1] if chain else None
        chain.append(
            evidence.append(
                last, envelope_id=ENVELOPE, kind=kind, at=at, actor=actor, ip=ip, browser=browser, data=values
            )
        )  # fmt: skip

    add(EventKind.CREATED, "portal_user:12", name="Nora Belkacem")
    add(EventKind.SENT, "portal_user:12", name="Nora Belkacem")
    for number in range(extra):
        add(
            EventKind.REMINDED,
            f"recipient:{people[number % len(people)].id}",
            channel="email",
            to="a@example.com",
        )
    for person in people:
        if not person.is_signer:
            continue
        who, seat = f"recipient:{person.id}", {"ip": person.ip, "browser": person.browser}
        add(EventKind.INVITED, who, channel=person.channel, to=person.address)
        add(EventKind.VIEWED, who, seen=person.seen_sha256, **seat)
        if person.identified_by.startswith("code"):
            at += timedelta(hours=11)
            add(EventKind.CODE_SENT, who, channel=person.channel, to=person.address)
            add(EventKind.CODE_REFUSED, who, tries="1", **seat)
            add(EventKind.CODE_ACCEPTED, who, **seat)
        add(EventKind.CONSENTED, who, version="2026-11", lang="fr", **seat)
        add(EventKind.SIGNED, who, way="drawn", **seat)
    add(EventKind.COMPLETED, "system")
    return chain


def make_evidence(*, signers: int = 2, extra_events: int = 0) -> CertificateData:
    """Return everything the certificate is told about an invented envelope."""
    people = make_people(signers)
    viewer = PersonEvidence(
        id="v1", name="Inès Ferrand", is_signer=False, address="ines@example.org"
    )
    events = make_events(people, extra_events)
    return CertificateData(
        envelope_id=ENVELOPE,
        number="P-2026-000042",
        title="Contrat de prestation de services · rénovation de la façade, lot 2",
        portal="atelier-lumiere.example.com",
        record_title="Brasserie du Port: éclairage de la terrasse",
        company="Atelier Lumière SAS",
        sender="Nora Belkacem",
        sender_email="nora.belkacem@example.com",
        sent_at=START + timedelta(minutes=3),
        completed_at=events[-1].at,
        documents=[
            DocumentEvidence(
                name="Contrat de prestation de services.docx",
                page_count=3,
                original_sha256=digest("original"),
                printed_sha256=digest("printed"),
            )
        ],
        people=[*people, viewer],
        events=events,
        head=events[-1].hash,
        seal_holder="Atelier Lumière SAS",
        is_self_issued=True,
        authorities=["tsa.example.org"],
        verify_url="https://sign.example.com/verify/P-2026-000042",
        retention_until=date(2036, 11, 24),
    )


def make_trail(data: CertificateData) -> bytes:
    """Return the trail file of `data`."""
    trail = {
        "envelope": data.number,
        "events": [evidence.to_json(one) for one in data.events],
        "head": data.head,
    }
    return json.dumps(trail, ensure_ascii=False).encode()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Office:
    """A company's key, an authority that stamps real tokens with a fixed clock, and what to trust."""

    key: SealingKey
    tsa: Tsa

    @property
    def timestamper(self) -> Timestamper:
        return Timestamper(
            ["https://tsa.example.org/"], post=lambda _url, body: self.tsa.respond(body)
        )

    def seal(self, pdf: bytes, **more: Any) -> bytes:
        values = {"key": self.key, "timestamper": self.timestamper, "reason": "Sealed", "now": NOW}
        return seal(pdf, **{**values, **more})

    def judge(self, pdf: bytes) -> SealReport:
        return verify(pdf, trusted_roots=[self.key.trust_pem], tsa_roots=[self.tsa.root_pem])


def open_office(folder: Path, name: str = "Atelier Lumière SAS") -> Office:
    """Return an office with its key and authority kept in `folder`."""
    key = load_or_make(folder / "keys", organisation=name, now=NOW)
    return Office(key=key, tsa=create_tsa(folder / "tsa", clock=lambda: NOW))


def make_finished(pages: int = 2) -> bytes:
    """Return a document with certificate pages and trail, ready to be sealed."""
    data = make_evidence()
    certificate = build(data, lang="en")
    return append_and_attach(
        make_pdf(pages),
        certificate,
        make_trail(data),
        id_line="P-2026-000042",
        lang="en",
        title=data.title,
    )


def gap_of(sealed: bytes) -> tuple[int, int]:
    """Return where the container's "<...>" begins and ends."""
    found = re.search(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)", sealed)
    assert found is not None
    return int(found[1]), int(found[2])
