"""finish: stamp → certificate → seal → check our own output → sealed; then copies and report. The card, which
`mark_sealed` asks for, also answers the rule.

Each step takes ids and leaves digests; bytes never ride the queue. A portal that is away delays the report only:
the legal fact stands from `mark_sealed` on.
"""

from __future__ import annotations

from app.actions.certify import certify
from app.actions.file_field import file_sealed
from app.actions.report import send_copies, write_comment
from app.actions.seal import mark_sealed, seal_document, stamp_document
from app.flows.engine import flow, step


@flow("finish")
def finish(envelope_id: str) -> str:
    """Return the SHA-256 of the sealed PDF."""
    step(stamp_document, envelope_id)
    step(certify, envelope_id)
    digest = step(seal_document, envelope_id)
    step(mark_sealed, envelope_id)
    step(send_copies, envelope_id)
    step(write_comment, envelope_id)
    step(file_sealed, envelope_id)
    return digest
