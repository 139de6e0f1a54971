"""The certificate's sections, each a list of things that flow over pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table

from app.documents import certificate_style as look
from app.documents.certificate_data import CertificateData, DocumentEvidence, PersonEvidence
from app.documents.certificate_shapes import Dot, QrCode, Rule, Signature
from app.documents.certificate_words import Words, browser_name, by_actor

Rows = Sequence[tuple[str, Flowable]]

_PLAIN: list[tuple[Any, ...]] = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
_GUTTER = 22.0
_QR = 82.0
_PAD = 14.0
_SIGNATURE = 168.0


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
        QrCode(data.verify_url, _QR),
        Spacer(1, 4),
        look.paragraph(say("Check this document"), look.label()),
    ]
    widths = [look.INNER - _QR - 28, _QR + 28]
    right = ("LEFTPADDING", (1, 0), (1, 0), 28)
    return [Table([[text, code]], colWidths=widths, style=[*_PLAIN, right])]


def facts(data: CertificateData, words: Words) -> list[Flowable]:
    """Which envelope this is, from where, by whom, when."""
    say = words.say
    sender = f"{data.sender} · {data.sender_email}" if data.sender_email else data.sender
    pairs = [
        (say("Document number"), data.number),
        (say("Sender"), sender),
        (say("Company"), data.company),
        (say("Record in the CRM"), data.record_title),
        (say("Portal"), data.portal),
        (say("Envelope"), data.envelope_id),
        (say("Sent on"), words.moment(data.sent_at)),
        (say("Signed by everyone on"), words.moment(data.completed_at)),
    ]
    cells = [_fact(name, text) for name, text in pairs if text]
    width = (look.INNER - _GUTTER) / 2
    rows = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    if len(rows[-1]) == 1:
        rows[-1].append([])
    styles = [
        *_PLAIN,
        ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
        ("LEFTPADDING", (1, 0), (1, -1), _GUTTER),
    ]
    return [
        Spacer(1, 16),
        Rule(look.INNER),
        Spacer(1, 12),
        Table(rows, colWidths=[width, width + _GUTTER], style=styles),
    ]


def documents(data: CertificateData, words: Words) -> list[Flowable]:
    """The files and their digests."""
    several = len(data.documents) > 1
    found = _section(words.say("Documents") if several else words.say("Document"), need=90)
    for one in data.documents:
        found += [_document(one, words), Spacer(1, 8)]
    return found


def people(data: CertificateData, words: Words) -> list[Flowable]:
    """A card for each signer; viewers in one line each."""
    signers = [person for person in data.people if person.is_signer]
    viewers = [person for person in data.people if not person.is_signer]
    found = _section(words.say("Signatures"), need=180)
    for person in signers:
        found += [_card(person, words), Spacer(1, 10)]
    if viewers:
        names = ", ".join(
            f"{one.name} ({one.address})" if one.address else one.name for one in viewers
        )
        text = words.say("Received a copy without signing: {names}").replace("{names}", names)
        found += [look.paragraph(text, look.body(look.QUIET)), Spacer(1, 6)]
    return found


def timeline(data: CertificateData, words: Words) -> list[Flowable]:
    """Every event of the chain, by day, in UTC with milliseconds."""
    found = _section(words.say("What happened"), need=110)
    found += [
        look.paragraph(words.say("Times are UTC, with milliseconds."), look.body(look.QUIET)),
        Spacer(1, 6),
    ]
    known = by_actor(data.people)
    for day, events in groupby(data.events, key=lambda event: event.at.date()):
        rows = []
        for event in events:
            details = " · ".join(words.event_details(event, known))
            text: list[Flowable] = [look.paragraph(words.event(event, known), look.value())]
            if details:
                text.append(look.paragraph(details, look.label()))
            at = event.at.strftime("%H:%M:%S.") + f"{event.at.microsecond // 1000:03d}"
            rows.append([look.paragraph(at, look.clock()), "", Dot(_tone(event.kind.value)), text])
        found += [CondPageBreak(64), Spacer(1, 6), look.paragraph(words.day(day), look.strong(8.8))]
        found += [Spacer(1, 4), _timeline_table(rows)]
    return found


def proof(data: CertificateData, words: Words) -> list[Flowable]:
    """How the file is protected, by whose key, and how anyone can check it."""
    say = words.say
    by = say(
        "This file carries one electronic seal (PAdES) of {holder} with a time stamp. It covers every byte: "
        "after it nothing may be added, and any change makes the seal invalid."
    )
    found = _section(say("Seal and proof"), need=200)
    found.append(look.paragraph(by.replace("{holder}", data.seal_holder), look.body()))
    if data.is_self_issued:
        found += [Spacer(1, 8), _note(say("Self-issued key"), say(_SELF_ISSUED))]
    rows: list[tuple[str, Flowable]] = [
        (say("Head of the event chain"), look.paragraph(data.head, look.digest())),
    ]
    if data.authorities:
        hosts = ", ".join(data.authorities)
        rows.append((say("Time-stamp authority"), look.paragraph(hosts, look.value())))
    if data.verify_url:
        rows.append((say("Check online"), look.paragraph(data.verify_url, look.value())))
    rows.append((say("Check without us"), look.paragraph(say(_OFFLINE), look.value())))
    if data.retention_until:
        rows.append(
            (say("Kept until"), look.paragraph(words.day(data.retention_until), look.value()))
        )
    return [*found, Spacer(1, 10), _pairs(rows, first=128, width=look.INNER, gap=6)]


_SELF_ISSUED = (
    "The sealing key was made by the sender’s own installation. It proves that the file is unchanged; no public "
    "authority vouches for the name in it. PDF readers will say that the issuer is not known to them."
)
_OFFLINE = (
    "Any PDF reader shows whether the seal is intact. The attached evidence.json holds every event with the "
    "hash of the one before it; the last hash is the head above."
)


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
    return _pairs(rows, first=128, width=look.INNER, gap=4)


def _card(person: PersonEvidence, words: Words) -> Flowable:
    say = words.say
    line = " · ".join(filter(None, (person.position, person.company)))
    left: list[Flowable] = [
        Signature(person, _SIGNATURE, 52),
        Rule(_SIGNATURE),
        Spacer(1, 7),
        look.paragraph(person.name, look.strong()),
    ]
    if line:
        left.append(look.paragraph(line, look.label()))
    consent = f"{person.consent_version} ({person.consent_lang})" if person.consent_version else ""
    pairs = [
        (say("Signed on"), words.moment(person.signed_at)),
        (say("Identified"), words.identified(person.identified_by)),
        (say("Address used"), person.address),
        (say("How signed"), words.way(person)),
        (say("Connected from"), _from(person)),
        (say("Consent text"), consent),
    ]
    rows: list[tuple[str, Flowable]] = [
        (name, look.paragraph(text, look.value())) for name, text in pairs if text
    ]
    digests: list[tuple[str, Flowable]] = [
        (name, look.paragraph(digest, look.digest()))
        for name, digest in (
            (say("Consent text, SHA-256"), person.consent_hash),
            (say("Pages shown, SHA-256"), person.seen_sha256),
        )
        if digest
    ]
    right = look.INNER - 2 * _PAD - _SIGNATURE - _GUTTER
    cells: list[list[Any]] = [[left, _pairs(rows, first=74, width=right, gap=2.6)]]
    if digests:
        inner = look.INNER - 2 * _PAD
        cells.append([_pairs(digests, first=_SIGNATURE + _GUTTER, width=inner, gap=1.6), ""])
    return _panel(cells)


def _panel(cells: list[list[Any]]) -> Flowable:
    """A rounded box: two columns above, what spans both below."""
    last = len(cells) - 1
    styles = [
        *_PLAIN,
        ("BACKGROUND", (0, 0), (-1, -1), look.PANEL),
        ("ROUNDEDCORNERS", [7, 7, 7, 7]),
        ("TOPPADDING", (0, 0), (-1, 0), 12),
        ("BOTTOMPADDING", (0, last), (-1, last), 11),
        ("LEFTPADDING", (0, 0), (0, -1), _PAD),
        ("LEFTPADDING", (1, 0), (1, 0), _GUTTER),
    ]
    if last:
        styles += [("SPAN", (0, 1), (1, 1)), ("TOPPADDING", (0, 1), (-1, 1), 5)]
    widths = [_PAD + _SIGNATURE, look.INNER - _PAD - _SIGNATURE]
    return Table(cells, colWidths=widths, style=styles)


def _from(person: PersonEvidence) -> str:
    parts = [f"IP {person.ip}" if person.ip else "", browser_name(person.browser)]
    return " · ".join(filter(None, parts))


def _note(name: str, text: str) -> Flowable:
    cell = [look.paragraph(name, look.strong(8.8)), Spacer(1, 2), look.paragraph(text, look.body())]
    styles = [
        *_PLAIN,
        ("BACKGROUND", (0, 0), (-1, -1), look.CARE_PANEL),
        ("LINEBEFORE", (0, 0), (0, -1), 2.4, look.CARE),
        ("LEFTPADDING", (0, 0), (-1, -1), 14),
        ("RIGHTPADDING", (0, 0), (-1, -1), 14),
        ("TOPPADDING", (0, 0), (-1, -1), 9),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 10),
    ]
    return Table([[cell]], colWidths=[look.INNER], style=styles)


def _timeline_table(rows: list[list[Any]]) -> Flowable:
    styles = [
        *_PLAIN,
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
        (
            "BACKGROUND",
            (1, 0),
            (1, -1),
            look.LINE,
        ),  # the line; a table's own lines would cross the dots
        ("LEFTPADDING", (3, 0), (3, -1), 4),
    ]
    return Table(rows, colWidths=[66, 0.8, 10, look.INNER - 76.8], style=styles, splitByRow=1)


def _tone(kind: str) -> Color:
    if kind in ("signed", "completed", "sealed"):
        return look.GOOD
    if kind in ("declined", "voided", "expired", "code_refused", "delivery_failed"):
        return look.CARE
    return look.ACCENT if kind in ("sent", "consented") else look.QUIET


def _fact(name: str, text: str) -> list[Flowable]:
    return [look.paragraph(name, look.label()), look.paragraph(text, look.value())]


def _pairs(rows: Rows, *, first: float, width: float, gap: float) -> Flowable:
    cells = [[look.paragraph(name, look.label()), what] for name, what in rows]
    styles = [
        *_PLAIN,
        ("BOTTOMPADDING", (0, 0), (-1, -1), gap),
        ("TOPPADDING", (0, 0), (0, -1), 1.2),
        ("RIGHTPADDING", (0, 0), (0, -1), 8),
    ]
    return Table(cells, colWidths=[first, width - first], style=styles)


def _section(name: str, *, need: float) -> list[Flowable]:
    """A heading that never stands alone at the foot of a page: it wants `need` points below it."""
    return [CondPageBreak(need), Spacer(1, 20), look.paragraph(name, look.heading()), Spacer(1, 8)]
