"""Files of the sender's own in the wizard, and several documents in one envelope."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from app.actions import fetch
from app.actions import print as printing
from app.core import sources
from app.core.layout import placed_by_hand
from app.store import audit, envelopes, layouts
from tests.doors.placements.test_placements_wizard import CREATE, choices, stored
from tests.frame_kit import Frame, Portal, envelope_of, error_of, pdf, placed, send_now
from tests.tools.documents_kit import word
from tests.tools.test_documents_uploads import locked

UPLOADS = "/placements/uploads"


def bring(frame: Frame, name: str, data: bytes, password: str = "") -> TestResponse:
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    word = f'\r\n--edge\r\nContent-Disposition: form-data; name="password"\r\n\r\n{password}'
    body = head.encode() + data + word.encode() + b"\r\n--edge--\r\n"
    return frame.call("POST", UPLOADS, data=body, content_type="multipart/form-data; boundary=edge")


def claim(frame: Frame, name: str = "NDA_final.pdf", data: bytes = b"") -> str:
    answer = bring(frame, name, data or pdf("Signature of the client"))
    assert answer.status_code == 200, answer.text
    return str(answer.json["claim"])


def prepared(portal: Portal, envelope_id: str) -> None:
    """Run the steps of the flow "prepare" that need no LibreOffice."""
    fetch.fetch_source(portal.services, envelope_id)
    printing.fill_document(portal.services, envelope_id)
    assert printing.print_document(portal.services, envelope_id) in ("ready", "asking")


def test_a_pdf_of_the_senders_own_is_prepared_and_kept_byte_for_byte(portal: Portal) -> None:
    data = pdf("Signature of the client")
    frame = portal.wizard()
    answer = bring(frame, "NDA_final.pdf", data)
    assert answer.json["name"] == "NDA final"
    assert answer.json["note"] == "2 pages"
    made = frame.post(CREATE, **choices(frame, source=f"upload:{answer.json['claim']}"))
    envelope_id = envelope_of(made)
    prepared(portal, envelope_id)
    with portal.services.database.reading() as session:
        paper = envelopes.documents(session, envelope_id)[0]
    assert stored(portal, envelope_id).title == "NDA final"
    assert portal.services.files.get(paper.original_digest) == data
    assert paper.page_count == 2


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("song.mp3", b"ID3" + bytes(400), "signer ce type"),
        ("empty.pdf", b"", "vide"),
        ("broken.pdf", b"%PDF-1.7 nothing", "endommagé"),
        ("contract.docx", b"PK\x03\x04 nothing", "endommagé"),
    ],
)
def test_a_file_that_cannot_be_signed_is_refused_at_once(
    portal: Portal, name: str, data: bytes, sentence: str
) -> None:
    refused = bring(portal.wizard(), name, data)
    assert refused.status_code == 422
    assert sentence in error_of(refused)["error"]


def test_a_protected_pdf_asks_for_its_password_and_only_the_trail_remembers_that(
    portal: Portal,
) -> None:
    data, frame = locked("Ouvre-toi 12"), portal.wizard()
    asked = bring(frame, "NDA.pdf", data)
    assert (asked.status_code, asked.json["field"]) == (422, "password")
    opened = bring(frame, "NDA.pdf", data, "Ouvre-toi 12")
    assert "mot de passe" in opened.json["note"]
    made = frame.post(CREATE, **choices(frame, source=f"upload:{opened.json['claim']}"))
    envelope_id = envelope_of(made)
    prepared(portal, envelope_id)
    with portal.services.database.reading() as session:
        created = audit.events(session, envelope_id)[0]
        paper = envelopes.documents(session, envelope_id)[0]
    assert created.data["opened_with_password"] == "NDA.pdf"
    kept = portal.services.files.get(paper.printed_digest)
    assert kept.startswith(b"%PDF-")
    assert b"/Encrypt" not in kept
    folder = portal.services.settings.data
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not any(b"Ouvre-toi 12" in text for text in texts)


def test_a_file_may_be_bigger_than_other_requests_but_not_without_end(portal: Portal) -> None:
    frame = portal.wizard()
    assert bring(frame, "big.pdf", bytes(31 * 1024 * 1024)).status_code == 422
    assert bring(frame, "huge.pdf", bytes(52 * 1024 * 1024)).status_code == 413


def test_a_claim_of_another_portal_or_of_nobody_opens_nothing(portal: Portal) -> None:
    frame = portal.wizard()
    for text in ("a" * 64, claim(frame)[:-2] + "xx"):
        refused = frame.post(CREATE, **choices(frame, source=f"upload:{text}"))
        assert refused.status_code == 422
        assert error_of(refused)["field"] == "source"


def test_several_documents_go_in_one_envelope_in_the_order_they_were_ticked(portal: Portal) -> None:
    frame = portal.wizard()
    first, second, third = (
        f"upload:{claim(frame, f'{name}.pdf', pdf(name))}" for name in ("Alpha", "Beta", "Gamma")
    )
    values = choices(frame, source=first)
    made = frame.call("POST", CREATE, data={**values, "more": [third, second, first]})
    envelope_id = envelope_of(made)
    prepared(portal, envelope_id)
    with portal.services.database.reading() as session:
        papers = envelopes.documents(session, envelope_id)
    assert [paper.name for paper in papers] == ["Alpha", "Gamma", "Beta"]
    assert [paper.position for paper in papers] == [0, 1, 2]
    review = frame.get(f"/placements/wizard/{envelope_id}/progress").text
    assert all(paper.id in review for paper in papers)


def test_an_eleventh_document_is_refused(portal: Portal) -> None:
    frame = portal.wizard()
    files = [f"upload:{claim(frame, 'a.pdf', pdf(str(n), pages=1))}" for n in range(11)]
    refused = frame.call(
        "POST", CREATE, data={**choices(frame, source=files[0]), "more": files[1:]}
    )
    assert refused.status_code == 422
    assert error_of(refused)["field"] == "more"


def test_the_next_time_each_document_has_its_own_fields_back(portal: Portal) -> None:
    frame = portal.wizard()
    files = [f"upload:{claim(frame, f'{n}.pdf', pdf(n))}" for n in ("Alpha", "Beta")]
    made = frame.call("POST", CREATE, data={**choices(frame, source=files[0]), "more": files[1:]})
    envelope_id = envelope_of(made)
    prepared(portal, envelope_id)
    with portal.services.database.reading() as session:
        one, two = envelopes.documents(session, envelope_id)
    fields = [
        placed(one.id, key="a", role="us"),
        placed(two.id, key="b", role="client", page=1, y=0.7),
    ]
    saved = frame.post_json(f"/placements/wizard/{envelope_id}/fields", {"fields": fields})
    assert saved.status_code == 200, saved.text
    assert send_now(portal.services, envelope_id) == "sent"

    with portal.services.database.reading() as session:
        spec = layouts.read(layouts.used_last(session, portal.who().portal_id, limit=1)[0])
    assert [[f.role for f in placed_by_hand(spec.fields_of(n))] for n in (0, 1, 2)] == [
        ["us"],
        ["client"],
        [],
    ]
    again = portal.wizard("2")
    assert "Alpha" in again.html
    key = again.html.split('name="layout_id" value="')[1].split('"')[0]
    made = again.post(CREATE, key="x" * 32, layout_id=key, at_once="yes")
    second = envelope_of(made)
    assert len(sources.parts(stored(portal, second).source)) == 2
    prepared(portal, second)
    with portal.services.database.reading() as session:
        papers = envelopes.documents(session, second)
        rows = envelopes.fields(session, second)
    assert {(row.document_id, row.role) for row in rows} == {
        (papers[0].id, "us"),
        (papers[1].id, "client"),
    }


@pytest.mark.office
def test_a_word_file_of_the_senders_own_is_filled_where_it_asks_for_it(portal: Portal) -> None:
    frame = portal.wizard()
    data = word("For {{ client.name }}", '{{ sign("us") }}', '{{ sign("client") }}')
    answer = bring(frame, "Offer.docx", data)
    made = frame.post(CREATE, **choices(frame, source=f"upload:{answer.json['claim']}"))
    envelope_id = envelope_of(made)
    prepared(portal, envelope_id)
    with portal.services.database.reading() as session:
        rows = envelopes.fields(session, envelope_id)
    assert sorted(row.role for row in rows) == ["client", "us"]
    portal.services.converter.stop()


def test_the_first_screen_offers_a_file_and_more_documents(portal: Portal) -> None:
    html = portal.wizard().html
    assert 'data-testid="upload-file"' in html
    assert 'data-testid="more-documents"' in html
