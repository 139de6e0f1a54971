"""Sealing and judging beside bare pyHanko, and beside @signpdf with pdf-lib on Node, in the same run.

The document is the same for all; key and authority too, except for the Node peer (bench/node_peer.py says why).

Every row is the median of its rounds, in milliseconds. The authority is the pretend one, in process; its own
time is a row too, to be taken off both sides.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import tsp, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from reportlab.pdfgen.canvas import Canvas

from app.core import evidence
from app.core.evidence import EventKind
from app.core.fields import SignatureImage, SignatureWay
from app.documents.attach import append_and_attach
from app.documents.certificate import build
from app.documents.certificate_data import CertificateData, PersonEvidence
from app.sealing import keys
from app.sealing.keys import SealingKey, load_or_make
from app.sealing.seal import seal
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from bench import node_peer
from emulator.tsa import Tsa, create_tsa

PAGES = 20
ROUNDS = 21


@dataclass(frozen=True)
class Bench:
    """What every row works on."""

    pdf: bytes
    finished: bytes
    sealed: bytes
    data: CertificateData
    certificate: bytes
    key: SealingKey
    key_file: Path
    tsa: Tsa
    timestamper: Timestamper


class BareTimestamper(TimeStamper):  # type: ignore[misc]
    """pyHanko's client with the pretend authority behind it."""

    def __init__(self, tsa: Tsa) -> None:
        super().__init__()
        self._tsa = tsa

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._tsa.respond(req.dump()))


def run() -> list[tuple[str, float]]:
    """Return (row, milliseconds), each the median of ROUNDS."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _prepare(Path(folder))
        cached = _bare_signer(bench)
        rows: list[tuple[str, Callable[[], object]]] = [
            ("the authority's own part of every row with a time stamp", lambda: _ask(bench)),
            (f"seal, ours: B-T, certified, {PAGES} pages", lambda: _seal(bench)),
            ("seal, bare pyHanko, set up once", lambda: _bare_seal(bench, cached)),
            ("seal, bare pyHanko, as in its guide", lambda: _bare_seal(bench, _bare_signer(bench))),
            ("judge, ours", lambda: _judge(bench)),
            ("judge, bare pyHanko", lambda: _bare_judge(bench)),
            ("certificate pages, two signers", lambda: build(bench.data, lang="en")),
            ("line on every page, certificate, evidence attached", lambda: _join(bench)),
        ]
        found = [(name, _median(work)) for name, work in rows]
        peer = node_peer.seal_ms(bench.finished, Path(folder), rounds=ROUNDS)
        if peer is not None:
            found.insert(4, ("seal, @signpdf with pdf-lib: RSA, no time stamp", peer))
        return found


def _median(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def _prepare(folder: Path) -> Bench:
    now = datetime.now(UTC)
    key = load_or_make(folder, organisation="Atelier Lumière SAS", now=now)
    tsa = create_tsa(folder / "tsa")
    timestamper = Timestamper(
        ["https://tsa.example.org/"], post=lambda _url, body: tsa.respond(body)
    )
    pdf, data = _document(), _data(now)
    certificate = build(data, lang="en")
    finished = append_and_attach(pdf, certificate, b'{"events": []}', id_line="P-1", lang="en")
    sealed = seal(finished, key=key, timestamper=timestamper, reason="Sealed", now=now)
    return Bench(
        pdf, finished, sealed, data, certificate, key, folder / keys.KEY_FILE, tsa, timestamper
    )


def _document() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(PAGES):
        for line in range(45):
            canvas.drawString(
                70, 780 - 16 * line, f"Article {page + 1}.{line + 1} of a services contract"
            )
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _data(now: datetime) -> CertificateData:
    people = [_person(number, now) for number in (1, 2)]
    events: list[evidence.AuditEvent] = []
    kinds = (EventKind.INVITED, EventKind.VIEWED, EventKind.CODE_ACCEPTED, EventKind.SIGNED)
    for person in people:
        for kind in kinds:
            last = events[-1] if events else None
            actor = f"recipient:{person.id}"
            events.append(evidence.append(last, envelope_id="e", kind=kind, at=now, actor=actor))
    return CertificateData(
        envelope_id="e", number="P-1", title="Services contract", portal="example.com",
        record_title="Deal", company="Atelier", sender="Nora", sender_email="nora@example.com",
        sent_at=now, completed_at=now, documents=[], people=people, events=events,
        head=events[-1].hash, seal_holder="Atelier", is_self_issued=True,
        verify_url="https://sign.example.com/verify",
    )  # fmt: skip


def _person(number: int, now: datetime) -> PersonEvidence:
    strokes = (((0.0, 0.5), (0.2, 0.1), (0.4, 0.9), (0.7, 0.2), (1.0, 0.6)),)
    return PersonEvidence(
        id=str(number), name="Thomas Okonkwo", is_signer=True, company="Brasserie du Port",
        address="thomas@example.org", channel="email", identified_by="code_same", signed_at=now,
        signature=SignatureImage(way=SignatureWay.DRAWN, strokes=strokes),
    )  # fmt: skip


def _ask(bench: Bench) -> bytes:
    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(b"x").digest(),
    }
    request = {"version": "v1", "message_imprint": imprint, "nonce": 7, "cert_req": True}
    return bench.tsa.respond(tsp.TimeStampReq(request).dump())


def _seal(bench: Bench) -> bytes:
    return seal(
        bench.finished,
        key=bench.key,
        timestamper=bench.timestamper,
        reason="Sealed",
        now=datetime.now(UTC),
    )


def _join(bench: Bench) -> bytes:
    return append_and_attach(
        bench.pdf, bench.certificate, b'{"events": []}', id_line="P-1", lang="en"
    )


def _judge(bench: Bench) -> bool:
    report = verify(
        bench.sealed, trusted_roots=[bench.key.trust_pem], tsa_roots=[bench.tsa.root_pem]
    )
    if not report.is_valid:
        raise RuntimeError("our own seal was refused")
    return True


def _bare_signer(bench: Bench) -> PdfSigner:
    own = keys.load(bench.key_file).signer
    meta = PdfSignatureMetadata(
        field_name="Seal",
        certify=True,
        subfilter=SigSeedSubFilter.PADES,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        md_algorithm="sha256",
    )
    signer = SimpleSigner(own.signing_cert, own.signing_key, own.cert_registry)
    return PdfSigner(meta, signer=signer, timestamper=BareTimestamper(bench.tsa))


def _bare_seal(bench: Bench, signer: PdfSigner) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(bench.finished))
    return bytes(signer.sign_pdf(writer).getvalue())


def _bare_judge(bench: Bench) -> bool:
    roots = [
        x509.Certificate.load(bench.key.chain[-1]),
        x509.Certificate.load(bench.tsa.root.public_bytes(Encoding.DER)),
    ]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    (embedded,) = PdfFileReader(io.BytesIO(bench.sealed)).embedded_signatures
    status = asyncio.run(
        async_validate_pdf_signature(
            embedded, signer_validation_context=context, ts_validation_context=context
        )
    )
    return bool(status.bottom_line)
