"""Who signs for the client when a rule sends: the main contact, all, one by position, or a lead's person."""

from __future__ import annotations

import pytest

from app.actions import prepare
from app.errors import BadInput
from app.store import envelopes
from app.store.tables import Recipient, RobotCallRow
from tests.actions.prepare.test_prepare_for_rule import call, remembered
from tests.frame_kit import Portal

LEAD = 1


def people(portal: Portal, envelope_id: str) -> list[Recipient]:
    with portal.services.database.reading() as session:
        return envelopes.recipients(session, envelope_id)


def with_contacts(portal: Portal, *ids: int, deal: int = 3) -> None:
    portal.emulator.state.deals[deal].contact_ids = list(ids)


def test_all_contacts_are_asked_at_the_same_time_each_by_their_own_way(portal: Portal) -> None:
    layout = remembered(portal)
    with_contacts(portal, 1, 2)
    made = prepare.draft_for_rule(portal.services, call(portal, layout=layout.id, client="all"))
    ours, first, second = sorted(people(portal, made), key=lambda one: (one.order, one.role_key))
    assert [ours.role_key, first.role_key, second.role_key] == ["us", "client", "client2"]
    assert (first.contact_id, second.contact_id) == ("1", "2")
    assert first.order == second.order != ours.order
    assert first.email != second.email


def test_the_main_contact_alone_is_asked_unless_the_rule_says_otherwise(portal: Portal) -> None:
    layout = remembered(portal)
    with_contacts(portal, 2, 1)
    made = prepare.draft_for_rule(portal.services, call(portal, layout=layout.id))
    assert [one.contact_id for one in people(portal, made)] == ["", "2"]


def test_the_contact_with_the_position_signs_wherever_they_stand(portal: Portal) -> None:
    layout = remembered(portal)
    with_contacts(portal, 1, 2)
    portal.emulator.state.contacts[2].post = "Gérante associée"
    wish = {"layout": layout.id, "client": "position", "client_position": "gérante"}
    made = prepare.draft_for_rule(portal.services, call(portal, **wish))
    assert people(portal, made)[1].contact_id == "2"


def test_a_position_that_nobody_has_is_named_in_the_reason(portal: Portal) -> None:
    layout = remembered(portal)
    wish = {"layout": layout.id, "client": "position", "client_position": "capitaine"}
    with pytest.raises(BadInput, match="capitaine"):
        prepare.draft_for_rule(portal.services, call(portal, **wish))


def test_more_contacts_than_find_room_are_a_reason_not_a_surprise(portal: Portal) -> None:
    layout = remembered(portal)
    with_contacts(portal, 1, 2, 3, 4, 5)
    with pytest.raises(BadInput, match="5 contacts, and at most 4"):
        prepare.draft_for_rule(portal.services, call(portal, layout=layout.id, client="all"))


def test_a_lead_without_contacts_is_signed_by_the_person_it_is_about(portal: Portal) -> None:
    layout = remembered(portal)
    portal.emulator.state.items[(LEAD, 1)].fields["companyTitle"] = "Roche et filles"
    call_id = call(portal, deal="1", layout=layout.id)
    with portal.services.database.transaction() as session:
        session.get_one(RobotCallRow, call_id).entity_type_id = LEAD
    made = prepare.draft_for_rule(portal.services, call_id)
    theirs = people(portal, made)[1]
    assert (theirs.name, theirs.email) == ("Nina Roche", "nina.roche@example.org")
    assert (theirs.company, theirs.contact_id) == ("Roche et filles", "")
