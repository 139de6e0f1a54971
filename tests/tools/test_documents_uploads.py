"""Files people bring: every kind is known by its contents, cleaned, and turned into calm pages, or refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from app.documents import ready_pdf
from app.documents.odt_guard import MIME, clean_odt
from app.documents.pages import page_picture, page_sizes, page_text
from app.documents.picture_page import picture_to_pdf
from app.documents.uploads import from_upload
from app.errors import BadInput
from tests.tools.documents_kit import pdf, turned, word

RED, BLUE = (200, 30, 30), (30, 60, 200)
MANIFEST = b'<?xml version="1.0"?><manifest/>'
CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"><office:body><office:text>{}</office:text></office:body>'
    "</office:document-content>"
)


def edited(document: bytes, change: Callable[[pikepdf.Pdf], None], **saving: object) -> bytes:
    """The same PDF after `change` had its way with it."""
    with pikepdf.open(io.BytesIO(document)) as opened:
        change(opened)
        out = io.BytesIO()
        opened.save(out, **saving)
    return out.getvalue()


def form(value: str = "Oui") -> bytes:
    """A PDF with a filled text field."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    canvas.drawString(70, 760, "Agreed:")
    canvas.acroForm.textfield(name="agreed", value=value, x=140, y=750, width=120, height=24)
    canvas.save()
    return out.getvalue()


def signed() -> bytes:
    """A PDF whose form carries a signature with a value."""

    def change(document: pikepdf.Pdf) -> None:
        value = pikepdf.Dictionary(Type=pikepdf.Name.Sig, Contents=b"x")
        kid = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="s", V=document.make_indirect(value))
        parent = pikepdf.Dictionary(T="p", Kids=[document.make_indirect(kid)])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[document.make_indirect(parent)])

    return edited(pdf("Signed elsewhere"), change)


def picture(kind: str, size: tuple[int, int], *, turned_by: int = 1, mode: str = "RGB") -> bytes:
    """A picture, red above and blue below, whose EXIF says how to hold it."""
    made = Image.new(mode, size, RED if mode == "RGB" else (0, 0, 0, 0))
    if mode == "RGB":
        ImageDraw.Draw(made).rectangle((0, size[1] // 2, size[0], size[1]), fill=BLUE)
    exif = Image.Exif()
    exif[0x0112] = turned_by
    exif[0x010E] = "taken at home"
    out = io.BytesIO()
    made.save(out, kind, exif=exif)
    return out.getvalue()


def looks(document: bytes) -> Image.Image:
    return Image.open(io.BytesIO(page_picture(document, 0, width_px=300))).convert("RGB")


def near(seen: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(seen, wanted, strict=True))


def odt(content: str = "<text:p>Bonjour</text:p>", **more: bytes) -> bytes:
    parts: dict[str, bytes] = {
        "mimetype": MIME,
        "content.xml": CONTENT.format(content).encode(),
        "META-INF/manifest.xml": MANIFEST,
        **{name.replace("__", "/"): body for name, body in more.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def test_a_filled_form_becomes_ink_and_nobody_can_change_it_any_more() -> None:
    found = from_upload("form.pdf", form("Oui, entièrement"))
    assert found.had_form
    assert "entièrement" in page_text(found.ready, 0)
    with pikepdf.open(io.BytesIO(found.ready)) as document:
        assert "/AcroForm" not in document.Root
        assert "/Annots" not in document.pages[0].obj


def test_a_document_signed_elsewhere_is_refused_before_its_signature_breaks() -> None:
    with pytest.raises(BadInput, match="already carries a digital signature"):
        from_upload("signed.pdf", signed())


def locked(user: str = "secret", **allowed: bool) -> bytes:
    allow = pikepdf.Permissions(**allowed)
    protection = pikepdf.Encryption(owner="owner", user=user, allow=allow)
    return edited(pdf("Signature of the client"), lambda _: None, encryption=protection)


@pytest.mark.parametrize("user", ["", "secret"])
def test_a_protected_pdf_is_refused_with_a_sentence_where_nobody_can_be_asked(user: str) -> None:
    with pytest.raises(BadInput, match="protected by a password") as refused:
        from_upload("locked.pdf", locked(user))
    assert refused.value.field == "file"


@pytest.mark.parametrize("user", ["", "secret"])
def test_a_protected_pdf_asks_for_its_password(user: str) -> None:
    with pytest.raises(BadInput, match="Enter it") as asked:
        from_upload("locked.pdf", locked(user, modify_form=False), password="")
    with pytest.raises(BadInput, match="does not open") as wrong:
        from_upload("locked.pdf", locked(user), password="Secret")
    assert asked.value.field == wrong.value.field == "password"


@pytest.mark.parametrize("password", ["secret", "owner"])
def test_what_its_password_opened_is_kept_without_protection(password: str) -> None:
    found = from_upload("locked.pdf", locked(modify_form=False), password=password)
    assert found.was_locked
    assert found.data == found.ready
    assert "Signature of the client" in page_text(found.ready, 0)
    with pikepdf.open(io.BytesIO(found.ready)) as document:
        assert not document.is_encrypted


def test_a_file_that_anyone_may_read_and_fill_in_asks_nobody() -> None:
    found = from_upload("open.pdf", locked(user=""), password="")
    assert not found.was_locked
    assert found.page_count == 1


def test_a_damaged_pdf_is_repaired_where_its_pages_can_be_found() -> None:
    whole = pdf("Still here")
    broken = whole[: whole.rindex(b"startxref")]
    assert "Still here" in page_text(from_upload("a.pdf", broken).ready, 0)
    with pytest.raises(BadInput, match=r"damaged|no pages"):
        from_upload("a.pdf", whole[: len(whole) // 6])


def test_pages_keep_their_rotation_crop_and_sizes() -> None:
    odd = turned(pdf("one", "two"), 90, (50, 50, 545, 742))
    found = from_upload("odd.pdf", odd)
    assert page_sizes(found.ready) == page_sizes(odd)
    assert page_sizes(found.ready)[0] != page_sizes(found.ready)[1]


def test_what_acts_is_taken_out_and_plain_links_stay() -> None:
    def arm(document: pikepdf.Pdf) -> None:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        document.Root.OpenAction = script
        document.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", script]))
        document.attachments["evil.exe"] = b"MZ"
        actions = [
            pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"),
            pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.com/"),
            pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.com/", Next=script),
            pikepdf.Dictionary(S=pikepdf.Name.URI, URI="file:///etc/passwd"),
        ]
        document.pages[0].obj.Annots = pikepdf.Array(
            document.make_indirect(
                pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
            )
            for action in actions
        )
        document.pages[0].obj.AA = pikepdf.Dictionary(O=script)

    info, ready = ready_pdf.make_ready(edited(pdf("Text"), arm))
    assert info.page_count == 1
    with pikepdf.open(io.BytesIO(ready)) as document:
        assert not document.attachments
        assert "/OpenAction" not in document.Root
        kept = list(document.pages[0].obj.Annots)
        assert [str(one.A.URI) for one in kept] == ["https://example.com/"]
        assert "/AA" not in document.pages[0].obj
    for word_ in (b"JavaScript", b"Launch", b"evil.exe"):
        assert word_ not in edited(
            ready, lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.disable
        )


@pytest.mark.parametrize(("turned_by", "top"), [(1, RED), (3, BLUE)])
def test_a_photo_stands_the_right_way_up(turned_by: int, top: tuple[int, int, int]) -> None:
    page = looks(picture_to_pdf(picture("JPEG", (300, 420), turned_by=turned_by)))
    assert near(page.getpixel((150, 165)), top)


def test_a_photo_held_sideways_fills_an_upright_page() -> None:
    made = picture_to_pdf(picture("JPEG", (420, 300), turned_by=6))
    width, height = page_sizes(made)[0]
    assert (round(width), round(height)) == (595, 842)


def test_a_wide_picture_lies_on_a_wide_page() -> None:
    width, height = page_sizes(picture_to_pdf(picture("PNG", (900, 300))))[0]
    assert (round(width), round(height)) == (842, 595)


def test_what_is_transparent_shows_paper() -> None:
    page = looks(picture_to_pdf(picture("PNG", (300, 300), mode="RGBA")))
    assert near(page.getpixel((150, 200)), (255, 255, 255))


def test_nothing_hidden_in_a_photo_comes_along() -> None:
    made = picture_to_pdf(picture("JPEG", (300, 420)))
    assert b"taken at home" not in made


@pytest.mark.parametrize("data", [b"\xff\xd8\xff" + bytes(200), b"\x89PNG\r\n\x1a\n" + bytes(200)])
def test_a_broken_picture_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(BadInput, match="picture is damaged"):
        from_upload("photo.jpg", data)


def test_an_opendocument_text_loses_what_reaches_outside_and_keeps_its_words() -> None:
    linked = (
        '<text:p>Avant<draw:object xlink:href="./Object 1"/>après</text:p>'
        '<text:p><draw:image xlink:href="file:///etc/passwd"/><draw:image xlink:href="Pictures/a.png"/>'
        '<draw:image xlink:href="Pictures/../../a.png"/>'
        '<text:a xlink:href="https://example.com/">site</text:a>'
        '<text:a xlink:href="vnd.sun.star.script:x">macro</text:a></text:p>'
    )
    with zipfile.ZipFile(io.BytesIO(clean_odt(odt(linked)))) as archive:
        assert archive.namelist()[0] == "mimetype"
        text = archive.read("content.xml").decode()
    assert "Avantaprès" in text
    assert "etc/passwd" not in text
    assert "Object 1" not in text
    assert "script:x" not in text
    assert ".." not in text
    assert "Pictures/a.png" in text
    assert "https://example.com/" in text


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"Basic__Standard__script.xml": b"<x/>"}, "macros"),
        ({"META-INF__manifest.xml": b"<m><encryption-data/></m>"}, "password"),
        ({"styles.xml": b"<!DOCTYPE a><a/>"}, "DOCTYPE"),
    ],
)
def test_an_opendocument_text_that_may_not_be_printed_is_refused(
    more: dict[str, bytes], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        from_upload("a.odt", odt(**more))


def old_word(*streams: str, flags: int = 0) -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    fib = b"\xec\xa5\xc1\x00" + bytes(6) + flags.to_bytes(2, "little") + bytes(500)
    return head + fib + b"".join(name.encode("utf-16-le") for name in streams)


def test_an_old_word_file_goes_on_to_libreoffice() -> None:
    assert from_upload("a.doc", old_word("WordDocument")).kind == "doc"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (old_word("WordDocument", flags=0x0100), "password"),
        (old_word("EncryptedPackage"), "password"),
        (old_word("WordDocument", "_VBA_PROJECT"), "macros"),
        (old_word("Workbook"), "not a Word document"),
    ],
)
def test_an_old_office_file_that_cannot_be_signed_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        from_upload("a.doc", data)


def test_a_word_file_with_our_tags_is_filled_like_a_template() -> None:
    assert from_upload("a.docx", word("{{ client.name }}", '{{ sign("client") }}')).is_template
    assert not from_upload("a.docx", word("Plain words")).is_template
    with pytest.raises(BadInput, match=r"client\.nam.*Did you mean"):
        from_upload("a.docx", word("{{ client.nam }}"))
