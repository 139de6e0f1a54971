"""The wizard takes people at their word: what they cleared, brought, looked at and wrote to one client."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.store import deliveries, envelopes, layouts
from tests.conftest import Clock
from tests.doors.placements.test_placements_wizard import CREATE, choices, draft, stored
from tests.frame_kit import OTHER, SELLER, Portal, envelope_of, error_of, make_ready, send_now


@pytest.mark.parametrize("state", ["refused:", "checking:"])
def test_a_file_that_was_refused_stops_the_wizard(portal: Portal, state: str) -> None:
    frame = portal.wizard()
    refused = frame.post(CREATE, **choices(frame, source=state))
    assert refused.status_code == 422
    assert error_of(refused)["field"] == "file"


@pytest.mark.parametrize(("channel", "field"), [("email", "email"), ("sms", "phone")])
def test_an_address_that_was_cleared_is_not_taken_from_the_crm(
    portal: Portal, channel: str, field: str
) -> None:
    frame = portal.wizard()
    refused = frame.post(CREATE, **choices(frame, channel=channel, **{field: ""}))
    assert refused.status_code == 422
    assert error_of(refused)["field"] == field


def test_previews_leave_no_hole_among_the_numbers(portal: Portal) -> None:
    frame, first = draft(portal)
    again = envelope_of(frame.post(CREATE, **choices(portal.wizard(), replaces=first)))
    assert stored(portal, again).number == "P-2026-000001"
    make_ready(portal.services, again)
    send_now(portal.services, again)
    _, other = draft(portal)
    assert stored(portal, other).number == "P-2026-000002"
    assert stored(portal, again).number == "P-2026-000001"


def test_a_second_look_replaces_the_first_though_the_window_was_closed(portal: Portal) -> None:
    _, first = draft(portal)
    _, second = draft(portal)
    assert stored(portal, first).status == "voided"
    assert stored(portal, second).status == "draft"


def test_a_draft_somebody_worked_on_stays(portal: Portal) -> None:
    _, first = draft(portal)
    make_ready(portal.services, first)
    with portal.services.database.transaction() as session:
        envelopes.fields(session, first)[0].from_tag = False
    draft(portal)
    assert stored(portal, first).status == "draft"


def test_two_presses_of_remind_within_a_moment_write_once(portal: Portal, clock: Clock) -> None:
    frame, envelope_id = draft(portal, first="client")
    make_ready(portal.services, envelope_id)
    send_now(portal.services, envelope_id)
    url = f"/placements/tab/{envelope_id}/remind"
    for _ in range(2):
        assert frame.post(url, key=uuid4().hex).status_code == 200
    assert reminders(portal, envelope_id) == 1
    clock.pass_by(minutes=6)
    frame.post(url, key=uuid4().hex)
    assert reminders(portal, envelope_id) == 2


def reminders(portal: Portal, envelope_id: str) -> int:
    with portal.services.database.reading() as session:
        sent = deliveries.of_envelope(session, envelope_id)
    return [one.purpose for one in sent].count("reminder")


def sent_by(portal: Portal, user: int, deal: str, **changes: str) -> None:
    frame = portal.wizard(deal, user=user)
    made = envelope_of(frame.post(CREATE, **choices(frame, **changes)))
    make_ready(portal.services, made)
    send_now(portal.services, made)


def test_the_layout_of_this_client_comes_before_anybodys_last_one(
    portal: Portal, clock: Clock
) -> None:
    sent_by(portal, SELLER, "1", channel="email")
    clock.pass_by(minutes=1)
    sent_by(portal, OTHER, "3", contact="3", channel="sms")
    with portal.services.database.reading() as session:
        who = portal.who(SELLER)
        rows = {
            contact: layouts.used_last(
                session, who.portal_id, taste=layouts.Taste(who.user_id, (contact,)), limit=1
            )
            for contact in ("1", "3", "9")
        }
    of = {contact: layouts.read(found[0]).roles for contact, found in rows.items()}
    channels = {c: next(r.channel for r in roles if r.key == "client") for c, roles in of.items()}
    assert channels == {"1": "email", "3": "sms", "9": "email"}


def test_a_note_to_one_client_is_not_proposed_to_the_next(portal: Portal) -> None:
    sent_by(portal, SELLER, "1", message="Dear Claire")
    assert "Dear Claire" not in portal.wizard("3", user=SELLER).html


def test_an_english_client_is_not_offered_the_french_text_at_once(portal: Portal) -> None:
    frame = portal.wizard("1", user=SELLER)
    french = choices_of_template(frame.html, "services_contract.fr")
    sent_by(portal, SELLER, "1", source=french)
    html = portal.wizard("4", user=SELLER).html
    assert 'data-testid="use-layout"' not in html
    assert 'data-testid="other-layout"' in html
    english = choices_of_template(html, "services_contract.en")
    assert f'value="{english}" checked' in html
    assert 'data-testid="use-layout"' in portal.wizard("3", user=SELLER).html


def choices_of_template(html: str, slug: str) -> str:
    """Return the value of a template's tile."""
    tile = html.split(f'data-testid="source-template-{slug}"')[1]
    return tile.split('value="')[1].split('"')[0]
