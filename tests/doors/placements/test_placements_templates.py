"""The page of Word templates: what everyone sees, what only administrators change, and the sample print."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.actions import fetch, send
from app.actions import print as printing
from app.errors import WrongState
from app.store import board, drafts, envelopes, samples
from app.store.tables import Envelope
from tests.frame_kit import DEAL, DIRECTOR, SELLER, Frame, Portal, error_of
from tests.tools.documents_kit import word

ROOM = "/placements/templates"
GOOD = ("For {{ client.name }}", '{{ sign("us") }}', '{{ sign("client") }}')


def home(portal: Portal, user: int = DIRECTOR) -> Frame:
    frame = portal.open("DEFAULT", {}, user)
    assert frame.load().status_code == 200
    return frame


def add(frame: Frame, *paragraphs: str, name: str = "Offer.docx", **values: str) -> TestResponse:
    parts = {"file": (name, word(*paragraphs)), **{k: ("", v.encode()) for k, v in values.items()}}
    body = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
        % (key.encode(), b'; filename="%b"' % file.encode() if file else b"", data)
        for key, (file, data) in parts.items()
    )
    return frame.call(
        "POST",
        f"{ROOM}/add",
        data=body + b"--edge--\r\n",
        content_type="multipart/form-data; boundary=edge",
    )


def one(frame: Frame, slug: str, deal: str = "") -> str:
    answer = frame.get(f"{ROOM}/one/{slug}" + (f"?deal={deal}" if deal else ""))
    assert answer.status_code == 200, answer.text
    return answer.text


def sample_of(portal: Portal, frame: Frame, slug: str) -> str:
    template_id = re.findall(r"/sample/(\w+)", one(frame, slug))[0]
    made = frame.post(f"{ROOM}/sample/{template_id}", deal=DEAL.entity_id)
    assert 'data-testid="sample-waiting"' in made.text, made.text
    return re.findall(r'data-poll="[^"]*/sample/(\w+)"', made.text)[0]


def test_everyone_sees_the_templates_and_only_administrators_the_form(portal: Portal) -> None:
    admin, seller = home(portal), home(portal, SELLER)
    for frame in (admin, seller):
        assert 'data-testid="template-services_contract.fr"' in frame.get(f"{ROOM}/start").text
    assert 'data-testid="template-form"' in admin.get(f"{ROOM}/start").text
    assert 'data-testid="template-form"' not in seller.get(f"{ROOM}/start").text


def test_a_seller_changes_nothing(portal: Portal) -> None:
    admin, seller = home(portal), home(portal, SELLER)
    add(admin, *GOOD, lang="fr")
    template_id = re.findall(r"/file/(\w+)\.docx", one(admin, "offer.fr"))[0]
    for refused in (
        add(seller, *GOOD),
        seller.post(f"{ROOM}/activate/{template_id}"),
        seller.post(f"{ROOM}/retire/offer.fr"),
    ):
        assert refused.status_code == 403


def test_a_good_template_is_offered_in_the_wizard_at_once(portal: Portal) -> None:
    added = add(home(portal), *GOOD, lang="fr", name="Devis signé.docx")
    assert 'data-testid="template"' in added.text
    assert 'data-testid="source-template-devis-signe.fr"' in portal.wizard().html


def test_what_is_wrong_is_said_by_place_with_a_suggestion_and_nothing_is_kept(
    portal: Portal,
) -> None:
    frame = home(portal)
    refused = add(frame, "Pour {{ client.nam }}", "{{ totals.gross|monney }}", lang="fr")
    assert 'data-testid="template-problems"' in refused.text
    for said in ("client.nam", "client.name", "monney", "money", "Pour"):
        assert said in refused.text
    assert "source-template-offer" not in portal.wizard().html


def test_a_file_that_is_no_word_document_is_refused_beside_its_input(portal: Portal) -> None:
    frame = home(portal)
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.docx"\r\n\r\nhello\r\n'
        b"--edge--\r\n"
    )
    kind = "multipart/form-data; boundary=edge"
    refused = frame.call("POST", f"{ROOM}/add", data=body, content_type=kind)
    assert refused.status_code == 422
    assert error_of(refused)["field"] == "file"


def test_versions_follow_each_other_and_an_earlier_one_can_be_used_again(portal: Portal) -> None:
    frame = home(portal)
    add(frame, *GOOD, lang="fr")
    second = add(frame, *GOOD, "More", slug="offer.fr")
    assert "version 2" in second.text
    refused = add(frame, "{{ nonsense }}", slug="offer.fr")
    assert "version 2" in refused.text
    assert 'data-testid="template-problems"' in refused.text
    first = re.findall(r"/activate/(\w+)", second.text)[0]
    assert "version 1" in frame.post(f"{ROOM}/activate/{first}").text
    again = add(frame, *GOOD, "Even more", slug="offer.fr")
    assert "version 3" in again.text


def test_a_portals_own_version_hides_the_example_until_it_is_retired(portal: Portal) -> None:
    frame = home(portal)
    add(frame, *GOOD, slug="services_contract.fr")
    shelf = frame.get(f"{ROOM}/start").text
    assert shelf.count('data-testid="template-services_contract.fr"') == 1
    assert "version 1" in shelf
    assert "version 1" not in frame.post(f"{ROOM}/retire/services_contract.fr").text


def test_a_version_of_another_portal_does_not_exist(portal: Portal) -> None:
    assert home(portal).get(f"{ROOM}/file/{'0' * 32}.docx").status_code == 404


def test_placeholders_stand_beside_the_values_of_a_deal(portal: Portal) -> None:
    frame = home(portal)
    blank, live = one(frame, "services_contract.fr"), one(frame, "services_contract.fr", "1")
    assert "{{ client.name }}" in blank
    assert "{{ totals.gross|money }}" in blank
    assert "Oberkampf" not in _values(blank)
    assert "Oberkampf" in _values(live)
    assert "€" in _values(live)


def _values(html: str) -> str:
    return " ".join(re.findall(r'<td class="t-value">(.*?)</td>', html, re.DOTALL))


def test_a_deal_the_portal_hides_shows_no_values(portal: Portal) -> None:
    frame = home(portal)
    portal.emulator.engine.faults.add("crm.item.get", "ACCESS_DENIED", times=None)
    refused = frame.get(f"{ROOM}/one/services_contract.fr?deal=1")
    assert refused.status_code in (403, 404, 422)


def test_what_is_downloaded_is_what_was_kept(portal: Portal) -> None:
    frame = home(portal)
    page = add(frame, *GOOD, lang="fr")
    template_id = re.findall(r"/file/(\w+)\.docx", page.text)[0]
    again = frame.get(f"{ROOM}/file/{template_id}.docx")
    assert again.data[:2] == b"PK"
    assert "offer" in again.headers["Content-Disposition"].lower()


@pytest.mark.office
def test_a_sample_shows_the_pages_and_is_in_no_list(portal: Portal) -> None:
    frame = home(portal)
    add(frame, *GOOD, lang="fr")
    sample_id = sample_of(portal, frame, "offer.fr")
    for action in (fetch.fetch_source, printing.fill_document, printing.print_document):
        action(portal.services, sample_id)
    portal.services.converter.stop()
    assert 'data-testid="sample-ready"' in frame.get(f"{ROOM}/sample/{sample_id}").text
    assert frame.get(f"{ROOM}/sample/{sample_id}/page/0").mimetype == "image/webp"
    assert frame.get(f"{ROOM}/sample/{sample_id}/page/9").status_code == 404
    assert frame.get(f"{ROOM}/sample/{sample_id}.pdf").data[:5] == b"%PDF-"
    with portal.services.database.reading() as session:
        assert board.latest_for(session, portal.admin()) == []
        assert drafts.shown_on_record(session, portal.who().portal_id, DEAL) == []


def test_nobody_can_send_a_sample_nor_see_anothers(portal: Portal) -> None:
    frame = home(portal)
    sample_id = sample_of(portal, frame, "services_contract.fr")
    with pytest.raises(WrongState):
        send.send(portal.services, sample_id, actor="portal_user:1", now=portal.services.now())
    other = home(portal, SELLER)
    assert other.get(f"{ROOM}/sample/{sample_id}").status_code == 404


def test_one_sample_a_person_is_kept(portal: Portal) -> None:
    frame = home(portal)
    first, second = (sample_of(portal, frame, "services_contract.fr") for _ in range(2))
    assert frame.get(f"{ROOM}/sample/{first}").status_code == 404
    with portal.services.database.reading() as session:
        count = select(func.count()).select_from(Envelope).where(Envelope.origin == samples.SAMPLE)
        assert session.execute(count).scalar_one() == 1
        assert envelopes.get(session, second).status == "voided"
