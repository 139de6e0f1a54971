"""The door for OpenDocument texts (.odt): the same rules as for .docx before LibreOffice sees one.

Refused with a sentence: macros, passwords, DOCTYPE, bombs. Removed in silence: every target outside the file
except ordinary links, embedded objects (their picture stays), scripts, linked sections and databases.
Source: OpenDocument 1.3, parts 2 and 3.
"""

from __future__ import annotations

import io
import re
import zipfile

from lxml import etree

from app.documents.docx_guard import Parts, parse, serialize, unpack
from app.errors import BadInput

MIME = b"application/vnd.oasis.opendocument.text"
NOT_ODT = "This file is not an OpenDocument text (.odt). Please save it as .odt, .docx or PDF and try again."
LOCKED = "This OpenDocument text is protected by a password. Please remove it and try again."
MACROS = "This OpenDocument text contains macros. Please save it without them."
DOCTYPE = "This OpenDocument text contains a forbidden declaration (DOCTYPE). Please save it again."
_HREF = "{http://www.w3.org/1999/xlink}href"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_FORM = "{urn:oasis:names:tc:opendocument:xmlns:form:1.0}"
_ACTIVE = (
    f"{_DRAW}object", f"{_DRAW}object-ole", f"{_DRAW}plugin", f"{_DRAW}applet", f"{_DRAW}floating-frame",
    f"{_TEXT}section-source", f"{_TEXT}dde-connection-decls", f"{_OFFICE}scripts", f"{_OFFICE}event-listeners",
    f"{_OFFICE}dde-source", f"{_FORM}connection-resource", f"{_TEXT}execute-macro", f"{_TEXT}script",
)  # fmt: skip
_SAFE_LINK = re.compile(r"^(https?://|mailto:|tel:|#)", re.IGNORECASE)
_INSIDE = re.compile(r"^(\./)?[\w][\w .()\-]*(/[\w][\w .()\-]*)*$")
_DROPPED = ("Object ", "ObjectReplacements/", "Basic/", "Scripts/", "Dialogs/", "Versions/")


def is_odt(data: bytes) -> bool:
    """Whether `data` says it is an OpenDocument text, as the format demands: first, and uncompressed."""
    return data[30:38] == b"mimetype" and data[38 : 38 + len(MIME)] == MIME


def clean_odt(data: bytes) -> bytes:
    """Return `data` as an .odt with nothing outside itself. Raises BadInput when it may not be printed."""
    parts = unpack(data)
    if not parts.get("mimetype", b"").startswith(MIME) or "content.xml" not in parts:
        raise BadInput(NOT_ODT, field="file")
    manifest = parts.get("META-INF/manifest.xml", b"")
    if b"encryption-data" in manifest:
        raise BadInput(LOCKED, field="file")
    if any(name.startswith(("Basic/", "Scripts/")) for name in parts):
        raise BadInput(MACROS, field="file")
    kept = {
        name: _clean(name, body)
        for name, body in parts.items()
        if not name.startswith(_DROPPED) and not name.lower().endswith((".svg", ".svgz"))
    }
    return _pack(kept)


def _clean(name: str, body: bytes) -> bytes:
    if not name.lower().endswith((".xml", ".rdf")):
        return body
    text = body.replace(b"\0", b"") if b"\0" in body[:200] else body
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise BadInput(DOCTYPE, field="file")
    if "/" in name:
        return body
    root = parse(body)
    for element in list(root.iter(*_ACTIVE)):
        _remove(element)
    for element in root.iter("*"):
        target = element.get(_HREF)
        if target is not None and not _is_allowed(str(element.tag), target):
            del element.attrib[_HREF]
    return serialize(root)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail and (before := element.getprevious()) is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _is_allowed(tag: str, target: str) -> bool:
    if tag in (f"{_TEXT}a", f"{_DRAW}a"):
        return bool(_SAFE_LINK.match(target))
    return target.startswith("#") or (bool(_INSIDE.match(target)) and ".." not in target)


def _pack(parts: Parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(parts, key=lambda one: (one != "mimetype", one)):
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, parts[name], compress_type=method, compresslevel=4)
    return out.getvalue()
