"""Where an envelope's documents come from, as plain values: one source, or one that carries up to nine more.

A source names its "kind": template (ours), portal_document, portal_template or upload. The first document of an
envelope is the source itself; the others stand under "more", each with the "title" people know it by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]
MAX_DOCUMENTS = 10
UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file somebody brought, checked and kept. Digests are SHA-256 of stored files."""

    digest: str
    """What was brought, byte for byte."""
    name: str
    kind: str
    """pdf, docx, doc, odt or picture."""
    clean: str
    """The file without what reaches outside it."""
    ready: str = ""
    """Its pages as a PDF; "" for what has to be printed first."""
    page_count: int = 0
    had_form: bool = False
    is_template: bool = False
    """It holds placeholders or tags of ours: it is filled like a template."""
    was_locked: bool = False
    """It was brought under a password, which somebody entered; it is not kept."""


def upload_source(file: UploadedFile) -> dict[str, Any]:
    """Return an uploaded file as a source."""
    return {
        "kind": UPLOAD,
        "digest": file.digest,
        "name": file.name,
        "type": file.kind,
        "clean": file.clean,
        "ready": file.ready,
        "fills": "yes" if file.is_template else "",
        "locked": "yes" if file.was_locked else "",
    }


def unlocked(source: Values) -> str:
    """Return the names of the files of a source that were opened with a password, for the audit; "" for none."""
    return ", ".join(one["name"] for one in parts(source) if one.get("locked"))


def title_of_upload(name: str) -> str:
    """Return the words of a file name: "NDA_final-2.pdf" reads "NDA final-2"."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem.strip(".") else stem
    words = " ".join(stem.replace("_", " ").split())
    return "".join(letter for letter in words if letter.isprintable())[:120] or "Document"


def parts(source: Values) -> list[dict[str, Any]]:
    """Return the source of each document, in their order."""
    first = {key: value for key, value in source.items() if key != "more"}
    return [first, *(dict(one) for one in source.get("more", ()))]


def joined(many: Sequence[Values]) -> dict[str, Any]:
    """Return one source for `many` documents; {} when there is none."""
    if not many:
        return {}
    first, *others = (dict(one) for one in many)
    return {**first, "more": others} if others else first


def turned(source: Values, turn: Callable[[Values], dict[str, Any]]) -> dict[str, Any]:
    """Return `source` with `turn` done to each document; {} when one of them has nothing here."""
    found = [turn(one) for one in parts(source)] if source else []
    return joined(found) if found and all(found) else {}


def document_type(source: Values) -> str:
    """Return the name under which layouts of `source` are remembered."""
    names = [_type_of(one) for one in parts(source)]
    if len(names) == 1:
        return names[0]
    return "several:" + hashlib.sha256("|".join(names).encode()).hexdigest()[:32]


def _type_of(source: Values) -> str:
    if source["kind"] == "template":
        return f"template:{source['slug']}"
    if source["kind"] == UPLOAD:
        return f"upload:{source['digest']}"
    if source.get("template_id"):
        return f"portal-template:{source['template_id']}"
    return f"portal-document:{source['id']}"
