"""Printing by LibreOffice: tags become fields, hostile files reach nothing, crashes hurt one document only."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import docx
import pikepdf
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from app.core.fields import Field, FieldKind
from app.core.merge import merge_values
from app.documents import office, office_setup
from app.documents.anchors import Outcome, place_again
from app.documents.child import ROOT
from app.documents.convert import Converter
from app.documents.fill import fill, inspect_template
from app.documents.office import print_once
from app.documents.office_setup import OfficeProgram, find_office
from app.documents.pages import page_text
from app.documents.tagged import TaggedPdf, collect_fields
from app.errors import ConversionFailed, ConverterMissing
from tests.tools.documents_kit import SAMPLES, rezip, sample, snapshot, word

pytestmark = pytest.mark.office
VALUES = merge_values(snapshot(), number="2026-17")


@pytest.fixture(scope="module")
def program() -> OfficeProgram:
    try:
        return find_office()
    except ConverterMissing as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def converter(program: OfficeProgram) -> Iterator[Converter]:
    made = Converter(timeout_s=60)
    yield made
    made.stop()


def printed(converter: Converter, document: bytes, lang: str = "en") -> TaggedPdf:
    return collect_fields(converter.to_pdf(fill(document, VALUES, lang=lang).docx))


def traces(pdf: bytes) -> list[str]:
    """What of a tag is left in a PDF: our address, blank pictures, links, words."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        links = [1 for page in document.pages if "/Annots" in page.obj]
        pictures = [
            1
            for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == pikepdf.Name.Image
        ]
        out = io.BytesIO()
        document.save(out, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    text = "".join(page_text(pdf, n) for n in range(len(pikepdf.open(io.BytesIO(pdf)).pages)))
    found = ["link"] * len(links) + ["picture"] * len(pictures)
    found += [word for word in (b"paraph.invalid", b" Do\n") if word in out.getvalue()]  # type: ignore[misc]
    return found + [letter for letter in text if "\ue000" <= letter <= "\uf8ff"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_tags_of_the_contract_become_fields_and_leave_no_trace(
    converter: Converter, lang: str
) -> None:
    result = printed(converter, sample(lang), lang)
    found = {(field.role, field.kind) for field in result.fields}
    assert found == {
        ("us", FieldKind.SIGNATURE), ("us", FieldKind.STAMP), ("us", FieldKind.DATE_SIGNED),
        ("client", FieldKind.SIGNATURE), ("client", FieldKind.DATE_SIGNED),
    }  # fmt: skip
    assert traces(result.pdf) == []
    mine, theirs = (
        next(f for f in result.fields if (f.role, f.kind) == (role, FieldKind.SIGNATURE))
        for role in ("us", "client")
    )
    assert mine.x < 0.45 < theirs.x


def test_every_kind_of_tag_keeps_its_size_role_and_label(converter: Converter) -> None:
    text = (
        '{{ initials("client") }} {{ tick("client", "I agree") }} {{ date_signed("us") }} '
        '{{ ask("client", "Delivery address", width=60, height=10, required=False) }}'
    )
    fields = {field.kind: field for field in printed(converter, word(text)).fields}
    question = fields[FieldKind.TEXT]
    assert (question.label, question.required, question.from_tag) == (
        "Delivery address",
        False,
        True,
    )
    width, height = question.w * 215.9, question.h * 279.4
    assert (round(width), round(height)) == (60, 10)
    assert fields[FieldKind.CHECKBOX].label == "I agree"
    assert {f.key for f in fields.values()} >= {"client-checkbox-1", "us-date_signed-1"}


def test_questions_flow_with_the_text_and_leave_no_trace(converter: Converter) -> None:
    text = (
        'Delivery: {{ choice("client", "Delivery", "By post", "À la main") }} '
        '{{ ask_number("us", "Copies") }}'
    )
    phone = '{{ crm("client", "client.phone", "Your phone") }}'
    made = docx.Document(io.BytesIO(word(text, cells=("Phone", phone), footer=phone)))
    made.add_page_break()
    made.add_paragraph('{{ ask_date("client", "Start") }}')
    out = io.BytesIO()
    made.save(out)
    result = printed(converter, out.getvalue())
    found = [(f.kind, f.role, f.page, f.options, f.crm_name) for f in result.fields]
    answers = ("By post", "À la main")
    assert (FieldKind.CHOICE, "client", 0, answers, "") in found
    assert (FieldKind.NUMBER, "us", 0, (), "") in found
    assert (FieldKind.DATE, "client", 1, (), "") in found
    asked = [one for one in found if one[4] == "client.phone"]
    assert [page for _, _, page, _, _ in asked] == [0, 0, 1]
    assert traces(result.pdf) == []


def test_tags_work_in_headers_in_cells_after_a_break_and_repeated(converter: Converter) -> None:
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = 'Head {{ initials("us") }}'
    made.add_paragraph('{% for p in products %}{{ initials("client") }} {% endfor %}')
    made.add_table(1, 2).cell(0, 1).text = '{{ sign("client") }}'
    made.add_page_break()
    made.add_paragraph('Last {{ sign("us") }} words')
    out = io.BytesIO()
    made.save(out)
    result = printed(converter, out.getvalue())
    places = [(f.role, f.kind.value, f.page) for f in result.fields]
    assert places.count(("us", "initials", 0)) == places.count(("us", "initials", 1)) == 1
    assert places.count(("client", "initials", 0)) == 3
    assert ("client", "signature", 0) in places
    assert ("us", "signature", 1) in places
    assert len({f.key for f in result.fields}) == len(result.fields)
    assert traces(result.pdf) == []


def test_a_tag_that_finds_no_room_refuses_the_document(converter: Converter) -> None:
    made = docx.Document()
    made.add_paragraph('{{ sign("us") }}')
    cell = made.add_table(1, 2).cell(0, 1)
    cell.text = '{{ sign("client") }}'
    turned = OxmlElement("w:textDirection")
    turned.set(qn("w:val"), "btLr")
    cell._tc.get_or_add_tcPr().append(turned)
    out = io.BytesIO()
    made.save(out)
    with pytest.raises(ConversionFailed, match="1 of the tags"):
        printed(converter, out.getvalue())


def test_a_tag_stands_where_the_text_flows(converter: Converter) -> None:
    short = printed(converter, word('{{ sign("us") }}')).fields[0]
    long = printed(converter, word(*["More words."] * 10, '{{ sign("us") }}')).fields[0]
    assert long.y > short.y + 0.1
    assert long.page == short.page == 0


def test_text_beside_a_tag_keeps_its_look(converter: Converter) -> None:
    made = docx.Document()
    made.add_paragraph().add_run('before {{ date_signed("us") }} after').bold = True
    out = io.BytesIO()
    made.save(out)
    result = fill(out.getvalue(), VALUES, lang="en")
    (run,) = docx.Document(io.BytesIO(result.docx)).paragraphs[0].runs
    assert run.bold
    assert (run.text.startswith("before "), run.text.endswith(" after")) == (True, True)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("rows", "client"), [(1, "Boulangerie Ollivier"), (6, "Les Jardins d’Azur"), (40, "X")]
)
def test_hand_placed_fields_land_where_the_tags_would_be_in_another_contract(
    converter: Converter, lang: str, rows: int, client: str
) -> None:
    first = printed(converter, sample(lang), lang)
    values = merge_values(snapshot(rows=rows, client=client), number="2026-99")
    other = collect_fields(converter.to_pdf(fill(sample(lang), values, lang=lang).docx))
    copied = [replace(one, from_tag=False) for one in first.fields]
    for placed, true in zip(place_again(other.pdf, copied), other.fields, strict=True):
        assert placed.outcome is (
            Outcome.SAME if true.page == placed_page(first, true) else Outcome.MOVED
        )
        assert placed.field.page == true.page
        assert (placed.field.x, placed.field.y) == pytest.approx((true.x, true.y), abs=0.004)


def placed_page(document: TaggedPdf, like: Field) -> int:
    return next(one.page for one in document.fields if one.key == like.key)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A web server's door, and who knocked."""
    knocks: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    guest, address = door.accept()
                    guest.close()
                    knocks.append(address)
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield door.getsockname()[1], knocks
        done.set()
        thread.join()


def linking(target: str) -> bytes:
    """A .docx with a linked picture and an INCLUDEPICTURE field; the guard never saw it."""
    made = docx.Document()
    made.add_paragraph("words")
    out = io.BytesIO()
    made.save(out)
    office_ns = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    picture = (
        f'<w:p xmlns:r="{office_ns}"><w:r><w:drawing>'
        '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<wp:extent cx="900000" cy="900000"/><wp:docPr id="1" name="a"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:nvPicPr><pic:cNvPr id="1" name="a"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:link="rX1"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing></w:r></w:p>"
        f'<w:p><w:fldSimple w:instr=" INCLUDEPICTURE &quot;{target}&quot; "><w:r><w:t>x</w:t></w:r>'
        "</w:fldSimple></w:p>"
    )
    rel = (
        f'<Relationship Id="rX1" TargetMode="External" Target="{target}" Type="{office_ns}/image"/>'
        "</Relationships>"
    )

    def change(parts: dict[str, bytes]) -> None:
        body, rels = "word/document.xml", "word/_rels/document.xml.rels"
        parts[body] = parts[body].replace(b"<w:sectPr", picture.encode() + b"<w:sectPr", 1)
        parts[rels] = parts[rels].replace(b"</Relationships>", rel.encode())

    return rezip(out.getvalue(), change)


def local_picture(folder: Path) -> Path:
    from PIL import Image

    path = folder / "secret.png"
    Image.new("RGB", (40, 40), "red").save(path)
    return path


def pictures_in(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return sum(len(page.get_images()) for page in document.pages)


@pytest.mark.parametrize(("walls", "found"), [(frozenset(), 1), (frozenset({"profile"}), 0)])
def test_the_locked_profile_alone_stops_a_local_picture(
    program: OfficeProgram, tmp_path: Path, walls: frozenset[str], found: int
) -> None:
    document = linking(local_picture(tmp_path).as_uri())
    pdf = print_once(program, document, "docx", timeout_s=60, walls=walls)
    assert bool(pictures_in(pdf)) == bool(found)


@pytest.mark.parametrize(("hides", "found"), [(False, True), (True, False)])
def test_a_hidden_folder_alone_stops_a_local_picture(
    program: OfficeProgram, tmp_path: Path, hides: bool, found: bool
) -> None:
    if not office_setup.with_private_files(program, tmp_path):
        pytest.skip("this host lets nobody mount")
    document = linking(local_picture(tmp_path).as_uri())
    hidden = replace(program, hidden=(str(tmp_path),) if hides else ())
    pdf = print_once(hidden, document, "docx", timeout_s=60, walls=frozenset({"files"}))
    assert bool(pictures_in(pdf)) == found


def test_what_libreoffice_needs_is_never_hidden(program: OfficeProgram, tmp_path: Path) -> None:
    everything = replace(program, hidden=("/", str(tmp_path), str(tmp_path.parent)))
    command = office_setup.with_private_files(everything, tmp_path / "work")
    assert "/" not in command
    assert str(tmp_path) not in command
    assert str(tmp_path.parent) not in command


def test_the_warm_office_stops_a_local_picture_too(converter: Converter, tmp_path: Path) -> None:
    pdf = converter.to_pdf(linking(local_picture(tmp_path).as_uri()))
    assert pictures_in(pdf) == 0
    assert "words" in page_text(pdf, 0)


def test_the_guard_alone_stops_a_local_picture(converter: Converter, tmp_path: Path) -> None:
    target = local_picture(tmp_path).as_uri()
    cleaned = fill(linking(target), VALUES, lang="en").docx
    assert target.encode() not in cleaned
    assert pictures_in(converter.to_pdf(cleaned)) == 0


@pytest.mark.parametrize(
    ("walls", "comes"),
    [(frozenset(), True), (frozenset({"profile"}), False), (frozenset({"network"}), False)],
)
def test_each_wall_alone_keeps_a_linked_picture_from_being_fetched(
    program: OfficeProgram, listener: tuple[int, list[object]], walls: frozenset[str], comes: bool
) -> None:
    if "network" in walls and not office_setup.without_network():
        pytest.skip("this host gives no process a network of its own")
    document = linking(f"http://127.0.0.1:{listener[0]}/a.png")
    print_once(program, document, "docx", timeout_s=60, walls=walls)
    assert bool(listener[1]) is comes


def test_rubbish_is_refused_and_the_next_document_prints(converter: Converter) -> None:
    with pytest.raises(ConversionFailed):
        converter.to_pdf(b"rubbish")
    assert converter.to_pdf(word("fine"))[:5] == b"%PDF-"


def test_an_office_that_was_killed_is_replaced_in_silence(converter: Converter) -> None:
    converter.start()
    warm = converter._slots.queue[0]
    assert warm is not None
    office.kill_group(warm._office)
    assert "again" in page_text(converter.to_pdf(word("again")), 0)


def test_a_document_past_its_time_is_given_up_and_the_next_one_prints(
    program: OfficeProgram,
) -> None:
    if not program.uno_python:
        pytest.skip("needs python3-uno")
    impatient = Converter(timeout_s=60)
    impatient.start()
    impatient._timeout_s = 0.0
    with pytest.raises(ConversionFailed, match="too long"):
        impatient.to_pdf(word("slow"))
    impatient._timeout_s = 60
    assert impatient.to_pdf(word("fine"))[:5] == b"%PDF-"
    impatient.stop()


def test_many_threads_share_one_office(converter: Converter) -> None:
    with ThreadPoolExecutor(6) as threads:
        pdfs = list(threads.map(converter.to_pdf, [word(f"number {n}") for n in range(12)]))
    assert [page_text(pdf, 0) for pdf in pdfs] == [f"number {n}" for n in range(12)]


def test_nothing_stays_behind_after_the_office_stopped(program: OfficeProgram) -> None:
    made = Converter()
    made.start()
    warm = made._slots.queue[0]
    if warm is None:
        pytest.skip("needs python3-uno")
    folder, pipe = warm._folder, warm._pipe
    assert len(office.sockets_of(folder / "profile", pipe)) == 2
    made.to_pdf(word("x"))
    assert list(folder.glob("*.docx")) == list(folder.glob("*.pdf")) == []
    made.stop()
    assert not folder.exists()
    assert office.sockets_of(folder / "profile", pipe) == []


def test_without_libreoffice_a_sentence_says_what_to_install(tmp_path: Path) -> None:
    absent = Converter(soffice=str(tmp_path / "soffice"))
    with pytest.raises(ConverterMissing, match="libreoffice-writer"):
        absent.to_pdf(word("x"))
    assert not absent.state().ready


OWNER = """
import os, sys
from app.documents.child import ROOT
from app.documents.convert import Converter
made = Converter()
made.start()
warm = made._slots.queue[0]
print(warm._office.pid, warm._folder, flush=True)
sys.stdin.read()
"""


def test_an_office_does_not_outlive_a_killed_owner(program: OfficeProgram) -> None:
    if not program.uno_python:
        pytest.skip("needs python3-uno")
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert owner.stdout is not None
    group, folder = owner.stdout.readline().split()
    owner.kill()
    owner.communicate()
    waits(lambda: not Path(folder).exists() and office.group_memory(int(group)) == 0)


def waits(until: Callable[[], bool], patience_s: float = 20.0) -> None:
    deadline = time.monotonic() + patience_s
    while not until():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("kind", ["invoice", "acceptance", "nda", "power_of_attorney"])
def test_every_shipped_example_prints_with_places_for_both_and_no_page_of_signatures_alone(
    converter: Converter, kind: str, lang: str
) -> None:
    template = (SAMPLES / f"{kind}.{lang}.docx").read_bytes()
    assert inspect_template(template).problems == ()
    filled = fill(template, merge_values(snapshot(), number="7"), lang=lang)
    printed = collect_fields(converter.to_pdf(filled.docx))
    signed = {f.role: f.page for f in printed.fields if f.kind is FieldKind.SIGNATURE}
    assert set(signed) == {"us", "client"}
    assert len(page_text(printed.pdf, signed["client"]).split()) > 45
    assert "{{" not in page_text(printed.pdf, 0)


def test_tags_on_several_pages_leave_no_picture_behind(converter: Converter) -> None:
    lines = ['{{ initials("client") }}', *["text"] * 60, '{{ sign("us") }}', '{{ sign("client") }}']
    filled = fill(word(*lines), merge_values(snapshot()), lang="en")
    cleaned = collect_fields(converter.to_pdf(filled.docx))
    assert {f.page for f in cleaned.fields} == {0, 2}
    with pikepdf.open(io.BytesIO(cleaned.pdf)) as document:
        for page in document.pages:
            drawn = {
                str(command.operands[0])
                for command in pikepdf.parse_content_stream(page)
                if str(command.operator) == "Do"
            }
            assert drawn <= set(page.resources.get("/XObject", {}).keys())


def test_a_tag_in_right_to_left_text_becomes_a_field_inside_its_line(converter: Converter) -> None:
    made = docx.Document(io.BytesIO(word("x")))
    paragraph = made.add_paragraph("التوقيع: {{ sign('client', width=40, height=12) }} العميل")
    paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
    made.add_paragraph('{{ sign("us") }}')
    out = io.BytesIO()
    made.save(out)
    found = printed(converter, out.getvalue())
    theirs = next(f for f in found.fields if f.role == "client")
    assert theirs.x > 0.0
    assert theirs.x + theirs.w < 1.0
    assert theirs.w == pytest.approx(40 / 215.9, abs=0.01)
    assert "paraph" not in page_text(found.pdf, 0)
