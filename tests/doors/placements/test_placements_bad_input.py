"""What can be wrong with a card: a sentence at its place, and the next step works."""

from __future__ import annotations

import json
import re

from app.store import envelopes
from tests.doors.placements.test_placements_wizard import CREATE, choices
from tests.frame_kit import Portal, envelope_of, error_of


def test_two_contacts_with_one_address_are_pointed_out_and_kept_apart(portal: Portal) -> None:
    state = portal.emulator.state
    state.deals[1].contact_ids = [1, 3]
    state.contacts[3].fm = [*state.contacts[1].fm]
    frame = portal.wizard()
    people = json.loads(re.findall(r"data-people>(.*?)</script>", frame.html, re.S)[0])
    assert {one["id"]: one["shared_with"] for one in people} == {
        "1": people[1]["name"],
        "3": people[0]["name"],
    }
    made = envelope_of(frame.post(CREATE, **choices(frame, contact="3")))
    with portal.services.database.reading() as session:
        signers = envelopes.recipients(session, made)
    assert [p.contact_id for p in signers if p.role_key == "client"] == ["3"]


def test_a_card_without_a_company_of_ours_still_opens_and_prepares(portal: Portal) -> None:
    for company in portal.emulator.state.companies.values():
        company.is_my_company = False
    frame = portal.wizard()
    assert frame.post(CREATE, **choices(frame)).status_code == 200


def test_a_document_deleted_meanwhile_is_said_at_its_tile(portal: Portal) -> None:
    who = portal.who()
    client = portal.services.portals.client(who.portal_id, who.user_id)
    add = {"templateId": 1, "entityTypeId": 2, "entityId": 1}
    made = client.call("crm.documentgenerator.document.add", add)["document"]["id"]
    frame = portal.wizard()
    assert f"portal_document:{made}" in frame.html
    client.call("crm.documentgenerator.document.delete", {"id": made})
    refused = frame.post(CREATE, **choices(frame, source=f"portal_document:{made}"))
    assert refused.status_code == 422
    assert error_of(refused)["field"] == "source"
    assert frame.post(CREATE, **choices(frame)).status_code == 200


def test_a_portal_that_is_away_is_said_and_the_same_form_goes_through_later(portal: Portal) -> None:
    frame = portal.wizard()
    form = choices(frame)
    portal.emulator.engine.faults.add("batch", "INTERNAL_SERVER_ERROR", times=None, status=503)
    refused = frame.post(CREATE, **form)
    assert refused.status_code in (502, 503)
    assert error_of(refused)["error"]
    portal.emulator.engine.faults.clear()
    assert frame.post(CREATE, **form).status_code == 200
