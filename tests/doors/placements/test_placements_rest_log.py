"""The page of the portal's connection: for its administrator, page by page, without names and secrets."""

from __future__ import annotations

import pytest

from app.errors import PortalRefused
from app.store import installations
from tests.frame_kit import SELLER, Portal

PAGE = "/placements/rest-log/start"


@pytest.fixture(autouse=True)
def in_english(portal: Portal) -> None:
    portal.emulator.state.users[1].lang = "en"


def test_an_administrator_reads_every_call_of_the_portal(portal: Portal) -> None:
    frame = portal.open("DEFAULT", {})
    assert 'data-testid="open-rest-log"' in frame.load().text
    page = frame.get(PAGE).text
    assert "placement.bind" in page
    assert "user.admin" in page
    assert "Background work" in page
    assert "Employee 1" in page


def test_an_employee_sees_neither_the_button_nor_the_page(portal: Portal) -> None:
    frame = portal.open("DEFAULT", {}, SELLER)
    assert 'data-testid="open-rest-log"' not in frame.load().text
    assert frame.get(PAGE).status_code == 403


def test_failed_calls_stand_alone_on_demand(portal: Portal) -> None:
    frame = portal.open("DEFAULT", {})
    assert 'data-testid="log-call"' not in frame.get(f"{PAGE}?failed=1").text
    portal.emulator.engine.faults.add("crm.item.get", "ACCESS_DENIED")
    with pytest.raises(PortalRefused):
        portal.services.portals.client(portal.who().portal_id).call("crm.item.get", {"id": 1})
    page = frame.get(f"{PAGE}?failed=1").text
    assert page.count('data-testid="log-call"') == 1
    assert "ACCESS_DENIED" in page


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 40])
def test_an_odd_page_number_is_the_first_page(portal: Portal, before: str) -> None:
    frame = portal.open("DEFAULT", {})
    assert frame.get(f"{PAGE}?before={before}").status_code == 200


def test_what_an_administrator_should_know_stands_on_top(portal: Portal) -> None:
    with portal.services.database.transaction() as session:
        installations.get(session, portal.who().portal_id).notice = "ADMIN_REPLACED"
    page = portal.open("DEFAULT", {}).get(PAGE).text
    assert "now acts as another one" in page
