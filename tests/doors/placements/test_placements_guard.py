"""The change guard while no tab is open: the portal's hint, the record as its sender sees it, the card."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.actions import card, change_guard
from app.crm.doors import PortalEvent
from tests.doors.attacks.test_forged_calls import event
from tests.doors.placements.test_placements_tray import sent
from tests.doors.placements.test_placements_wizard import stored
from tests.frame_kit import DIRECTOR, SELLER, Portal


def hint(name: str, **fields: str) -> PortalEvent:
    return PortalEvent(name, "m", "t", {"FIELDS": fields})


def asked(portal: Portal, arrived: PortalEvent) -> int:
    return change_guard.take(portal.services, portal.who().portal_id, arrived)


def cards(portal: Portal) -> str:
    return str([one.layout for one in portal.emulator.state.activities.values() if one.layout])


def test_a_changed_amount_reaches_the_card_though_no_tab_is_open(portal: Portal) -> None:
    envelope_id = sent(portal, user=DIRECTOR)
    card.show_card(portal.services, envelope_id, holder="first")
    assert "montant" not in cards(portal)
    portal.emulator.state.deals[1].opportunity = Decimal("123456")
    assert event(portal, "ONCRMDEALUPDATE", **{"FIELDS][ID": "1"}) == 200
    assert asked(portal, hint("ONCRMDEALUPDATE", ID="1")) == 1
    assert change_guard.recheck(portal.services, envelope_id) == "amount"
    card.refresh_card(portal.services, envelope_id, holder="second")
    assert "montant" in cards(portal)
    assert stored(portal, envelope_id).changed == "amount"


def test_what_is_as_before_again_is_said_no_more(portal: Portal) -> None:
    envelope_id = sent(portal, user=DIRECTOR)
    deal = portal.emulator.state.deals[1]
    before, deal.opportunity = deal.opportunity, Decimal("5")
    assert change_guard.recheck(portal.services, envelope_id) == "amount"
    deal.opportunity = before
    assert change_guard.recheck(portal.services, envelope_id) == ""
    assert stored(portal, envelope_id).changed == ""


@pytest.mark.parametrize(
    ("arrived", "count"),
    [
        (hint("ONCRMDEALUPDATE", ID="1"), 1),
        (hint("ONCRMDEALUPDATE", ID="2"), 0),
        (hint("ONCRMLEADUPDATE", ID="1"), 0),
        (hint("ONCRMCONTACTUPDATE", ID="1"), 1),
        (hint("ONCRMCONTACTUPDATE", ID="3"), 0),
        (hint("ONCRMDYNAMICITEMUPDATE", ID="1", ENTITY_TYPE_ID="2"), 1),
        (hint("ONCRMDYNAMICITEMUPDATE", ID="1"), 0),
        (hint("ONCRMDEALUPDATE", ID="1 OR 1"), 0),
        (hint("ONCRMDEALUPDATE"), 0),
    ],
)
def test_only_what_is_under_way_about_the_record_is_looked_at(
    one_sent: Portal, arrived: PortalEvent, count: int
) -> None:
    assert asked(one_sent, arrived) == count


@pytest.fixture
def one_sent(portal: Portal) -> Portal:
    sent(portal, user=DIRECTOR)
    return portal


def test_a_colleague_who_sees_less_changes_nothing(portal: Portal) -> None:
    envelope_id = sent(portal, user=DIRECTOR)
    portal.emulator.engine.faults.add("crm.requisite.list", "ACCESS_DENIED", times=None)
    assert portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER).load().status_code == 200
    assert stored(portal, envelope_id).changed == ""


def test_a_sender_who_may_not_see_the_record_any_more_tells_nothing(portal: Portal) -> None:
    envelope_id = sent(portal, "3", user=SELLER)
    portal.emulator.state.deals[3].opportunity = Decimal("7")
    portal.emulator.state.users[SELLER].own_only = True
    portal.emulator.state.deals[3].assigned_by_id = DIRECTOR
    assert change_guard.recheck(portal.services, envelope_id) == ""
