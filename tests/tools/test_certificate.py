"""The certificate pages: all that must stand on them, in the envelope's language, over as many pages as needed."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, AttachedFileSpec, Dictionary, Name
from PIL import Image
from sealing_kit import ENVELOPE, make_evidence, make_pdf, make_trail

from app.core import consent
from app.core.evidence import EventKind
from app.core.fields import SignatureImage, SignatureWay
from app.documents.attach import TRAIL_NAME
from app.documents.certificate import PersonEvidence, append_and_attach, build
from app.documents.certificate_words import _EVENTS, browser_name
from app.errors import BadInput
from tests.payloads import PAYLOADS


def test_the_pages_tell_who_signed_what_and_how_we_know() -> None:
    data = make_evidence()
    text = _text(build(data, lang="en"))
    signer = data.people[1]
    for fact in (
        data.number, data.envelope_id, data.title, data.portal, data.record_title, data.sender,
        data.documents[0].original_sha256, data.documents[0].printed_sha256,
        signer.name, signer.company, signer.position, signer.address, signer.consent_hash,
        signer.seen_sha256, signer.ip, "Chrome 131, Android", "Drawn by hand on the screen",
        "one-time code", "2026-11 (fr)", "25 November 2026, 11:13:31 UTC", "Inès Ferrand",
        data.head, "Self-issued key", data.authorities[0], data.verify_url, "24 November 2036",
    ):  # fmt: skip
        assert fact in text, fact


def test_every_event_of_the_chain_stands_there_with_its_milliseconds() -> None:
    data = make_evidence()
    text = _text(build(data, lang="en"))
    for event in data.events:
        assert event.at.strftime("%H:%M:%S.") + f"{event.at.microsecond // 1000:03d}" in text


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(_EVENTS) == set(EventKind)


def test_ten_signers_and_a_hundred_events_flow_over_pages_and_none_is_lost() -> None:
    data = make_evidence(signers=10, extra_events=40)
    assert len(data.events) > 100
    pdf = build(data, lang="en")
    text = _text(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        count = len(opened.pages)
    assert count >= 6
    assert f"Certificate page {count} of {count}" in text
    assert text.count("Consent text, SHA-256") == 10
    assert text.count(" agreed to sign electronically") == 10


def test_the_words_that_were_agreed_to_stand_there_once() -> None:
    text = _text(build(make_evidence(signers=3), lang="en"))
    agreed = consent.current("fr")
    for sentence in (
        agreed.tick,
        *agreed.terms,
        f"Text {agreed.version}, fr. SHA-256 {agreed.hash}",
    ):
        assert text.count(sentence) == 1


def test_a_link_handed_over_is_not_said_to_have_been_sent() -> None:
    data = make_evidence()
    person = replace(data.people[1], channel="link", identified_by="link", address="")
    text = _text(build(replace(data, people=[person]), lang="en"))
    assert "handed over by the sender" in text and "sent to the address" not in text


def test_a_key_that_a_public_authority_vouches_for_is_not_marked() -> None:
    assert "Self-issued" not in _text(
        build(replace(make_evidence(), is_self_issued=False), lang="en")
    )


@pytest.mark.parametrize(
    "name",
    [
        '<b>&amp; "O\'Neil" </font>',
        "Ğülşen Çelik-Αλεξάνδρα Жуковская",
        "名前 テスト",
        "‮evil",
        "\x00\x07",
        "",
    ],
)
def test_any_name_can_stand_on_the_pages(name: str) -> None:
    data = make_evidence()
    person = replace(data.people[0], name=name, company=name, position=name)
    pdf = build(replace(data, people=[person], title=name or "-", record_title=name), lang="en")
    assert pdf.startswith(b"%PDF-")


def test_payloads_in_names_are_words_on_the_pages_and_nothing_acts() -> None:
    known, worst = make_evidence(), " ".join(PAYLOADS)[:300]
    person = replace(known.people[0], name=worst, company=worst, position=worst, browser=worst)
    data = replace(known, title=worst, company=worst, sender=worst, people=[person])
    with pikepdf.open(io.BytesIO(build(data, lang="en"))) as document:
        notes = [note for page in document.pages for note in page.get("/Annots", [])]
        assert "/JavaScript" not in document.Root.get("/Names", {})
    assert all(str(note.A.URI).startswith("http") for note in notes)


def test_letters_that_turn_the_reading_direction_do_not_reach_the_page() -> None:
    data = make_evidence()
    person = replace(data.people[0], name="Nora\u202egro.elpmaxe\u2066\x07")
    text = _text(build(replace(data, people=[person]), lang="en"))
    assert "Noragro.elpmaxe" in text
    assert not {"\u202e", "\u2066", "\x07"} & set(text)


def test_words_without_a_break_stay_on_the_page() -> None:
    data = make_evidence()
    person = replace(data.people[0], name="N" * 300, address="a" * 300 + "@example.com")
    pdf = build(replace(data, people=[person], title="T" * 400, company="C" * 300), lang="en")
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    right = max(page.get_charbox(n)[2] for n in range(page.count_chars()))
    left = min(page.get_charbox(n)[0] for n in range(page.count_chars()))
    assert left > 0 and right < 596


def test_a_signature_as_picture_is_shown() -> None:
    data = make_evidence()
    shown = SignatureImage(way=SignatureWay.PICTURE, picture="0" * 64)
    person = replace(data.people[0], signature=shown, picture=_png())
    pdf = build(replace(data, people=[person]), lang="en")
    assert "Picture of a signature" in _text(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages[0].get_images()) == 1


def test_the_same_evidence_gives_the_same_bytes() -> None:
    data = make_evidence()
    assert build(data, lang="fr") == build(data, lang="fr")
    joined = {_joined(make_pdf()) for _ in range(2)}
    assert len(joined) == 1


def test_little_evidence_still_gives_a_page() -> None:
    bare = PersonEvidence(id="r1", name="Nora", is_signer=True)
    data = replace(
        make_evidence(), people=[bare], events=[], head="", documents=[], authorities=[],
        verify_url="", retention_until=None, sent_at=None, completed_at=None, sender_email="",
    )  # fmt: skip
    assert "Nora" in _text(build(data, lang="en"))


def test_browsers_are_named_in_short() -> None:
    assert (
        browser_name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
        == "Firefox 140, Linux"
    )
    assert browser_name("curl/8.5") == "curl/8.5"
    assert browser_name("") == ""


def test_the_joined_file_has_all_pages_the_line_on_the_documents_and_the_trail() -> None:
    data = make_evidence()
    certificate = build(data, lang="fr")
    with pikepdf.open(io.BytesIO(_joined(make_pdf(3), certificate=certificate))) as pdf:
        extra = len(pikepdf.open(io.BytesIO(certificate)).pages)
        assert len(pdf.pages) == 3 + extra
        assert json.loads(pdf.attachments[TRAIL_NAME].get_file().read_bytes())["head"] == data.head
        assert pdf.Root.AF[0].AFRelationship == "/Supplement"
        assert str(pdf.Root.Lang) == "fr"
        assert pdf.docinfo["/Title"] == "Contrat"
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == "Contrat"
    document = pypdfium2.PdfDocument(_joined(make_pdf(3)))
    for number in range(3):
        assert f"Paraph · {ENVELOPE}" in document[number].get_textpage().get_text_range()


def test_what_acts_by_itself_or_was_signed_before_is_taken_out() -> None:
    with pikepdf.open(io.BytesIO(_joined(_active_pdf()))) as pdf:
        for key in ("/OpenAction", "/AA", "/AcroForm", "/Perms"):
            assert key not in pdf.Root
        assert "/JavaScript" not in pdf.Root.Names
        assert list(pdf.attachments) == [TRAIL_NAME]
        assert "/AA" not in pdf.pages[0].obj
        links = list(pdf.pages[0].obj.Annots)
        assert [str(one.A.URI) for one in links if "/A" in one] == ["https://example.com/"]
    assert b"/ByteRange" not in _joined(_active_pdf())


def test_what_forms_and_notes_showed_is_still_seen() -> None:
    page = pypdfium2.PdfDocument(_joined(_active_pdf()))[0]
    text = page.get_textpage().get_text_range()
    assert "filled in" in text and "noted" in text


@pytest.mark.parametrize("key", ["/Annots", "/AA", "/Resources"])
def test_a_page_with_nonsense_in_it_is_joined_or_refused(key: str) -> None:
    for nonsense in (Array([None, 3, Name.X, Dictionary()]), pikepdf.String("x"), Name.X, 7):
        with pikepdf.open(io.BytesIO(make_pdf(1))) as pdf:
            pdf.pages[0].obj[key] = nonsense
            out = io.BytesIO()
            pdf.save(out)
        try:
            assert _joined(out.getvalue()).startswith(b"%PDF-")
        except BadInput:
            continue


def test_a_damaged_document_is_a_refusal_not_a_crash() -> None:
    for broken in (b"", b"%PDF-1.7 nothing"):
        with pytest.raises(BadInput):
            _joined(broken)


def _joined(pdf: bytes, *, certificate: bytes | None = None) -> bytes:
    data = make_evidence()
    return append_and_attach(
        pdf,
        certificate or build(data, lang="fr"),
        make_trail(data),
        id_line=f"Paraph · {ENVELOPE}",
        lang="fr",
        title="Contrat",
    )


def _active_pdf() -> bytes:
    """Return a PDF with a form, a signature, scripts, actions, an attachment and links."""
    with pikepdf.open(io.BytesIO(make_pdf(1))) as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        fonts = Dictionary(Font=Dictionary(F0=font))
        fields = [pdf.make_indirect(one) for one in (_text_field(pdf, fonts), _signed_field(pdf))]
        note = pdf.make_indirect(_note(pdf, fonts))
        links = [pdf.make_indirect(_link(action)) for action in (SCRIPT, WEB, LAUNCH)]
        page = pdf.pages[0].obj
        page["/Annots"] = Array([*fields, note, *links])
        page["/AA"] = Dictionary(O=SCRIPT)
        pdf.Root["/AcroForm"] = Dictionary(Fields=Array(fields), SigFlags=3, DR=fonts)
        pdf.Root["/Perms"] = Dictionary(DocMDP=fields[1].V)
        pdf.Root["/OpenAction"] = SCRIPT
        pdf.Root["/AA"] = Dictionary(WC=SCRIPT)
        pdf.Root["/Names"] = Dictionary(JavaScript=Dictionary(Names=Array(["run", SCRIPT])))
        pdf.attachments["hidden.txt"] = AttachedFileSpec(pdf, b"hidden", filename="hidden.txt")
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


SCRIPT = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
WEB = Dictionary(S=Name.URI, URI="https://example.com/")
LAUNCH = Dictionary(S=Name.Launch, F="x")


def _look(pdf: pikepdf.Pdf, fonts: Dictionary, text: str) -> pikepdf.Object:
    return pdf.make_stream(
        f"BT /F0 12 Tf 2 4 Td ({text}) Tj ET".encode(),
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 200, 20]),
        Resources=fonts,
    )


def _note(pdf: pikepdf.Pdf, fonts: Dictionary) -> Dictionary:
    look = Dictionary(N=_look(pdf, fonts, "noted"))
    place = Array([90, 500, 290, 520])
    return Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=place, AP=look, F=4)


def _text_field(pdf: pikepdf.Pdf, fonts: Dictionary) -> Dictionary:
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Tx,
        T="a",
        V="filled in",
        DA="/F0 12 Tf",
        F=4,
        Rect=Array([90, 600, 290, 620]),
        AP=Dictionary(N=_look(pdf, fonts, "filled in")),
        AA=Dictionary(K=SCRIPT),
    )


def _signed_field(pdf: pikepdf.Pdf) -> Dictionary:
    signed = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), ByteRange=Array([0, 1, 2, 3]))
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Sig,
        T="s",
        V=pdf.make_indirect(signed),
        Rect=Array([0, 0, 0, 0]),
    )


def _link(action: Dictionary) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    pages = (page.get_textpage().get_text_range() for page in document)
    return " ".join(" ".join(pages).split())


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (60, 20), (20, 30, 90, 255)).save(out, "PNG")
    return out.getvalue()
