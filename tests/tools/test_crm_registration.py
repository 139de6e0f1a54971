from __future__ import annotations

import pytest
from crm_stub import Refusal, TablePortal

from app import manifest as manifests
from app.crm import registration
from app.crm.client import CrmClient

BASE = "https://paraph.example.com"
MANIFEST = manifests.load()
CODES = {"paraph_send", "paraph_void", "paraph_remind", "paraph_wait"}
PER_TYPE = len([one for one in MANIFEST.placements if "DYNAMIC_n" in one.code])
"""Widgets of one smart process; the pretend portal has two processes, the manifest names each widget once."""


class Registry:
    """What a portal keeps for our app."""

    def __init__(self):
        self.placements = []
        self.events = []
        self.robots = {}
        self.activities = {}
        self.triggers = {}
        self.types = [1036, 1046]
        self.portal = TablePortal(
            {
                "crm.type.list": self.type_list,
                "placement.get": lambda _: self.placements,
                "placement.bind": self.bind,
                "placement.unbind": self.unbind,
                "event.get": lambda _: self.events,
                "event.bind": lambda p: self.events.append(
                    {"event": p["event"], "handler": p["handler"], "auth_type": "0", "offline": 0}
                ),
                "event.unbind": self.event_unbind,
                "bizproc.robot.list": lambda _: list(self.robots),
                "bizproc.robot.add": lambda p: self.robots.update({p["CODE"]: p}),
                "bizproc.robot.update": lambda p: self.robots.update({p["CODE"]: p["FIELDS"]}),
                "bizproc.robot.delete": lambda p: self.robots.pop(p["CODE"]),
                "bizproc.activity.list": lambda _: list(self.activities),
                "bizproc.activity.add": lambda p: self.activities.update({p["CODE"]: p}),
                "bizproc.activity.update": lambda p: self.activities.update(
                    {p["CODE"]: p["FIELDS"]}
                ),
                "bizproc.activity.delete": lambda p: self.activities.pop(p["CODE"]),
                "crm.automation.trigger.list": lambda _: [
                    {"CODE": code, "NAME": name} for code, name in self.triggers.items()
                ],
                "crm.automation.trigger.add": lambda p: self.triggers.update(
                    {p["CODE"]: p["NAME"]}
                ),
                "crm.automation.trigger.delete": lambda p: self.triggers.pop(p["CODE"]),
            }
        )
        self.client = CrmClient(self.portal)

    def type_list(self, _params):
        if self.types is None:
            raise Refusal("ACCESS_DENIED")
        return {"types": [{"id": n, "entityTypeId": kind} for n, kind in enumerate(self.types)]}

    def bind(self, params):
        self.placements.append(
            {
                "placement": params["PLACEMENT"],
                "handler": params["HANDLER"],
                "title": params["TITLE"],
                "langAll": params["LANG_ALL"],
                "userId": 0,
                "options": [],
            }
        )
        return True

    def unbind(self, params):
        pair = (params["PLACEMENT"], params["HANDLER"])
        self.placements = [
            row for row in self.placements if (row["placement"], row["handler"]) != pair
        ]
        return {"count": 2}

    def event_unbind(self, params):
        pair = (params["event"], params["handler"])
        self.events = [row for row in self.events if (row["event"], row["handler"]) != pair]
        return {"count": 1}

    def run(self, **more):
        return list(registration.reconcile(self.client, MANIFEST, base_url=BASE, **more))

    def plan(self, **more):
        return registration.plan(self.client, MANIFEST, base_url=BASE, **more)


@pytest.fixture
def portal():
    return Registry()


def applied():
    return registration.fingerprint_at(MANIFEST, BASE)


def test_an_empty_portal_gets_everything_the_manifest_names(portal):
    steps = portal.run()
    assert all(step.is_ok for step in steps)
    assert {row["handler"] for row in portal.placements} == {
        BASE + one.handler for one in MANIFEST.placements
    }
    assert [row["event"] for row in portal.events] == list(MANIFEST.events)
    assert set(portal.robots) == CODES
    assert set(portal.activities) == {f"{code}_activity" for code in CODES}
    assert set(portal.triggers) == {one.code for one in MANIFEST.triggers}
    assert [step.number for step in steps] == list(range(1, steps[0].total + 1))


def test_a_second_run_plans_nothing_and_asks_once(portal):
    portal.run()
    before = portal.client.http_calls
    assert portal.plan(applied=applied()) == []
    assert portal.client.http_calls - before == 1


def test_planning_writes_nothing(portal):
    assert portal.plan()
    assert portal.placements == []
    assert portal.portal.methods() == [
        "placement.get",
        "event.get",
        "bizproc.robot.list",
        "bizproc.activity.list",
        "crm.automation.trigger.list",
        "crm.type.list",
    ]


def test_a_robot_is_updated_when_the_manifest_changed_since(portal):
    portal.run()
    changes = [(c.kind, c.action) for c in portal.plan(applied="older")]
    assert changes == [("robot", "update")] * len(CODES) + [("activity", "update")] * len(CODES)


def test_a_renamed_widget_is_bound_anew_not_twice(portal):
    portal.run()
    portal.placements[0]["langAll"]["en"]["TITLE"] = "Old name"
    assert all(step.is_ok for step in portal.run(applied=applied()))
    assert len(portal.placements) == len(MANIFEST.placements) + PER_TYPE
    assert portal.plan(applied=applied()) == []


def test_a_language_the_portal_dropped_is_no_difference(portal):
    portal.run()
    for row in portal.placements:
        row["langAll"] = {"en": row["langAll"]["en"]}
    assert portal.plan(applied=applied()) == []


def test_what_an_older_version_left_goes_and_what_is_not_ours_stays(portal):
    portal.run()
    other = {
        "placement": "CRM_LEAD_DETAIL_TAB",
        "handler": "https://other.example.org/x",
        "title": "x",
    }
    portal.placements += [{**other, "handler": f"{BASE}/placements/lead"}, other]
    portal.events += [
        {"event": "ONCRMLEADADD", "handler": f"{BASE}/handlers/events"},
        {"event": "ONCRMLEADADD", "handler": "https://other.example.org/x"},
    ]
    portal.robots["paraph_old"] = {}
    portal.triggers["paraph_viewed"] = "Viewed"
    steps = portal.run(applied=applied())
    assert {(s.change.kind, s.change.action) for s in steps} == {
        ("placement", "remove"),
        ("event", "remove"),
        ("robot", "remove"),
        ("trigger", "remove"),
    }
    assert other in portal.placements
    assert [row["handler"] for row in portal.events if row["event"] == "ONCRMLEADADD"] == [
        "https://other.example.org/x"
    ]
    assert "paraph_old" not in portal.robots
    assert "paraph_viewed" not in portal.triggers


def test_a_handler_at_a_similar_address_is_not_ours(portal):
    portal.placements.append(
        {"placement": "X_TAB", "handler": f"{BASE}.evil.example.org/x", "title": "x"}
    )
    assert "remove" not in {change.action for change in portal.plan()}


def test_a_lost_robot_is_blocked_until_added_again_so_it_is_added(portal):
    portal.run()
    portal.robots.clear()
    portal.events.clear()
    kinds = [(c.kind, c.action) for c in portal.plan(applied=applied())]
    assert kinds == [("event", "add")] * len(MANIFEST.events) + [("robot", "add")] * len(CODES)


def test_one_failure_is_told_and_does_not_stop_the_rest(portal):
    def refuse(params):
        if params["PLACEMENT"] == "CRM_DEAL_DETAIL_TAB":
            raise Refusal("ERROR_PLACEMENT_NOT_FOUND")
        return portal.bind(params)

    portal.portal.table["placement.bind"] = refuse
    steps = portal.run()
    failed = [step for step in steps if not step.is_ok]
    assert [step.change.key for step in failed] == ["deal-tab"]
    assert failed[0].error is not None
    assert failed[0].error.code == "ERROR_PLACEMENT_NOT_FOUND"
    assert "paraph_send" in portal.robots


def test_a_plan_without_automation_is_told_and_the_rest_is_registered(portal):
    def refuse(_params):
        raise Refusal("ACCESS_DENIED")

    portal.portal.table["bizproc.robot.list"] = refuse
    steps = portal.run()
    assert [step.change.key for step in steps if not step.is_ok] == ["robot"]
    assert len(portal.placements) == len(MANIFEST.placements) + PER_TYPE


def test_triggers_are_named_in_the_portals_language(portal):
    portal.run(lang="fr")
    assert portal.triggers["paraph_sent"] == "Paraph : envoyé à signer"
    assert portal.plan(applied=applied(), lang="fr") == []


def test_the_robot_is_registered_with_its_settings_page_and_waits(portal):
    portal.run(lang="fr")
    robot = portal.robots["paraph_send"]
    assert robot["USE_SUBSCRIPTION"] == "Y"
    assert (robot["USE_PLACEMENT"], robot["PLACEMENT_HANDLER"]) == (
        "Y",
        f"{BASE}/placements/robot-settings",
    )
    assert robot["PROPERTIES"]["channel"]["Options"]["sms"] == "SMS"
    assert robot["PROPERTIES"]["layout"]["Required"] == "Y"
    assert set(robot["RETURN_PROPERTIES"]) == {
        "status", "reason", "signer", "time", "link", "document_url", "envelope_number", "error",
    }  # fmt: skip
    assert portal.robots["paraph_void"]["USE_PLACEMENT"] == "N"


def dynamic(portal):
    return sorted(row["placement"] for row in portal.placements if "DYNAMIC" in row["placement"])


def test_each_smart_process_gets_the_widgets_and_loses_them_with_its_end(portal):
    portal.run()
    assert dynamic(portal) == [
        f"CRM_DYNAMIC_{number}_{place}"
        for number in (1036, 1046)
        for place in (
            "ACTIVITY_TIMELINE_MENU",
            "DETAIL_TAB",
            "DETAIL_TOOLBAR",
            "DOCUMENTGENERATOR_BUTTON",
        )
    ]
    portal.types = [1046, 1056]
    assert {step.change.action for step in portal.run(applied=applied())} == {"add", "remove"}
    assert {code.split("_")[2] for code in dynamic(portal)} == {"1046", "1056"}
    assert portal.plan(applied=applied()) == []


def test_a_portal_that_does_not_tell_its_smart_processes_keeps_their_widgets(portal):
    portal.run()
    before = dynamic(portal)
    portal.types = None
    assert portal.plan(applied=applied()) == []
    assert dynamic(portal) == before


def test_more_smart_processes_than_a_page_holds_all_get_their_widgets(portal):
    portal.types = list(range(1036, 1036 + 10 * 50, 10))
    assert len([c for c in portal.plan() if "CRM_DYNAMIC_" in str(c.commands)]) == 50 * PER_TYPE
