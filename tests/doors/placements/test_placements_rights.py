"""What a person may not see or do in the CRM, our frames neither show nor do."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.doors.placements.test_placements_tray import home, sent
from tests.doors.placements.test_placements_wizard import CREATE, choices
from tests.frame_kit import DIRECTOR, SELLER, Portal, envelope_of

FOREIGN = "3"
"""A deal of somebody else."""


@pytest.fixture
def restricted(portal: Portal) -> Portal:
    """A portal where the seller sees only their own records."""
    portal.emulator.state.users[SELLER].own_only = True
    portal.emulator.state.deals[3].assigned_by_id = DIRECTOR
    return portal


def test_neither_wizard_nor_tab_opens_on_a_hidden_record(restricted: Portal) -> None:
    for code, options in (
        ("CRM_DEAL_DOCUMENTGENERATOR_BUTTON", {"ENTITY_ID": FOREIGN}),
        ("CRM_DEAL_DETAIL_TAB", {"ID": FOREIGN}),
    ):
        refused = restricted.open(code, options, SELLER).load()
        assert refused.status_code in (403, 404, 422)
        assert "Garnier" not in refused.text


def test_nothing_is_done_on_a_hidden_record_with_a_pass_of_another(restricted: Portal) -> None:
    envelope_id = sent(restricted, FOREIGN, user=DIRECTOR)
    frame = restricted.wizard("1", user=SELLER)
    for path in ("remind", "void", "throw-away", "sign", "resend"):
        url = f"/placements/tab/{envelope_id}/{path}"
        assert frame.post(url, key=uuid4().hex, reason="x").status_code in (403, 404), path


def test_documents_of_hidden_records_stay_off_the_main_page(restricted: Portal) -> None:
    sent(restricted, FOREIGN, user=DIRECTOR, our_user="1")
    page = home(restricted, SELLER)
    assert 'data-testid="envelope"' not in page.html
    listed = page.call("GET", "/placements/home/list", query_string={"words": "Garnier"})
    assert 'data-testid="envelope"' not in listed.text


def test_the_contact_is_written_with_the_persons_own_rights(portal: Portal) -> None:
    frame = portal.wizard("5", user=SELLER)
    form = choices(frame, contact="5", email="yann@example.org", keep_contact="yes")
    kept = frame.post(CREATE, **form)
    assert "data-toast" in kept.text
    contact = portal.emulator.state.contacts[5]
    assert "yann@example.org" in [one.value for one in contact.fm]
    calls = [c for c in portal.emulator.state.rest_log if c.method == "crm.item.update"]
    assert {c.user_id for c in calls} == {SELLER}


def test_a_contact_that_may_not_be_changed_stays_and_the_document_goes_on(portal: Portal) -> None:
    portal.emulator.engine.faults.add("crm.item.update", "ACCESS_DENIED", times=None)
    frame = portal.wizard("5")
    form = choices(frame, contact="5", email="yann@example.org", keep_contact="yes")
    made = frame.post(CREATE, **form)
    assert made.status_code == 200
    assert envelope_of(made)
    assert "modifier le contact" in made.text


def test_without_the_tick_the_contact_is_left_alone(portal: Portal) -> None:
    frame = portal.wizard("5")
    frame.post(CREATE, **choices(frame, contact="5", email="yann@example.org"))
    assert not [c for c in portal.emulator.state.rest_log if c.method == "crm.item.update"]
