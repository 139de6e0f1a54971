"""Hostile Word files: refused with a sentence before anything is printed, or made harmless."""

from __future__ import annotations

import io
import zipfile

import pytest

from app.documents import docx_guard
from app.documents.fill import inspect_template
from app.documents.uploads import from_upload
from app.errors import BadInput
from tests.tools.documents_kit import pdf, rezip, word

PLAIN = word("Hello {{ us.name }}")
RELS = "word/_rels/document.xml.rels"


def parts_of(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refusal(document: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        inspect_template(document)
    return caught.value.message_key


def put(name: str, body: bytes):  # type: ignore[no-untyped-def]
    return lambda parts: parts.__setitem__(name, body)


def swap(name: str, old: bytes, new: bytes):  # type: ignore[no-untyped-def]
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", docx_guard.NOT_DOCX),
        (b"hello", docx_guard.NOT_DOCX),
        (pdf("x"), docx_guard.NOT_DOCX),
        (PLAIN[: len(PLAIN) // 2], docx_guard.DAMAGED),
        (b"\xd0\xcf\x11\xe0" + b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", docx_guard.LOCKED),
        (rezip(PLAIN, put("word/vbaProject.bin", b"x")), docx_guard.MACROS),
        (rezip(PLAIN, put("word/embeddings/oleObject1.bin", b"x")), docx_guard.OBJECTS),
        (rezip(PLAIN, put("word/activeX/activeX1.xml", b"<a/>")), docx_guard.OBJECTS),
        (rezip(PLAIN, put("../evil", b"x")), docx_guard.DAMAGED),
        (rezip(PLAIN, swap("word/document.xml", b"<w:body>", b'<w:body><w:altChunk r:id="x" '
               b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>')),
         docx_guard.CHUNKS),
        (rezip(PLAIN, swap("word/document.xml", b"<w:document", b'<!DOCTYPE a [<!ENTITY b "c">]><w:document')),
         docx_guard.DOCTYPE),
        (rezip(PLAIN, put("word/document.xml", b"<w:document><unclosed>")), docx_guard.DAMAGED),
        (rezip(PLAIN, lambda parts: parts.pop("word/document.xml")), docx_guard.NOT_DOCX),
    ],
)  # fmt: skip
def test_what_is_not_a_plain_word_document_is_refused(document: bytes, said: str) -> None:
    assert refusal(document) == said


def test_a_zip_bomb_is_refused() -> None:
    bomb = rezip(PLAIN, put("word/media/a.xml", b"<a>" + b" " * 30_000_000 + b"</a>"))
    assert len(bomb) < 200_000
    assert refusal(bomb) == docx_guard.TOO_BIG


def test_a_zip_that_lies_about_its_size_is_refused() -> None:
    honest = rezip(PLAIN, put("word/a.xml", b"<a>" + b"b" * 50_000 + b"</a>"))
    lying = bytearray(honest)
    place = honest.rindex(b"word/a.xml") - 46 + 24
    lying[place : place + 4] = (10).to_bytes(4, "little")
    assert refusal(bytes(lying)) == docx_guard.DAMAGED


def test_too_many_entries_are_refused() -> None:
    def many(parts: dict[str, bytes]) -> None:
        parts.update({f"word/x{n}.bin": b"" for n in range(2_000)})

    assert refusal(rezip(PLAIN, many)) == docx_guard.TOO_BIG


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/a.png",
        "file:///etc/passwd",
        "\\\\host\\share\\a.png",
        "https://paraph.invalid/f/x",
    ],
)
def test_targets_outside_the_file_are_cut_off(target: str) -> None:
    kind = "hyperlink" if "invalid" in target else "image"
    rel = (
        f'<Relationship Id="rX1" TargetMode="External" Target="{target}" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/></Relationships>'
    )
    document = rezip(PLAIN, swap(RELS, b"</Relationships>", rel.encode()))
    assert b"rX1" not in parts_of(inspect_template(document).docx)[RELS]


def test_ordinary_links_stay() -> None:
    rel = (
        b'<Relationship Id="rX1" TargetMode="External" Target="https://example.com/terms" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"/></Relationships>'
    )
    document = rezip(PLAIN, swap(RELS, b"</Relationships>", rel))
    assert b"example.com" in parts_of(inspect_template(document).docx)[RELS]


@pytest.mark.parametrize(
    "code",
    [
        'INCLUDEPICTURE "file:///etc/passwd"',
        "includetext C:\\\\secret.txt",
        "DDEAUTO cmd /k",
        "LINK x",
    ],
)
def test_field_codes_that_read_files_are_blanked(code: str) -> None:
    half = len(code) // 2
    runs = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:instrText>{code[:half]}</w:instrText></w:r><w:r><w:instrText>{code[half:]}</w:instrText></w:r>"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        f'<w:fldSimple w:instr="{code.replace(chr(34), "")}"/>'
    )
    change = swap("word/document.xml", b"</w:p>", runs.encode() + b"</w:p>")
    cleaned = parts_of(inspect_template(rezip(PLAIN, change)).docx)["word/document.xml"]
    assert code[half:].encode() not in cleaned
    assert code.split()[0].encode() not in cleaned


def test_page_numbers_are_kept() -> None:
    change = swap("word/document.xml", b"</w:p>", b'<w:fldSimple w:instr=" PAGE "/></w:p>')
    assert b" PAGE " in parts_of(inspect_template(rezip(PLAIN, change)).docx)["word/document.xml"]


def test_an_upload_is_known_by_its_contents_not_its_name() -> None:
    assert from_upload("contract.docx", pdf("x")).kind == "pdf"
    assert from_upload("contract.pdf", PLAIN).kind == "docx"


@pytest.mark.parametrize(
    "data", [b"", b"MZ\x90", b"\xd0\xcf\x11\xe0old", b"%PDF-1.7 nothing", b"PK\x03\x04"]
)
def test_an_upload_that_cannot_be_signed_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        from_upload("a.docx", data)
    assert str(caught.value).endswith(".")
    assert caught.value.field == "file"


def test_addresses_in_old_drawings_and_linked_pictures_are_dropped() -> None:
    shapes = (
        b'<w:p xmlns:v="urn:schemas-microsoft-com:vml" xmlns:r="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        b'<w:r><w:pict><v:rect><v:fill src="http://127.0.0.1:9/vml.png"/><v:imagedata r:id="rId1"/></v:rect>'
        b'<a:blip r:link="rLinked" r:embed="rKept"/></w:pict></w:r></w:p>'
    )
    change = swap("word/document.xml", b"<w:sectPr", shapes + b"<w:sectPr")
    cleaned = parts_of(inspect_template(rezip(PLAIN, change)).docx)["word/document.xml"]
    assert b"vml.png" not in cleaned
    assert b"rLinked" not in cleaned
    assert b'r:embed="rKept"' in cleaned
    assert b'r:id="rId1"' in cleaned
