"""The certificate's second half: what happened, what was agreed to, and how the file is protected."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table

from app.core.consent import Consent, by_hash
from app.documents import certificate_style as look
from app.documents.certificate_data import CertificateData
from app.documents.certificate_layout import PLAIN, note, pairs, section
from app.documents.certificate_shapes import Dot
from app.documents.certificate_words import Words, by_actor

_SELF_ISSUED = (
    "The sealing key was made by the sender’s own installation. It proves that the file is unchanged; no public "
    "authority vouches for the name in it. PDF readers will say that the issuer is not known to them."
)
_OFFLINE = (
    "Any PDF reader shows whether the seal is intact. The attached evidence.json holds every event with the "
    "hash of the one before it; the last hash is the head above."
)


def timeline(data: CertificateData, words: Words) -> list[Flowable]:
    """Every event of the chain, by day, in UTC with milliseconds."""
    found = section(words.say("What happened"), need=110)
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


def consents(data: CertificateData, words: Words) -> list[Flowable]:
    """The texts that were agreed to, word for word, each once."""
    hashes = dict.fromkeys(person.consent_hash for person in data.people if person.consent_hash)
    texts = [text for text in map(by_hash, hashes) if text is not None]
    if not texts:
        return []
    found = section(words.say("What the signers agreed to"), need=120)
    for text in texts:
        found += _consent(text, words)
    return found


def _consent(text: Consent, words: Words) -> list[Flowable]:
    version = words.say("Text {version}, {lang}. SHA-256 {hash}")
    for gap, value in (("{version}", text.version), ("{lang}", text.lang), ("{hash}", text.hash)):
        version = version.replace(gap, value)
    return [
        look.paragraph(text.tick, look.strong(8.8)),
        *(look.paragraph(f"–  {term}", look.listed()) for term in text.terms),
        Spacer(1, 2),
        look.paragraph(version, look.label()),
        Spacer(1, 8),
    ]


def proof(data: CertificateData, words: Words) -> list[Flowable]:
    """How the file is protected, by whose key, and how anyone can check it."""
    say = words.say
    by = say(
        "This file carries one electronic seal (PAdES) of {holder} with a time stamp. It covers every byte: "
        "after it nothing may be added, and any change makes the seal invalid."
    )
    found = section(say("Seal and proof"), need=200)
    found.append(look.paragraph(by.replace("{holder}", data.seal_holder), look.body()))
    if data.is_self_issued:
        found += [Spacer(1, 8), note(say("Self-issued key"), say(_SELF_ISSUED))]
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
    return [*found, Spacer(1, 10), pairs(rows, first=128, width=look.INNER, gap=6)]


def _timeline_table(rows: list[list[Any]]) -> Flowable:
    styles = [
        *PLAIN,
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
