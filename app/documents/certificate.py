"""The signing certificate: pages that tell a reader, a lawyer or a court who signed what, and how we know.

They are appended to the document they speak of, in the envelope's language; the same facts travel inside the
PDF as JSON. What must stand there follows ESIGN 7001(c) and eIDAS practice: act, consent, identity, delivery,
integrity.
"""

from __future__ import annotations

import io
from functools import partial

from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from app.documents import certificate_parts as parts
from app.documents import certificate_record as record
from app.documents import certificate_style as look
from app.documents.attach import TRAIL_NAME, append_and_attach
from app.documents.certificate_data import CertificateData, DocumentEvidence, PersonEvidence
from app.documents.certificate_words import Words

__all__ = [
    "TRAIL_NAME",
    "CertificateData",
    "DocumentEvidence",
    "PersonEvidence",
    "append_and_attach",
    "build",
]


def build(evidence: CertificateData, *, lang: str) -> bytes:
    """Return the evidence pages (A4 PDF) in `lang`; the same evidence gives the same bytes."""
    words = Words(lang)
    out = io.BytesIO()
    frame = Frame(
        look.SIDE, look.BOTTOM, look.INNER, look.HEIGHT - look.TOP - look.BOTTOM,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    template = BaseDocTemplate(
        out, pagesize=(look.WIDTH, look.HEIGHT), invariant=1, pageCompression=1
    )
    template.addPageTemplates([PageTemplate(id="evidence", frames=[frame])])
    template.build(_story(evidence, words), canvasmaker=partial(_canvas, evidence, words))
    return out.getvalue()


def _story(evidence: CertificateData, words: Words) -> list[Flowable]:
    sections = (
        parts.opening, parts.facts, parts.documents, parts.people,
        record.timeline, record.proof, record.consents,
    )  # fmt: skip
    return [piece for section in sections for piece in section(evidence, words)]


def _canvas(
    evidence: CertificateData, words: Words, *args: object, **values: object
) -> look.Numbered:
    canvas = look.Numbered(*args, **values)
    canvas.foot_left = f"{evidence.number} · {evidence.envelope_id}"
    canvas.foot_page = words.say("Certificate page {page} of {pages}")
    canvas.head_right = evidence.company
    return canvas
