"""The door for Word files: what a .docx may contain before anything parses or prints it.

A .docx is a zip of XML that can carry programs, other files, addresses to fetch and bombs. Refused with a
sentence: macros, embedded objects, foreign chunks, DOCTYPE, bombs. Removed in silence: every target outside
the file except ordinary links, picture addresses, and field codes that read files.
Source: ECMA-376 parts 1 and 2; zip limits measured with LibreOffice 7.4.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator

from lxml import etree

from app.errors import BadInput

MAX_FILE = 25 * 1024 * 1024
MAX_ENTRIES = 1_500
MAX_PART = 40 * 1024 * 1024
MAX_TOTAL = 120 * 1024 * 1024
MAX_RATIO = 150
RATIO_MATTERS_FROM = 2 * 1024 * 1024

NOT_DOCX = "This file is not a Word document (.docx). Please save it as .docx and try again."
DAMAGED = "This Word document is damaged and cannot be read. Please save it again in Word."
LOCKED = "This Word document is protected by a password. Please remove it and try again."
TOO_BIG = "This Word document is too big: at most 25 MB, and 120 MB unpacked."
MACROS = "This Word document contains macros. Please save it as a plain .docx without them."
OBJECTS = "This Word document contains an embedded file or object ({part}). Please remove it."
CHUNKS = "This Word document includes another document ({part}). Please paste its text instead."
DOCTYPE = (
    "This Word document contains a forbidden declaration (DOCTYPE). Please save it again in Word."
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_OFFICE_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_VML = ("{urn:schemas-microsoft-com:vml}", "{urn:schemas-microsoft-com:office:office}")
_SAFE_LINK = re.compile(r"^(https?://|mailto:|tel:|#)", re.IGNORECASE)
OUR_HOST = "paraph.invalid"
_MAIN_TYPE = b"wordprocessingml.document.main+xml"
_SAFE_CODES = frozenset(
    {"PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE",
     "TOC", "TC", "XE", "INDEX", "PAGEREF", "REF", "NOTEREF", "HYPERLINK", "SEQ", "STYLEREF", "TITLE", "SUBJECT",
     "AUTHOR", "DOCPROPERTY", "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN", "SYMBOL", "LISTNUM", "AUTONUM",
     "AUTONUMLGL", "AUTONUMOUT", "QUOTE", "ADVANCE"}
)  # fmt: skip

Parts = dict[str, bytes]


def open_docx(data: bytes) -> Parts:
    """Return the parts of `data` by name, checked and with outside targets removed. Raises BadInput."""
    parts = unpack(data)
    _refuse_programs(parts)
    return {name: _clean(name, body) for name, body in parts.items() if not _is_svg(name)}


def pack(parts: Parts, *, compress: bool = True) -> bytes:
    """Return `parts` as a .docx; the content types come first, as readers expect."""
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method, compresslevel=4) as archive:
        for name in sorted(parts, key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, parts[name], compress_type=method)
    return out.getvalue()


def parse(body: bytes) -> etree._Element:
    """Return the root of an XML part; no entities, no network, no huge trees."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput(DAMAGED, field="file") from error


def serialize(root: etree._Element) -> bytes:
    """Return `root` as the bytes of an XML part."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def unpack(data: bytes) -> Parts:
    """Return the parts of a zip by name, within limits that no bomb passes. Raises BadInput."""
    if len(data) > MAX_FILE:
        raise BadInput(TOO_BIG, field="file")
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise BadInput(LOCKED if b"E\0n\0c\0r\0y\0p\0t\0e\0d" in data else NOT_DOCX, field="file")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_all(archive)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise BadInput(NOT_DOCX if data[:2] != b"PK" else DAMAGED, field="file") from error
    except (
        Exception
    ) as error:  # zlib.error and RuntimeError of hostile archives have no common parent
        if type(error).__name__ not in ("error", "RuntimeError", "struct.error"):
            raise
        raise BadInput(DAMAGED, field="file") from error


def _read_all(archive: zipfile.ZipFile) -> Parts:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    names = [info.filename for info in infos]
    if len(names) > MAX_ENTRIES or sum(info.file_size for info in infos) > MAX_TOTAL:
        raise BadInput(TOO_BIG, field="file")
    if len(set(names)) != len(names) or any(_is_odd(name) for name in names):
        raise BadInput(DAMAGED, field="file")
    if any(info.flag_bits & 1 for info in infos):
        raise BadInput(LOCKED, field="file")
    return {info.filename: _read_one(archive, info) for info in infos}


def _is_odd(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name or "\0" in name


def _read_one(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read no more than the declared size: a lying header must not fill the memory."""
    big = info.file_size > RATIO_MATTERS_FROM
    if info.file_size > MAX_PART or (
        big and info.file_size > MAX_RATIO * max(info.compress_size, 1)
    ):
        raise BadInput(TOO_BIG, field="file")
    with archive.open(info) as stream:
        body = stream.read(info.file_size + 1)
    if len(body) != info.file_size:
        raise BadInput(DAMAGED, field="file")
    return body


def _refuse_programs(parts: Parts) -> None:
    types = parts.get("[Content_Types].xml", b"")
    if b"macroEnabled" in types or any(n.lower().endswith("vbaproject.bin") for n in parts):
        raise BadInput(MACROS, field="file")
    if _MAIN_TYPE not in types or not any(n.endswith("/document.xml") for n in parts):
        raise BadInput(NOT_DOCX, field="file")
    for name in parts:
        low = name.lower()
        if "/embeddings/" in low or "/activex/" in low or "oleobject" in low:
            raise BadInput(OBJECTS, field="file", part=name.rsplit("/", 1)[-1])


def _is_svg(name: str) -> bool:
    # An SVG may name files to read; Word always keeps a bitmap beside it.
    return name.lower().endswith((".svg", ".svgz"))


def _clean(name: str, body: bytes) -> bytes:
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        return body
    if _declares_doctype(body):
        raise BadInput(DOCTYPE, field="file")
    root = parse(body)
    if name.endswith(".rels"):
        return _clean_rels(name, root)
    changed = [_clean_fields(root), _clean_pictures(root)]
    if root.find(f".//{W}altChunk") is not None:
        raise BadInput(CHUNKS, field="file", part=name)
    return serialize(root) if any(changed) else body


def _declares_doctype(body: bytes) -> bool:
    text = body.replace(b"\0", b"") if b"\0" in body[:200] else body
    return b"<!DOCTYPE" in text or b"<!ENTITY" in text


def _clean_rels(name: str, root: etree._Element) -> bytes:
    for rel in list(root.iter(f"{_RELS}Relationship")):
        kind, target = rel.get("Type", ""), rel.get("Target", "")
        if kind.endswith(("/aFChunk", "/subDocument")):
            raise BadInput(CHUNKS, field="file", part=target)
        if kind.endswith(("/oleObject", "/package", "/control")):
            raise BadInput(OBJECTS, field="file", part=target)
        outside = rel.get("TargetMode", "").lower() == "external"
        if (outside and not _is_plain_link(kind, target)) or _is_svg(target):
            root.remove(rel)
    return serialize(root)


def _is_plain_link(kind: str, target: str) -> bool:
    safe = kind == f"{_OFFICE_RELS}/hyperlink" and _SAFE_LINK.match(target)
    return bool(safe) and OUR_HOST not in target.lower()


def _clean_pictures(root: etree._Element) -> bool:
    changed = False
    for element in root.iter("{*}blip", *(f"{space}*" for space in _VML)):
        if element.tag.startswith(_VML):
            changed |= _drop(element, [a for a in element.attrib if _is_address(str(a))])
        else:
            changed |= _drop(element, [a for a in element.attrib if str(a).endswith("}link")])
    for svg in list(
        root.iter("{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip")
    ):
        extension = svg.getparent()
        extension.getparent().remove(extension)
        changed = True
    return changed


def _is_address(attribute: str) -> bool:
    return attribute.rsplit("}", 1)[-1] in {"src", "href", "althref"}


def _drop(element: etree._Element, names: Iterable[object]) -> bool:
    dropped = False
    for name in names:
        del element.attrib[name]
        dropped = True
    return dropped


def _clean_fields(root: etree._Element) -> bool:
    """Blank the codes of Word fields that could read a file or an address (INCLUDEPICTURE, DDE...)."""
    changed = False
    for simple in root.iter(f"{W}fldSimple"):
        if not _is_safe_code(simple.get(f"{W}instr", "")):
            simple.set(f"{W}instr", "QUOTE")
            changed = True
    for codes in _complex_fields(root):
        if not _is_safe_code("".join(code.text or "" for code in codes)):
            for code in codes:
                code.text = ""
            changed = True
    return changed


def _complex_fields(root: etree._Element) -> Iterator[list[etree._Element]]:
    stack: list[list[etree._Element]] = []
    for element in root.iter(f"{W}fldChar", f"{W}instrText", f"{W}delInstrText"):
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            stack.append([])
        elif kind == "end" and stack:
            yield stack.pop()
        elif kind is None:
            # Text outside any field is treated as a field of its own: a reader may still act on it.
            if stack:
                stack[-1].append(element)
            else:
                yield [element]
    yield from stack


def _is_safe_code(code: str) -> bool:
    word = code.strip().split(maxsplit=1)
    return not word or word[0].upper() in _SAFE_CODES or word[0].startswith("=")
