"""Is this file an original of ours? Asked by anyone, with its digest or with the file itself; changes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.trail import TrailSummary, summarise
from app.errors import BadInput
from app.sealing.checks import Check, checks
from app.sealing.child import verify_apart
from app.sealing.report import SealReport
from app.services import Services
from app.store import register
from app.store.register import SealedEntry

LARGEST_MB = 29
LARGEST_BYTES = LARGEST_MB * 1024 * 1024
"""Of a file sent for the whole check; with the form around it, it fits what the doors take in."""
TOO_LARGE = "This file is larger than {mb} MB. No document sealed here is."
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Finding:
    """All that is known of a file: the judgement, its steps, the register's entry, and what the evidence tells."""

    report: SealReport
    steps: tuple[Check, ...]
    entry: SealedEntry | None
    """None when no sealed file of the register has the same bytes."""
    trail: TrailSummary


def look_up(services: Services, sha256: str) -> SealedEntry | None:
    """Return the register's entry for the file with this digest, or None. Raises BadInput if it is no SHA-256."""
    digest = sha256.strip().lower()
    if not _SHA256.fullmatch(digest):
        raise BadInput("This is not a SHA-256: it has 64 digits from 0 to f.", field="sha256")
    with services.database.reading() as session:
        return register.find_sealed(session, digest)


def of_paper(services: Services, envelope_id: str) -> SealedEntry | None:
    """Return the entry of the envelope that a printed page names, or None: paper itself proves nothing."""
    with services.database.reading() as session:
        return register.find_paper(session, envelope_id)


def check(services: Services, pdf: bytes) -> Finding:
    """Return the finding on `pdf`, whatever it holds. Raises BadInput when it is too large, TooMany when busy."""
    if len(pdf) > LARGEST_BYTES:
        raise BadInput(TOO_LARGE, field="file", mb=LARGEST_MB)
    report = verify_apart(pdf, trusted_roots=services.seal_roots, tsa_roots=services.tsa_roots)
    return Finding(
        report=report,
        steps=checks(report),
        entry=look_up(services, report.file_sha256),
        trail=summarise(report.trail),
    )
