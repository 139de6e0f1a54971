"""The wizard in a frame: first screen, draft, review, sending; and everything that can be missing."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.evidence import EventKind
from app.store import audit, envelopes, layouts
from app.store.tables import Envelope
from tests.conftest import Clock
from tests.frame_kit import (
    DEAL,
    OTHER,
    Frame,
    Portal,
    envelope_of,
    error_of,
    make_ready,
    placed,
    send_now,
)

CREATE = "/placements/wizard/create"
TEMPLATE = re.compile(r'value="template:(\w+)"')


def choices(frame: Frame, **changes: str) -> dict[str, str]:
    """Return the form as the first screen fills it."""
    found = TEMPLATE.search(frame.html)
    assert found, frame.html
    return {
        "key": uuid4().hex,
        "source": f"template:{found[1]}",
        "our_user": "1",
        "contact": "1",
        "channel": "email",
        "needs_code": "yes",
        "first": "us",
        **changes,
    }


def draft(portal: Portal, **changes: str) -> tuple[Frame, str]:
    """Return a frame and the id of the draft made in it."""
    frame = portal.wizard()
    made = frame.post(CREATE, **choices(frame, **changes))
    assert made.status_code == 200, made.text
    return frame, envelope_of(made)


def stored(portal: Portal, envelope_id: str) -> Envelope:
    with portal.services.database.reading() as session:
        return envelopes.get(session, envelope_id)


def test_the_first_screen_shows_what_the_card_knows(portal: Portal) -> None:
    html = portal.wizard().html
    assert "Claire Verdier" in html
    assert "claire.verdier@example.com" in html
    assert "Hélène Marchand" in html
    assert 'data-testid="source-template-services_contract.fr"' in html


def test_nothing_of_the_record_is_shown_before_the_portal_showed_it_to_this_person(
    portal: Portal,
) -> None:
    frame = portal.open("CRM_DEAL_DOCUMENTGENERATOR_BUTTON", {"ENTITY_ID": "1"})
    assert "Oberkampf" not in frame.html
    assert "Verdier" not in frame.html


def test_a_record_the_portal_hides_from_this_person_is_refused(portal: Portal) -> None:
    frame = portal.open("CRM_DEAL_DOCUMENTGENERATOR_BUTTON", {"ENTITY_ID": "1"}, OTHER)
    portal.emulator.engine.faults.add("crm.item.get", "ACCESS_DENIED", times=None)
    refused = frame.load()
    assert refused.status_code in (403, 404, 422)
    assert "Verdier" not in refused.text


def test_a_record_of_another_id_than_asked_for_gets_no_pass(portal: Portal) -> None:
    frame = portal.wizard("1")
    made = frame.post(CREATE, **choices(frame))
    other = portal.wizard("2")
    assert other.get(f"/placements/wizard/{envelope_of(made)}/progress").status_code == 404


def test_calls_without_a_ticket_are_refused(portal: Portal) -> None:
    frame = portal.wizard()
    frame.ticket = "forged"
    assert frame.post(CREATE, key=uuid4().hex).status_code == 403


def test_calls_without_the_records_pass_are_refused(portal: Portal) -> None:
    frame = portal.wizard()
    frame.record_pass = "forged"
    assert frame.post(CREATE, **choices(frame)).status_code == 403


def test_a_pass_of_a_colleague_is_worth_nothing(portal: Portal) -> None:
    mine, theirs = portal.wizard(), portal.wizard(user=OTHER)
    theirs.record_pass = mine.record_pass
    assert theirs.post(CREATE, **choices(mine)).status_code == 403


def test_an_old_pass_is_checked_with_the_portal_again(portal: Portal, clock: Clock) -> None:
    frame, envelope_id = draft(portal)
    before, url = frame.record_pass, f"/placements/wizard/{envelope_id}/progress"
    clock.pass_by(minutes=6)
    assert frame.get(url).status_code == 200
    assert frame.record_pass == before
    clock.pass_by(minutes=6)
    assert frame.get(url).status_code == 200
    assert frame.record_pass != before
    portal.emulator.engine.faults.add("crm.item.get", "ACCESS_DENIED", times=None)
    clock.pass_by(minutes=6)
    assert frame.get(url).status_code == 200
    clock.pass_by(minutes=6)
    assert frame.get(url).status_code != 200


def test_a_draft_holds_what_was_chosen(portal: Portal) -> None:
    _, envelope_id = draft(portal, first="client", channel="sms", message="With our thanks")
    envelope = stored(portal, envelope_id)
    with portal.services.database.reading() as session:
        people = envelopes.recipients(session, envelope_id)
        events = audit.events(session, envelope_id)
    assert (envelope.status, envelope.prepare_state) == ("draft", "waiting")
    assert envelope.message == "With our thanks"
    assert envelope.number == "P-2026-000001"
    assert [(p.role_key, p.order, p.channel) for p in people] == [
        ("client", 1, "sms"),
        ("us", 2, "email"),
    ]
    assert people[0].phone.startswith("+331990")
    assert people[1].portal_user_id == "1"
    assert [event.kind for event in events] == [EventKind.CREATED]


def test_the_same_key_twice_makes_one_draft(portal: Portal) -> None:
    frame = portal.wizard()
    form = choices(frame)
    first, second = frame.post(CREATE, **form), frame.post(CREATE, **form)
    assert envelope_of(first) == envelope_of(second)
    with portal.services.database.reading() as session:
        assert session.execute(select(func.count(Envelope.id))).scalar_one() == 1


def test_going_back_and_preparing_again_leaves_one_draft(portal: Portal) -> None:
    frame, first = draft(portal)
    again = frame.post(CREATE, **choices(portal.wizard(), replaces=first))
    assert stored(portal, first).status == "voided"
    assert stored(portal, envelope_of(again)).status == "draft"


def test_a_sent_document_is_never_replaced(portal: Portal) -> None:
    frame, first = draft(portal)
    make_ready(portal.services, first)
    send_now(portal.services, first)
    frame.post(CREATE, **choices(portal.wizard(), replaces=first))
    assert stored(portal, first).status == "sent"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": "template:unknown"}, "source"),
        ({"source": "portal_document:999"}, "source"),
        ({"source": ""}, "source"),
        ({"our_user": "99"}, "our_user"),
        ({"contact": ""}, "name"),
        ({"email": "not an address"}, "email"),
        ({"channel": "sms", "phone": "12"}, "phone"),
        ({"message": "x" * 2001}, "message"),
    ],
)
def test_what_must_be_corrected_is_named(
    portal: Portal, changes: dict[str, str], field: str
) -> None:
    frame = portal.wizard()
    refused = frame.post(CREATE, **choices(frame, **changes))
    assert refused.status_code == 422
    assert error_of(refused)["field"] == field
    assert error_of(refused)["error"].endswith(".")


def test_a_contact_without_addresses_is_asked_for_one_and_then_sent(portal: Portal) -> None:
    frame = portal.wizard("5")
    form = choices(frame, contact="5")
    refused = frame.post(CREATE, **form)
    assert error_of(refused)["field"] == "email"
    made = frame.post(CREATE, **{**form, "email": "yann@example.org"})
    with portal.services.database.reading() as session:
        people = envelopes.recipients(session, envelope_of(made))
    assert [p.email for p in people if p.role_key == "client"] == ["yann@example.org"]


def test_a_card_without_contact_takes_a_typed_name(portal: Portal) -> None:
    portal.emulator.state.deals[1].contact_ids = []
    portal.emulator.state.deals[1].company_id = 0
    frame = portal.wizard()
    assert 'data-testid="contact-name"' in frame.html
    typed = choices(frame, contact="", name="Nadia Exemple", email="nadia@example.org")
    made = frame.post(CREATE, **typed)
    with portal.services.database.reading() as session:
        people = envelopes.recipients(session, envelope_of(made))
    assert [p.name for p in people if p.role_key == "client"] == ["Nadia Exemple"]


def test_while_it_is_printed_the_page_asks_again(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    waiting = frame.get(f"/placements/wizard/{envelope_id}/progress")
    assert f'data-poll="/placements/wizard/{envelope_id}/progress"' in waiting.text


def test_a_failed_document_says_why_and_keeps_the_choices(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    with portal.services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        row.prepare_state, row.prepare_error = "failed", "The document has no pages."
    shown = frame.get(f"/placements/wizard/{envelope_id}/progress").text
    assert "The document has no pages." in shown or "page" in shown
    assert "data-back" in shown
    assert "data-poll" not in shown


def test_the_review_shows_pages_fields_and_send(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    document_id = make_ready(portal.services, envelope_id)
    shown = frame.get(f"/placements/wizard/{envelope_id}/progress").text
    assert 'data-testid="page-2"' in shown
    assert "us-signature-1" in shown
    picture = frame.get(f"/placements/wizard/{envelope_id}/pages/{document_id}/1")
    assert picture.mimetype == "image/webp"
    assert picture.data[:4] == b"RIFF"
    missing = frame.get(f"/placements/wizard/{envelope_id}/pages/{document_id}/2")
    assert missing.status_code == 404


def test_placed_fields_are_kept_with_the_words_around_them(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    document_id = make_ready(portal.services, envelope_id, signatures=False)
    url = f"/placements/wizard/{envelope_id}/fields"
    saved = frame.post_json(url, {"fields": [placed(document_id, y=0.16)]})
    assert saved.json == {"saved": 1}
    with portal.services.database.reading() as session:
        (row,) = envelopes.fields(session, envelope_id)
    assert (row.role, row.kind, row.from_tag) == ("client", "signature", False)
    assert row.anchor
    assert row.anchor["before"] or row.anchor["after"]


@pytest.mark.parametrize(
    "changes",
    [
        {"page": 7},
        {"x": 0.9, "w": 0.3},
        {"w": 0},
        {"x": "nan"},
        {"role": "stranger"},
        {"kind": "cheque"},
        {"document": "f" * 32},
    ],
)
def test_a_field_that_cannot_be_is_refused(portal: Portal, changes: dict[str, object]) -> None:
    frame, envelope_id = draft(portal)
    document_id = make_ready(portal.services, envelope_id)
    url = f"/placements/wizard/{envelope_id}/fields"
    refused = frame.post_json(url, {"fields": [placed(document_id, **changes)]})
    assert refused.status_code in (404, 422)
    with portal.services.database.reading() as session:
        assert len(envelopes.fields(session, envelope_id)) == 2


@pytest.mark.parametrize("body", [None, [], {"fields": "x"}, {"fields": [1]}, {"fields": [{}]}])
def test_a_body_that_is_no_list_of_fields_is_refused(portal: Portal, body: object) -> None:
    frame, envelope_id = draft(portal)
    make_ready(portal.services, envelope_id)
    refused = frame.post_json(f"/placements/wizard/{envelope_id}/fields", body)
    assert refused.status_code == 422


def test_fields_stay_as_they_are_once_it_is_sent(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    document_id = make_ready(portal.services, envelope_id)
    send_now(portal.services, envelope_id)
    url = f"/placements/wizard/{envelope_id}/fields"
    assert frame.post_json(url, {"fields": [placed(document_id)]}).status_code == 409


def test_sending_twice_sends_once_and_offers_to_sign_now(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    make_ready(portal.services, envelope_id)
    first = frame.post(f"/placements/wizard/{envelope_id}/send")
    second = frame.post(f"/placements/wizard/{envelope_id}/send")
    assert 'data-testid="sign-now"' in first.text
    assert 'data-testid="sent"' in second.text
    with portal.services.database.reading() as session:
        kinds = [event.kind for event in audit.events(session, envelope_id)]
    assert kinds.count(EventKind.SENT) == 1


def test_a_signer_without_a_place_stops_the_sending(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    make_ready(portal.services, envelope_id, signatures=False)
    refused = frame.post(f"/placements/wizard/{envelope_id}/send")
    assert refused.status_code == 422
    assert "Hélène Marchand" in error_of(refused)["error"]
    assert stored(portal, envelope_id).status == "draft"


def test_a_document_that_is_not_printed_yet_is_not_sent(portal: Portal) -> None:
    frame, envelope_id = draft(portal)
    assert frame.post(f"/placements/wizard/{envelope_id}/send").status_code == 409


def sent_layout(portal: Portal, **changes: str) -> str:
    """Send one document from deal 1 and return the layout it left."""
    _, envelope_id = draft(portal, **changes)
    make_ready(portal.services, envelope_id)
    send_now(portal.services, envelope_id)
    with portal.services.database.reading() as session:
        (row,) = layouts.used_last(session, portal.who().portal_id)
        return row.id


def test_the_second_time_the_layout_is_offered_on_another_card(portal: Portal) -> None:
    layout_id = sent_layout(portal, message="Kind regards")
    html = portal.wizard("3").html
    assert 'data-testid="use-layout"' in html
    assert layout_id in html
    assert "Oberkampf" in html


def test_use_this_layout_is_one_click_that_asks_for_sending_at_once(portal: Portal) -> None:
    layout_id = sent_layout(portal, message="Kind regards", first="client")
    frame = portal.wizard("3")
    made = frame.post(CREATE, key=uuid4().hex, layout_id=layout_id, at_once="yes")
    envelope = stored(portal, envelope_of(made))
    with portal.services.database.reading() as session:
        people = envelopes.recipients(session, envelope.id)
    assert envelope.auto_send
    assert envelope.entity_id == "3"
    assert envelope.message == ""
    assert [(p.role_key, p.name) for p in people] == [
        ("client", "Inès Garnier"),
        ("us", "Hélène Marchand"),
    ]


def test_the_fields_placed_last_time_are_placed_again_without_asking_for_it(portal: Portal) -> None:
    layout_id = sent_layout(portal)
    _, again = draft(portal)
    assert stored(portal, again).layout_id == layout_id


def test_the_fields_of_another_document_type_stay_away(portal: Portal) -> None:
    layout_id = sent_layout(portal)
    frame = portal.wizard("3")
    other = re.findall(r'value="(portal_template:\w+)"', frame.html)[0]
    made = frame.post(CREATE, **choices(frame, contact="3", source=other, layout_id=layout_id))
    assert stored(portal, envelope_of(made)).layout_id == ""


def test_a_layout_on_a_card_that_lacks_something_asks_instead_of_sending(portal: Portal) -> None:
    layout_id = sent_layout(portal)
    html = portal.wizard("5").html
    assert 'data-testid="use-layout"' not in html
    assert 'data-testid="fill-layout"' in html
    frame = portal.wizard("5")
    refused = frame.post(CREATE, key=uuid4().hex, layout_id=layout_id, at_once="yes")
    assert error_of(refused)["field"] == "email"


def test_a_layout_of_another_portal_is_not_found(portal: Portal) -> None:
    frame = portal.wizard()
    refused = frame.post(CREATE, key=uuid4().hex, layout_id="f" * 32, at_once="yes")
    assert error_of(refused)["field"] == "source"


def test_a_document_of_the_timeline_is_chosen_when_its_record_was_clicked(portal: Portal) -> None:
    who = portal.who()
    client = portal.services.portals.client(who.portal_id, who.user_id)
    add = {"templateId": 1, "entityTypeId": 2, "entityId": 1}
    made = client.call("crm.documentgenerator.document.add", add)["document"]["id"]
    wanted = {"filter": {"OWNER_TYPE_ID": 2, "OWNER_ID": 1, "PROVIDER_ID": "CRM_DOCUMENT"}}
    activity = client.call("crm.activity.list", wanted)[0]["ID"]
    options = {
        "ENTITY_ID": "1",
        "ASSOCIATED_ENTITY_ID": str(activity),
        "ASSOCIATED_ENTITY_TYPE_ID": "6",
    }
    frame = portal.open("CRM_DEAL_ACTIVITY_TIMELINE_MENU", options)
    html = frame.load().text
    assert re.search(rf'value="portal_document:{made}" checked', html)


def test_a_frame_opened_without_a_record_says_what_to_do(portal: Portal) -> None:
    frame = portal.open("CRM_DEAL_DOCUMENTGENERATOR_BUTTON", {})
    assert frame.page.status_code == 422


def test_every_address_of_a_widget_answers_head(portal: Portal) -> None:
    client = portal.app.test_client()
    for path in services_paths(portal):
        assert client.head(path).status_code == 200, path


def services_paths(portal: Portal) -> list[str]:
    manifest = portal.services.manifest
    return [path for path in manifest.paths if path.startswith("/placements/")]


def test_a_person_of_one_record_cannot_reach_another_records_envelope(portal: Portal) -> None:
    _, envelope_id = draft(portal)
    make_ready(portal.services, envelope_id)
    other = portal.wizard("2")
    for method, path in (
        ("GET", "progress"),
        ("POST", "send"),
        ("POST", "fields"),
    ):
        url = f"/placements/wizard/{envelope_id}/{path}"
        options = {"json": {"fields": []}} if path == "fields" else {}
        assert other.call(method, url, **options).status_code == 404
    assert stored(portal, envelope_id).status == "draft"
    assert stored(portal, envelope_id).entity_id == DEAL.entity_id
