"""Rules besides sending, end to end: leave, remind, void, wait; and what a manager hears of a failure."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import automation
from emulator.demo_deals import FRAMEWORK
from emulator.state import AutomationRule, RobotRun
from tests.journeys.hands import Signer, link_to
from tests.journeys.kit import Scene, until
from tests.journeys.story import DEAL_ID, DIRECTOR, send_by_rule

pytestmark = pytest.mark.journey
QUOTE, INVOICE, LEAD = 7, 31, 1
MARC = 6
"""A contact who has an e-mail address."""


def run(
    scene: Scene, code: str, record: tuple[int, int] = (2, DEAL_ID), **properties: str
) -> RobotRun:
    """Let a rule run on a record; return its run once it is answered."""
    started = start(scene, code, record, properties)
    until(f"the answer of {code}", lambda: started.status == "completed")
    return started


def start(scene: Scene, code: str, record: tuple[int, int], values: dict[str, Any]) -> RobotRun:
    state = scene.portal.state
    client_id = next(iter(state.installations))
    rule = AutomationRule(state.next_id("rule"), "", code, client_id, values)
    return automation.start_on(scene.portal.engine, rule, record)


def test_what_is_out_is_left_reminded_waited_for_and_voided(stage: Scene, layout: str) -> None:
    stage.worker.start()
    story, waiting = send_by_rule(stage, layout)
    until("it is sent", lambda: story.envelope.status == "sent")
    again = run(stage, "paraph_send", layout=layout)
    assert again.return_values["status"] == "already_out"
    assert again.return_values["envelope_number"] == story.envelope.number
    reminded = run(stage, "paraph_remind")
    assert reminded.return_values["envelope_number"] == story.envelope.number
    wait = start(stage, "paraph_wait", (2, DEAL_ID), {"days": "5"})
    until("a line in the waiting rule's log", lambda: wait.log)
    assert wait.status == "waiting"
    ended = run(stage, "paraph_void", reason="Trop tard")
    assert ended.return_values["status"] == "voided"
    assert story.envelope.status == "voided"
    for one in (waiting, wait):
        until("the rules that waited go on", lambda one=one: one.status == "completed")
        assert one.return_values["status"] == "voided"
        assert one.return_values["reason"] == "Trop tard"
    nothing = run(stage, "paraph_void_activity")
    assert nothing.return_values["status"] == "none"


def test_a_rule_replaces_what_is_out(stage: Scene, layout: str) -> None:
    stage.worker.start()
    first = run(stage, "paraph_send", layout=layout).return_values
    second = run(stage, "paraph_send", layout=layout, if_open="replace").return_values
    third = run(stage, "paraph_send", layout=layout, if_open="another").return_values
    assert [one["status"] for one in (first, second, third)] == ["sent"] * 3
    assert len({one["envelope_number"] for one in (first, second, third)}) == 3
    ended = run(stage, "paraph_void").return_values
    assert ended["count"] == "2"


def test_a_failure_is_told_in_the_portals_language_and_becomes_a_task(
    stage: Scene, layout: str
) -> None:
    stage.worker.start()
    state = stage.portal.state
    state.deals[DEAL_ID].assigned_by_id = 3
    for properties in (
        {"layout": "7. Gone"},
        {"layout": layout, "our_signer": "user_99"},
        {"layout": ""},
    ):
        told = run(stage, "paraph_send", **properties).return_values
        assert told["status"] == "failed"
        assert "règle" in told["reason"]
        assert told["error"] == told["reason"]
    until("a task for each", lambda: len(tasks(stage)) == 3)
    gone = run(stage, "paraph_send", (1999, 4), layout=layout).return_values
    assert gone["status"] == "failed"


def tasks(scene: Scene) -> list[int]:
    with scene.portal.state.lock:
        found = list(scene.portal.state.activities.values())
    return [one.id for one in found if one.provider_id == "CRM_TODO" and one.owner_id == DEAL_ID]


@pytest.mark.parametrize("kind", [LEAD, QUOTE, INVOICE, FRAMEWORK])
def test_a_rule_sends_for_every_kind_of_record(stage: Scene, layout: str, kind: int) -> None:
    stage.worker.start()
    items = stage.portal.state.items
    one = next(item for item in items.values() if item.entity_type_id == kind)
    told = run(stage, "paraph_send", (kind, one.id), layout=layout).return_values
    assert told["status"] == "sent", told
    assert told["link"].endswith(f"/details/{one.id}/")


def test_all_contacts_sign_one_document_each_in_a_place_of_their_own(
    stage: Scene, layout: str
) -> None:
    stage.worker.start()
    state, after = stage.portal.state, len(stage.portal.state.mails)
    state.deals[DEAL_ID].contact_ids = [1, MARC]
    values = {"layout": layout, "client": "all", "if_open": "another", "wait": "finished"}
    waiting = start(stage, "paraph_send", (2, DEAL_ID), values)
    Signer(stage, link_to(stage, DIRECTOR, after=after)).sign(needs_code=False)
    for ident in (1, MARC):
        address = state.contacts[ident].first("EMAIL")
        Signer(stage, link_to(stage, address, after=after), address).sign(needs_code=True)
    until("the rule is told", lambda: waiting.status == "completed")
    state.deals[DEAL_ID].contact_ids = [1]
    assert waiting.return_values["status"] == "sealed", waiting.return_values
    names = [state.contacts[ident].full_name for ident in (1, MARC)]
    assert all(name in waiting.return_values["signer"] for name in names)
