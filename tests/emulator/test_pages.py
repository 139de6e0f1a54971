"""The portal's pages without a browser: what they show and whom they obey."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import EmailMessage

import pages_kit
import pytest
from flask.testing import FlaskClient

from emulator.pages import layouts, messages, timeline
from emulator.server import Emulator
from emulator.state import Sms

LAYOUT = {
    "icon": {"code": "document"},
    "header": {
        "title": {"en": "Contract", "fr": "Contrat"},
        "tags": {
            "one": {"type": "warning", "title": "Waiting"},
            "two": {"type": "primary", "title": "On a phone only", "scope": "mobile"},
        },
    },
    "body": {
        "logo": {"code": "document"},
        "blocks": {
            "who": {
                "type": "withTitle",
                "properties": {
                    "title": "Client",
                    "block": {"type": "text", "properties": {"value": "Claire Fontaine"}},
                },
            },
            "line": {
                "type": "lineOfBlocks",
                "properties": {
                    "blocks": {
                        "a": {"type": "text", "properties": {"value": "Due"}},
                        "b": {
                            "type": "link",
                            "properties": {
                                "text": "the link",
                                "action": {"type": "redirect", "uri": "javascript:alert(1)"},
                            },
                        },
                    }
                },
            },
        },
    },
    "footer": {
        "buttons": {
            "remind": {
                "title": "Remind",
                "type": "primary",
                "action": {"type": "restEvent", "id": "remind", "animationType": "loader"},
            },
            "open": {
                "title": "Open",
                "type": "secondary",
                "action": {"type": "redirect", "uri": "https://sign.example.org/e/1"},
            },
        },
        "menu": {
            "showDeleteItem": "false",
            "items": {"void": {"title": "Void", "action": {"type": "restEvent", "id": "void"}}},
        },
    },
}


@pytest.fixture
def portal() -> Iterator[Emulator]:
    with pages_kit.portal("http://localhost:9") as emulator:
        yield emulator


@pytest.fixture
def client(portal: Emulator) -> FlaskClient:
    return pages_kit.client(portal)


def timeline_of(client: FlaskClient, portal: Emulator) -> str:
    return client.get(f"/-/deal/{pages_kit.deal_id(portal)}/timeline").text


def test_every_page_answers_in_both_languages(client: FlaskClient, portal: Emulator) -> None:
    paths = [
        "/crm/deal/list/",
        "/crm/deal/kanban/",
        f"/crm/deal/details/{pages_kit.deal_id(portal)}/",
        "/crm/deal/automation/",
        "/inbox/",
        "/phone/",
        f"/market/detail/{pages_kit.only_app(portal).client_id}/",
    ]
    for lang in ("fr", "en"):
        client.post("/-/language", data={"lang": lang})
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert f'<html lang="{lang}">' in answer.text


def test_a_deal_that_does_not_exist_gets_a_sentence(client: FlaskClient) -> None:
    answer = client.get("/crm/deal/details/987654/")
    assert answer.status_code == 404
    assert "Cette affaire n’existe pas." in answer.text


def test_an_unknown_address_gets_a_page_and_rest_keeps_its_own_errors(client: FlaskClient) -> None:
    lost = client.get("/nowhere/", headers={"Accept": "text/html"})
    assert (lost.status_code, "Cette page n’existe pas." in lost.text) == (404, True)
    assert "error" in client.get("/rest/no.such.method").json


def test_moving_a_deal_changes_its_stage_and_the_board_shows_it(
    client: FlaskClient, portal: Emulator
) -> None:
    ident = pages_kit.deal_id(portal)
    answer = client.post(f"/-/deal/{ident}/move", json={"stage": "EXECUTING"})
    assert answer.status_code == 200
    assert portal.state.deals[ident].stage_id == "EXECUTING"
    column = client.get("/-/board").text.split('data-key="stage-EXECUTING"')[1]
    assert f'data-testid="deal-card-{ident}"' in column.split("</section>")[0]


def test_a_move_to_an_unknown_stage_is_refused(client: FlaskClient, portal: Emulator) -> None:
    ident = pages_kit.deal_id(portal)
    before = portal.state.deals[ident].stage_id
    assert client.post(f"/-/deal/{ident}/move", json={"stage": "NOWHERE"}).status_code == 404
    assert portal.state.deals[ident].stage_id == before


def test_an_application_in_a_frame_cannot_press_the_portals_buttons(
    client: FlaskClient, portal: Emulator
) -> None:
    ident = pages_kit.deal_id(portal)
    before = portal.state.deals[ident].stage_id
    foreign = {"Origin": "http://localhost:9"}
    answer = client.post(f"/-/deal/{ident}/move", json={"stage": "WON"}, headers=foreign)
    assert answer.status_code == 403
    assert portal.state.deals[ident].stage_id == before


def test_a_visitor_by_another_name_is_led_to_the_portals_address(portal: Emulator) -> None:
    other = pages_kit.client(portal, host="localhost:1")
    answer = other.get("/crm/deal/list/?a=1")
    assert answer.location == f"{portal.portal_url}/crm/deal/list/?a=1"


def test_the_switcher_makes_me_a_colleague(client: FlaskClient, portal: Emulator) -> None:
    client.post("/-/user", data={"user": "2"})
    ident = pages_kit.deal_id(portal)
    client.post(f"/-/deal/{ident}/comment", json={"text": "Called them"})
    assert portal.state.deal_timeline(ident)[0].author_id == 2


def test_a_seller_cannot_install(client: FlaskClient, portal: Emulator) -> None:
    client.post("/-/user", data={"user": "2"})
    ident = pages_kit.only_app(portal).client_id
    answer = client.post(f"/-/market/{ident}/install", json={})
    assert answer.status_code == 403
    assert "administrateur" in answer.json["error"]
    assert ident not in portal.state.installations


def test_an_unchanged_timeline_is_not_sent_again(client: FlaskClient, portal: Emulator) -> None:
    path = f"/-/deal/{pages_kit.deal_id(portal)}/timeline"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    client.post(f"/-/deal/{pages_kit.deal_id(portal)}/comment", json={"text": "new"})
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_an_update_that_changes_no_word_still_renews_the_record(
    client: FlaskClient, portal: Emulator
) -> None:
    activity = pages_kit.add_card(portal, LAYOUT)
    before = timeline_of(client, portal)
    portal.state.advance(1)
    activity.updated = portal.state.now()
    assert timeline_of(client, portal) != before


def test_a_card_shows_its_layout(client: FlaskClient, portal: Emulator) -> None:
    pages_kit.add_card(portal, LAYOUT)
    shown = timeline_of(client, portal)
    for text in ("Contrat", "Waiting", "Client", "Claire Fontaine", "the link", "Remind", "Void"):
        assert text in shown
    assert "On a phone only" not in shown
    assert "javascript:" not in shown
    assert 'href="https://sign.example.org/e/1" target="_blank"' in shown
    assert "data-delete-entry" not in shown.split("Contrat")[1].split("</article>")[0]


def test_what_an_application_writes_is_never_markup(client: FlaskClient, portal: Emulator) -> None:
    hostile = json.loads(json.dumps(LAYOUT).replace("Claire Fontaine", "<img src=x onerror=1>"))
    hostile["footer"]["buttons"]["remind"]["action"]["id"] = "'\"><script>"
    pages_kit.add_card(portal, hostile)
    shown = timeline_of(client, portal)
    assert "<img" not in shown
    assert "<script" not in shown
    assert "&lt;img src=x onerror=1&gt;" in shown


def test_texts_fall_back_from_my_language_to_english() -> None:
    both, english = {"fr": "Contrat", "en": "Contract"}, {"en": "Contract", "de": "Vertrag"}
    assert layouts.read({**LAYOUT, "header": {"title": both}}, "fr").title == "Contrat"
    assert layouts.read({**LAYOUT, "header": {"title": english}}, "fr").title == "Contract"


def test_a_widget_of_a_record_is_told_which_activity_it_belongs_to(portal: Emulator) -> None:
    pages_kit.add_card(portal, LAYOUT)
    ident = pages_kit.deal_id(portal)
    entry = portal.state.deal_timeline(ident)[0]
    assert timeline.options(entry) == {
        "ENTITY_ID": str(ident),
        "ASSOCIATED_ENTITY_ID": str(entry.activity_id),
        "ASSOCIATED_ENTITY_TYPE_ID": "6",
    }
    comment = portal.state.add_entry("comment", 2, ident, text="x")
    assert timeline.options(comment)["TIMELINE_ITEM_ID"] == str(comment.id)
    assert "ASSOCIATED_ENTITY_ID" not in timeline.options(comment)


def test_a_button_of_a_card_reaches_the_activitys_application(
    client: FlaskClient, portal: Emulator
) -> None:
    activity = pages_kit.add_card(portal, LAYOUT)
    answer = client.post(f"/-/activity/{activity.id}/action", json={"action": {"id": "remind"}})
    assert answer.json == {"sent": True}


def test_files_of_a_comment_can_be_downloaded(client: FlaskClient, portal: Emulator) -> None:
    stored = portal.state.add_file("signed.pdf", b"%PDF-1.7 sealed")
    ident = pages_kit.deal_id(portal)
    portal.state.add_entry("comment", 2, ident, text="Signed", file_ids=[stored.id])
    assert f"/-/file/{stored.id}/signed.pdf" in timeline_of(client, portal)
    answer = client.get(f"/-/file/{stored.id}/signed.pdf")
    assert answer.data == b"%PDF-1.7 sealed"
    assert answer.mimetype == "application/pdf"


def test_html_files_never_open_in_the_portal(client: FlaskClient, portal: Emulator) -> None:
    stored = portal.state.add_file("x.html", b"<script>1</script>", mime="text/html")
    answer = client.get(f"/-/file/{stored.id}/x.html")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_inbox_shows_one_mailbox_or_all(client: FlaskClient, portal: Emulator) -> None:
    first, second = (
        pages_kit.add_mail(portal),
        pages_kit.add_mail(portal, recipients=["Paul <paul@example.org>"]),
    )
    everything, one = client.get("/-/mails").text, client.get("/-/mails?box=paul@example.org").text
    assert f"mail-{first.id}" in everything
    assert f"mail-{second.id}" in everything
    assert f'data-testid="mail-{first.id}"' not in one
    assert f'data-testid="mail-{second.id}"' in one


def test_reading_a_mail_marks_it_read(client: FlaskClient, portal: Emulator) -> None:
    found = pages_kit.add_mail(portal)
    assert "unread" in client.get("/-/mails").text
    client.get(f"/inbox/?m={found.id}")
    assert found.read
    assert "unread" not in client.get("/-/mails").text


def test_a_mail_is_shown_without_scripts_and_its_links_leave(
    client: FlaskClient, portal: Emulator
) -> None:
    found = pages_kit.add_mail(
        portal, html="<script>1</script><a href='https://x.example.org'>x</a>"
    )
    answer = client.get(f"/-/mail/{found.id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert '<base target="_blank">' in answer.text


def test_pictures_inside_a_mail_are_shown(client: FlaskClient, portal: Emulator) -> None:
    message = EmailMessage()
    message.set_content("x")
    message.add_alternative("<img src='cid:logo'>", subtype="html")
    part = message.get_payload()[1]
    part.add_related(b"PNG", "image", "png", cid="<logo>")
    found = pages_kit.add_mail(portal, html="<img src='cid:logo'>", raw=bytes(message))
    assert "data:image/png;base64,UE5H" in client.get(f"/-/mail/{found.id}/html").text


def test_links_in_plain_text_end_before_the_full_stop() -> None:
    html = messages.linked("Read <it>: https://sign.example.org/s/1. Thanks")
    assert 'href="https://sign.example.org/s/1"' in html
    assert "&lt;it&gt;" in html


def test_the_phone_keeps_numbers_apart_and_knows_whose_they_are(
    client: FlaskClient, portal: Emulator
) -> None:
    state = portal.state
    contact = next(c for c in state.contacts.values() if c.first("PHONE"))
    for number, text in ((contact.first("PHONE"), "Code 123456"), ("+33199000999", "Other")):
        state.sms.append(Sms(text, number, text, "Studio", "", state.now()))
    page = client.get("/phone/", query_string={"n": contact.first("PHONE")}).text
    assert "Code 123456" in page
    assert contact.full_name in page
    assert 'data-testid="sms-1"' in page
    assert 'data-testid="sms-2"' not in page


def test_a_deleted_document_record_takes_the_document_along(
    client: FlaskClient, portal: Emulator
) -> None:
    ident = pages_kit.deal_id(portal)
    template = min(portal.state.templates)
    answer = client.post(f"/-/deal/{ident}/document", json={"template_id": template})
    document = answer.json["id"]
    entry = portal.state.deal_timeline(ident)[0]
    client.post(f"/-/timeline/{entry.id}/delete", json={})
    assert document not in portal.state.documents
    assert entry.id not in portal.state.timeline


def test_nothing_at_the_applications_address_gets_a_sentence(
    client: FlaskClient, portal: Emulator
) -> None:
    ident = pages_kit.only_app(portal).client_id
    client.post(f"/-/market/{ident}/install", json={})
    answer = client.post("/-/frame/open", json={"kind": "main", "client_id": ident})
    assert answer.status_code == 502
    assert answer.json["error"] == "Rien ne répond à l’adresse http://localhost:9."


def test_a_frame_belongs_to_who_opened_it(client: FlaskClient, portal: Emulator) -> None:
    ident = pages_kit.only_app(portal).client_id
    portal.engine.start_install(ident, 1)
    sid = portal.engine.open_placement(1, "DEFAULT").app_sid
    assert client.post(f"/-/frame/{sid}/init", json={}).status_code == 200
    client.post("/-/user", data={"user": "2"})
    assert client.post(f"/-/frame/{sid}/init", json={}).status_code == 404
    assert client.post(f"/-/frame/{sid}/refresh", json={}).status_code == 404
