"""The certificate's first half: which envelope, which documents, and who signed them how."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable, Spacer, Table

from app.documents import certificate_style as look
from app.documents.certificate_data import CertificateData, DocumentEvidence, PersonEvidence
from app.documents.certificate_layout import (
    GUTTER,
    PAD,
    PLAIN,
    SIGNATURE,
    fact,
    pairs,
    panel,
    section,
)
from app.documents.certificate_shapes import QrCode, Rule, Signature
from app.documents.certificate_words import Words, browser_name

_QR = 82.0


def opening(data: CertificateData, words: Words) -> list[Flowable]:
    """The title, what these pages are, and the code that leads to the check."""
    say = words.say
    text: list[Flowable] = [
        look.paragraph(say("Signing certificate"), look.title()),
        Spacer(1, 7),
        look.paragraph(data.title, look.subtitle()),
        Spacer(1, 10),
        look.paragraph(
            say(
                "These pages belong to the document before them. They tell who signed it, how each person "
                "was identified and what happened, step by step. The same facts are attached to this file "
                "for machines (evidence.json)."
            ),
            look.body(look.QUIET),
        ),
    ]
    if not data.verify_url:
        return text
    code: list[Flowable] = [
        QrCode(data.paper_url, _QR),
        Spacer(1, 4),
        look.paragraph(say("Check this document"), look.label()),
    ]
    widths = [look.INNER - _QR - 28, _QR + 28]
    right = ("LEFTPADDING", (1, 0), (1, 0), 28)
    return [Table([[text, code]], colWidths=widths, style=[*PLAIN, right])]


def facts(data: CertificateData, words: Words) -> list[Flowable]:
    """Which envelope this is, from where, by whom, when."""
    say = words.say
    sender = f"{data.sender} · {data.sender_email}" if data.sender_email else data.sender
    named = [
        (say("Document number"), data.number),
        (say("Sender"), sender),
        (say("Company"), data.company),
        (say("Record in the CRM"), data.record_title),
        (say("Portal"), data.portal),
        (say("Envelope"), data.envelope_id),
        (say("Sent on"), words.moment(data.sent_at)),
        (say("Signed by everyone on"), words.moment(data.completed_at)),
    ]
    cells = [fact(name, text) for name, text in named if text]
    width = (look.INNER - GUTTER) / 2
    rows = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    if len(rows[-1]) == 1:
        rows[-1].append([])
    styles = [
        *PLAIN,
        ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
        ("LEFTPADDING", (1, 0), (1, -1), GUTTER),
    ]
    return [
        Spacer(1, 16),
        Rule(look.INNER),
        Spacer(1, 12),
        Table(rows, colWidths=[width, width + GUTTER], style=styles),
    ]


def documents(data: CertificateData, words: Words) -> list[Flowable]:
    """The files and their digests."""
    several = len(data.documents) > 1
    found = section(words.say("Documents") if several else words.say("Document"), need=90)
    for one in data.documents:
        found += [_document(one, words), Spacer(1, 8)]
    return found


def people(data: CertificateData, words: Words) -> list[Flowable]:
    """A card for each signer; viewers in one line each."""
    signers = [person for person in data.people if person.is_signer]
    viewers = [person for person in data.people if not person.is_signer]
    found = section(words.say("Signatures"), need=180)
    for person in signers:
        found += [_card(person, words), Spacer(1, 10)]
    if viewers:
        names = ", ".join(
            f"{one.name} ({one.address})" if one.address else one.name for one in viewers
        )
        text = words.say("Received a copy without signing: {names}").replace("{names}", names)
        found += [look.paragraph(text, look.body(look.QUIET)), Spacer(1, 6)]
    return found


def _document(one: DocumentEvidence, words: Words) -> Flowable:
    say = words.say
    pages = (
        say("1 page")
        if one.page_count == 1
        else say("{count} pages").replace("{count}", str(one.page_count))
    )
    rows: list[tuple[str, Flowable]] = [
        (pages, look.paragraph(one.name, look.strong(9.4))),
        (say("As shown and signed, SHA-256"), look.paragraph(one.printed_sha256, look.digest())),
    ]
    if one.original_sha256:
        rows.append(
            (say("Original file, SHA-256"), look.paragraph(one.original_sha256, look.digest()))
        )
    return pairs(rows, first=128, width=look.INNER, gap=4)


def _card(person: PersonEvidence, words: Words) -> Flowable:
    say = words.say
    line = " · ".join(filter(None, (person.position, person.company)))
    left: list[Flowable] = [
        Signature(person, SIGNATURE, 52),
        Rule(SIGNATURE),
        Spacer(1, 7),
        look.paragraph(person.name, look.strong()),
    ]
    if line:
        left.append(look.paragraph(line, look.label()))
    consent = f"{person.consent_version} ({person.consent_lang})" if person.consent_version else ""
    named = [
        (say("Signed on"), words.moment(person.signed_at)),
        (say("Identified"), words.identified(person)),
        (say("Address used"), person.address),
        (say("How signed"), words.way(person)),
        (say("Connected from"), _from(person)),
        (say("Consent text"), consent),
    ]
    rows: list[tuple[str, Flowable]] = [
        (name, look.paragraph(text, look.value())) for name, text in named if text
    ]
    digests: list[tuple[str, Flowable]] = [
        (name, look.paragraph(digest, look.digest()))
        for name, digest in (
            (say("Consent text, SHA-256"), person.consent_hash),
            (say("Pages shown, SHA-256"), person.seen_sha256),
        )
        if digest
    ]
    right = look.INNER - 2 * PAD - SIGNATURE - GUTTER
    cells: list[list[Any]] = [[left, pairs(rows, first=74, width=right, gap=2.6)]]
    if digests:
        inner = look.INNER - 2 * PAD
        cells.append([pairs(digests, first=SIGNATURE + GUTTER, width=inner, gap=1.6), ""])
    return panel(cells)


def _from(person: PersonEvidence) -> str:
    parts = [f"IP {person.ip}" if person.ip else "", browser_name(person.browser)]
    return " · ".join(filter(None, parts))
