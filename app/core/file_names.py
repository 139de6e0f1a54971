"""What the files we hand out are called: the same on the card, in the tab, in mails and on the signing page."""

from __future__ import annotations

import re

MAX_NAME = 120


def pdf_name(name: str, number: str) -> str:
    """Return "Services contract - P-2026-000002.pdf": what people know it by, and what tells it apart."""
    return f"{_stem(name, number)}.pdf"


def archive_name(name: str, number: str) -> str:
    """Return the name of the archive that holds several documents of one envelope."""
    return f"{_stem(name, number)}.zip"


def _stem(name: str, number: str) -> str:
    """Leave out what some system forbids in names; letters of every script stay."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]+', " ", name)
    plain = " ".join(plain.split())[:MAX_NAME].strip(" .") or "Document"
    return f"{plain} - {number}" if number and number not in plain else plain
