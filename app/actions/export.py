"""Everything about one envelope in one ZIP: for a court, an archive, or another system. Nothing is changed.

originals/ what came in and what was printed; sealed/ the finals; trail.json the chain as it stands today;
days/ the stamped roots of the days on which it grew; roots/ whom to trust; and a verifier that needs nothing else.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence

from app.core import evidence
from app.core.audit_days import Day, heads_by_day, leaves_of
from app.core.evidence import AuditEvent
from app.core.file_names import archive_name, pdf_name
from app.errors import NotFound
from app.services import Services
from app.settings import ROOT
from app.store import audit, audit_days, envelopes
from app.store.tables import Document, Envelope

VERIFIER = ROOT / "tools" / "standalone" / "paraph-verify.py"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
README = """{title} ({number})

sealed/       the sealed documents: the originals in law. Any change to them shows.
originals/    what was brought, filled in and shown, each by its SHA-256 as trail.json names it.
trail.json    every event, each tied to the one before it by SHA-256.
days/         roots of the days on which something was recorded, with time stamps (.tsr, RFC 3161).
              One leaf is ours: SHA-256 of {{"envelope":ID,"head":[NUMBER,HASH]}} for the last event
              of that day in trail.json.
roots/        certificates: whom to trust. Compare them with what the company publishes.
SHA256SUMS    check with: sha256sum -c SHA256SUMS

To judge a document without network and without us (Python 3.9 or newer):
  python3 paraph-verify.py sealed/FILE.pdf --roots roots/seal.pem --tsa-roots roots/time.pem

To check a time stamp of a day with OpenSSL:
  openssl ts -verify -digest ROOT -in days/DAY.tsr -token_in -CAfile roots/time.pem
"""


def export(services: Services, envelope_id: str) -> tuple[str, bytes]:
    """Return the ZIP's name and content. Raises NotFound."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        papers = envelopes.documents(session, envelope_id)
        chain = audit.events(session, envelope_id)
        days = audit_days.of_days(session, heads_by_day(chain))
    parts = [
        ("README.txt", README.format(title=envelope.title, number=envelope.number).encode()),
        ("trail.json", _trail(envelope, chain)),
        *_papers(services, papers),
        *_days(days),
        ("roots/seal.pem", b"".join(services.seal_roots)),
        ("roots/time.pem", b"".join(services.tsa_roots)),
        (VERIFIER.name, VERIFIER.read_bytes()),
    ]
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in parts)
    return archive_name(envelope.title, envelope.number), _zip(
        [*parts, ("SHA256SUMS", sums.encode())]
    )


def _papers(services: Services, papers: Sequence[Document]) -> Iterator[tuple[str, bytes]]:
    for number, paper in enumerate(papers, 1):
        name = f"{number} {pdf_name(paper.name, '').removesuffix('.pdf')}"
        kept = {
            f"originals/{name}.original": paper.original_digest,
            f"originals/{name}.filled": paper.filled_digest,
            f"originals/{name}.shown.pdf": paper.printed_digest,
            f"sealed/{name}.pdf": paper.sealed_digest,
        }
        for place, digest in kept.items():
            if not digest:
                continue
            try:
                yield place, services.files.get(digest)
            except (NotFound, ValueError):
                yield f"{place}.MISSING.txt", f"SHA-256 {digest}: not in the store.\n".encode()


def _days(days: Sequence[Day]) -> Iterator[tuple[str, bytes]]:
    for day in days:
        leaves = leaves_of(day.heads)
        root = {"day": day.day, "previous": day.previous, "leaves": leaves, "root": day.root}
        yield f"days/{day.day}.json", json.dumps(root, indent=1, sort_keys=True).encode()
        yield f"days/{day.day}.tsr", day.token


def _trail(envelope: Envelope, chain: Sequence[AuditEvent]) -> bytes:
    values = {
        "envelope": {"id": envelope.id, "number": envelope.number, "title": envelope.title},
        "status": envelope.status,
        "events": [evidence.to_json(event) for event in chain],
        "head": chain[-1].hash if chain else "",
    }
    return json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _zip(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the same bytes for the same parts: no dates of today inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
