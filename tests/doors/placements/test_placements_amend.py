"""On the way: an address corrected, a deadline moved, and what changed in the CRM since it was sent."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from uuid import uuid4

from sqlalchemy import select

from app.core.evidence import EventKind
from app.store import audit, drafts, envelopes
from app.store.tables import Delivery, Recipient
from tests.conftest import Clock
from tests.doors.placements.test_placements_wizard import draft, stored
from tests.frame_kit import DEAL, Frame, Portal, error_of, make_ready, send_now


def tab(portal: Portal) -> Frame:
    frame = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"})
    frame.page = frame.load()
    return frame


def sent(portal: Portal) -> str:
    _, envelope_id = draft(portal)
    make_ready(portal.services, envelope_id)
    send_now(portal.services, envelope_id)
    return envelope_id


def client_of(portal: Portal, envelope_id: str) -> Recipient:
    with portal.services.database.reading() as session:
        people = envelopes.recipients(session, envelope_id)
    return next(one for one in people if one.role_key == "client")


def events(portal: Portal, envelope_id: str) -> list[EventKind]:
    with portal.services.database.reading() as session:
        return [one.kind for one in audit.events(session, envelope_id)]


def invited(portal: Portal, envelope_id: str) -> Recipient:
    """Make it the client's turn, already called."""
    with portal.services.database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            person.order = 1
            person.state = "invited"
    return client_of(portal, envelope_id)


def test_a_corrected_address_is_called_at_once_and_written_in_the_trail(portal: Portal) -> None:
    envelope_id = sent(portal)
    person = invited(portal, envelope_id)
    url = f"/placements/tab/{envelope_id}/correct/{person.id}"
    values = {"channel": "email", "email": "ana@example.org", "key": uuid4().hex}
    assert tab(portal).post(url, **values).status_code == 200
    assert client_of(portal, envelope_id).email == "ana@example.org"
    assert EventKind.CORRECTED in events(portal, envelope_id)
    with portal.services.database.reading() as session:
        (made,) = session.execute(
            select(Delivery).where(Delivery.recipient_id == person.id)
        ).scalars()
    assert (made.address, made.purpose) == ("ana@example.org", "reminder")


def test_a_wrong_address_names_its_input_and_changes_nothing(portal: Portal) -> None:
    envelope_id = sent(portal)
    person = client_of(portal, envelope_id)
    url = f"/placements/tab/{envelope_id}/correct/{person.id}"
    refused = tab(portal).post(url, channel="email", email="ana@", key=uuid4().hex)
    assert error_of(refused)["field"] == "email"
    assert client_of(portal, envelope_id).email == person.email


def test_a_deadline_moves_to_a_later_day_only(portal: Portal, clock: Clock) -> None:
    envelope_id = sent(portal)
    before = stored(portal, envelope_id).deadline
    assert before
    url = f"/placements/tab/{envelope_id}/extend"
    frame = tab(portal)
    assert error_of(frame.post(url, until=before.date().isoformat()[:8]))["field"] == "until"
    assert error_of(frame.post(url, until="2020-01-01"))["field"] == "until"
    later = before.replace(month=before.month % 12 + 1, year=before.year + before.month // 12)
    assert frame.post(url, until=later.date().isoformat()).status_code == 200
    after = stored(portal, envelope_id).deadline
    assert after
    assert after.date() == later.date()
    assert EventKind.EXTENDED in events(portal, envelope_id)


def test_what_changed_in_the_crm_is_shown_and_sent_anew_in_one_step(portal: Portal) -> None:
    envelope_id = sent(portal)
    assert 'data-testid="changed"' not in tab(portal).page.text
    portal.emulator.state.deals[1].opportunity = Decimal("123456")
    frame = tab(portal)
    assert "montant" in re.findall(r'data-testid="changed">.*?</p>', frame.page.text, re.S)[0]
    assert stored(portal, envelope_id).changed == "amount"
    assert frame.post(f"/placements/tab/{envelope_id}/resend").status_code == 200
    assert stored(portal, envelope_id).status == "voided"
    with portal.services.database.reading() as session:
        found = drafts.shown_on_record(session, portal.who().portal_id, DEAL)
    assert sorted(one.status for one in found) == ["draft", "voided"]
    assert next(one for one in found if one.status == "draft").auto_send


def test_pressing_twice_sends_anew_once(portal: Portal) -> None:
    envelope_id = sent(portal)
    frame = tab(portal)
    for _ in range(2):
        assert frame.post(f"/placements/tab/{envelope_id}/resend").status_code == 200
    with portal.services.database.reading() as session:
        found = drafts.shown_on_record(session, portal.who().portal_id, DEAL)
    assert len(found) == 2


def test_what_was_declined_is_corrected_with_its_own_document_and_layout(portal: Portal) -> None:
    frame = portal.wizard()
    shown = re.search(r'name="source" value="(template:[^"]+)"(?! checked)', frame.html)
    assert shown
    _, envelope_id = draft(portal, source=shown[1])
    make_ready(portal.services, envelope_id)
    send_now(portal.services, envelope_id)
    with portal.services.database.transaction() as session:
        envelopes.lock(session, envelope_id).status = "declined"
    html = tab(portal).html
    again = re.search(r'data-href="([^"]*again=[^"]*)" data-testid="send-again"', html)
    assert again
    page = portal.wizard().get(unescape(again[1]))
    assert f'value="{shown[1]}" checked' in page.text
    assert re.search(r'name="layout_id" value="[0-9a-f]{32}"', page.text)
    assert (
        portal.wizard("2")
        .get("/placements/wizard/start?type=2&id=2&again=" + envelope_id)
        .status_code
        == 404
    )
