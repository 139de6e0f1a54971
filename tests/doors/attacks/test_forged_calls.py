"""Forged calls: a seeded set of them, and by name those that once had a way in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from app.actions import rule_call
from app.store import installations
from app.store.tables import RobotCallRow
from app.web import create_app
from bench.security import forged_calls, state_of
from emulator import tokens
from emulator.demo_data import CLIENT_ID, MEMBER_ID
from tests.factories import make_envelope
from tests.frame_kit import DIRECTOR, OTHER, SELLER, Portal

EVENTS, RULES = "/handlers/events", "/handlers/robots/send"


def access(portal: Portal, user: int) -> str:
    return tokens.issue(portal.emulator.state, CLIENT_ID, user).access


def application_token(portal: Portal) -> str:
    return portal.emulator.state.installations[CLIENT_ID].application_token


def event(portal: Portal, name: str, *, token: str = "", user: int = 0, **data: str) -> int:
    form = {"event": name, "auth[member_id]": MEMBER_ID}
    form["auth[application_token]"] = token or application_token(portal)
    form |= {f"data[{key}]": value for key, value in data.items()}
    if user:
        form["auth[access_token]"] = access(portal, user)
    return portal.app.test_client().post(EVENTS, data=form).status_code


def rule(portal: Portal, **changes: str) -> dict[str, str]:
    return {
        "event_token": "e" * 40,
        "code": "paraph_send",
        "document_id[0]": "crm",
        "document_id[1]": "CCrmDocumentDeal",
        "document_id[2]": "DEAL_1",
        "auth[member_id]": MEMBER_ID,
        "auth[application_token]": application_token(portal),
        **changes,
    }


class Jobs:
    """Remembers what was asked for, with its arguments."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def enqueue(self, _session: object, flow: str, _key: str, *args: str) -> None:
        self.asked.append((flow, *args))


def calls(portal: Portal) -> list[RobotCallRow]:
    with portal.services.database.reading() as session:
        return list(session.query(RobotCallRow).all())


def asked(portal: Portal) -> int:
    """How much work the queue holds."""
    with portal.services.database.reading() as session:
        found = session.connection().exec_driver_sql("select count(*) from workflow_status")
        return int(found.scalar_one())


def test_no_forged_call_is_accepted_breaks_anything_or_reaches_another_host() -> None:
    found = forged_calls(600, seed=7)
    assert found.accepted == ()
    assert found.broken == ()
    assert found.reached == frozenset()
    assert not found.is_changed
    assert found.statuses[403] > 200


def test_an_employee_cannot_change_the_application_token(portal: Portal) -> None:
    before = state_of(portal.services.database)
    assert event(portal, "ONAPPINSTALL", token="f" * 32, user=SELLER) == 403
    assert event(portal, "ONAPPUPDATE", token="f" * 32, user=SELLER) == 403
    assert state_of(portal.services.database) == before


def test_an_update_by_an_administrator_brings_a_new_application_token(portal: Portal) -> None:
    assert event(portal, "ONAPPUPDATE", token="f" * 32, user=DIRECTOR) == 200
    assert event(portal, "ONAPPTEST", token="f" * 32) == 200
    assert event(portal, "ONAPPTEST") == 403


def test_a_payment_that_nobody_signs_makes_us_look_once_a_minute_and_nothing_else(
    portal: Portal,
) -> None:
    before, client = asked(portal), portal.app.test_client()
    form = {"event": "ONAPPPAYMENT", "auth[member_id]": MEMBER_ID, "data[STATUS]": "F"}
    for _ in range(20):
        assert client.post(EVENTS, data=form).status_code == 200
    assert asked(portal) == before + 1
    assert client.post(RULES, data={**rule(portal), **form}).status_code == 200
    unsigned = {k: v for k, v in rule(portal).items() if "application_token" not in k}
    assert client.post(RULES, data={**unsigned, **form}).status_code == 403


def test_an_employee_cannot_open_a_portal_that_removed_the_app(portal: Portal) -> None:
    assert event(portal, "ONAPPUNINSTALL") == 200
    assert event(portal, "ONAPPINSTALL", token="f" * 32, user=SELLER) == 403
    assert portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER).page.status_code == 403


def test_a_false_uninstall_is_undone_when_the_administrator_opens_the_app(portal: Portal) -> None:
    assert event(portal, "ONAPPUNINSTALL") == 200
    assert portal.open("DEFAULT", {}, DIRECTOR).page.status_code == 200
    assert portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER).page.status_code == 200
    assert event(portal, "ONAPPTEST") == 200


def test_only_who_installs_takes_the_installers_steps(portal: Portal) -> None:
    frame = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    assert frame.call("POST", "/placements/install/step").status_code == 403
    assert frame.get("/placements/install/plan").status_code == 403


@pytest.mark.parametrize("user", [0, SELLER])
def test_a_void_button_counts_only_from_a_person_the_portal_shows_the_record_to(
    portal: Portal, user: int
) -> None:
    envelope_id = make_envelope(
        portal.services.database, portal.who().portal_id, entity_id="1", activity_id="77"
    )
    assert envelope_id
    portal.emulator.engine.faults.add("crm.item.get", "ACCESS_DENIED", times=None)
    before = asked(portal)
    told = {"id": "void", "activityId": "77", "userId": "1"}
    assert event(portal, "ONCRMTIMELINEITEMACTION", user=user, **told) in (403, 422)
    assert asked(portal) == before


def test_a_void_button_is_pressed_by_whom_the_token_proves_not_by_whom_the_event_names(
    portal: Portal,
) -> None:
    jobs = Jobs()
    portal.app = create_app(replace(portal.services, jobs=cast(Any, jobs)))
    owner = portal.who().portal_id
    make_envelope(portal.services.database, owner, entity_id="1", activity_id="77")
    told = {"id": "void", "activityId": "77", "userId": "1"}
    assert event(portal, "ONCRMTIMELINEITEMACTION", user=OTHER, **told) == 200
    ((flow, *_, person),) = jobs.asked
    assert (flow, person) == ("void", str(OTHER))


def test_a_rule_call_with_another_apps_access_token_comes_to_nothing(portal: Portal) -> None:
    form = rule(portal, **{"auth[access_token]": "f" * 70})
    assert portal.app.test_client().post(RULES, data=form).status_code == 200
    (kept,) = calls(portal)
    assert rule_call.admit(portal.services, kept.id) == ""
    (refused,) = calls(portal)
    assert (refused.answer, refused.access_enc, refused.envelope_id) == (rule_call.REFUSED, "", "")
    assert rule_call.admit(portal.services, kept.id) == ""


def test_a_rule_call_with_another_portals_access_token_comes_to_nothing(portal: Portal) -> None:
    form = rule(portal, **{"auth[access_token]": access(portal, SELLER)})
    assert portal.app.test_client().post(RULES, data=form).status_code == 200
    portal.emulator.state.portal.member_id = "another-portal"
    (kept,) = calls(portal)
    assert rule_call.admit(portal.services, kept.id) == ""


def test_the_door_of_rules_asks_nobody_and_hides_the_token_it_keeps(portal: Portal) -> None:
    token = access(portal, SELLER)
    portal.emulator.engine.faults.add("oauth:app.info", "INTERNAL_SERVER_ERROR", times=None)
    form = rule(portal, **{"auth[access_token]": token})
    before = len(portal.emulator.state.rest_log)
    assert portal.app.test_client().post(RULES, data=form).status_code == 200
    assert len(portal.emulator.state.rest_log) == before
    (kept,) = calls(portal)
    assert kept.access_enc
    assert token not in kept.access_enc


def test_a_rule_call_acts_for_nobody_its_token_does_not_prove(portal: Portal) -> None:
    client = portal.app.test_client()
    assert client.post(RULES, data=rule(portal, **{"auth[user_id]": "1"})).status_code == 200
    proven = {"auth[access_token]": access(portal, SELLER), "auth[user_id]": "1"}
    form = rule(portal, event_token="d" * 40, **proven)
    assert client.post(RULES, data=form).status_code == 200
    assert [rule_call.admit(portal.services, row.id) for row in calls(portal)] == [
        "paraph_send"
    ] * 2
    assert {row.event_token[0]: row.user_id for row in calls(portal)} == {"e": "", "d": str(SELLER)}
    assert {row.access_enc for row in calls(portal)} == {""}


def test_a_rule_call_is_kept_when_its_token_is_old_or_nobody_can_be_asked(portal: Portal) -> None:
    old = access(portal, DIRECTOR)
    portal.emulator.state.advance(4_000)
    client = portal.app.test_client()
    late = rule(portal, **{"auth[access_token]": old})
    assert client.post(RULES, data=late).status_code == 200
    portal.emulator.engine.faults.add("oauth:app.info", "INTERNAL_SERVER_ERROR", times=None)
    fresh = access(portal, DIRECTOR)
    away = rule(portal, event_token="d" * 40, **{"auth[access_token]": fresh})
    assert client.post(RULES, data=away).status_code == 200
    assert [rule_call.admit(portal.services, row.id) for row in calls(portal)] == [
        "paraph_send"
    ] * 2
    assert [(row.user_id, row.access_enc) for row in calls(portal)] == [("", "")] * 2


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        json.dumps({"event": "X", "auth": {"member_id": "\ud800", "application_token": "\x00"}}),
        '{"event": ' + "9" * 9_000 + "}",
        '{"auth": {"\ud800": 1}}'.encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_nonsense_in_json_is_a_refusal_and_never_a_fault(portal: Portal, body: str) -> None:
    for path in (EVENTS, RULES):
        answer = portal.app.test_client().post(path, data=body, content_type="application/json")
        assert answer.status_code in (403, 422)


@pytest.mark.parametrize("path", [EVENTS, RULES, "/placements/home", "/placements/install"])
def test_a_door_for_forms_takes_no_two_megabytes(portal: Portal, path: str) -> None:
    form: dict[str, Any] = {"AUTH_ID": "a" * 70, "member_id": MEMBER_ID, "x": "y" * 2_000_000}
    assert portal.app.test_client().post(path, data=form).status_code == 413


def test_a_ticket_counts_in_its_header_only(portal: Portal) -> None:
    frame = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    client = portal.app.test_client()
    assert client.get(f"/placements/ticket?ticket={frame.ticket}").status_code == 403
    assert frame.get("/placements/ticket").status_code == 200


def test_an_installation_keeps_its_administrator_when_an_employee_opens_a_frame(
    portal: Portal,
) -> None:
    portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    with portal.services.database.reading() as session:
        row = installations.by_member(session, MEMBER_ID)
    assert row is not None
    assert row.admin_user_id == str(DIRECTOR)
