"""Stages, rules, robots, triggers, events."""

from __future__ import annotations

import pytest
from portal_kit import Client, Listener

from emulator.demo_data import CLIENT_ID
from emulator.state import RobotRun

PROPERTIES = {
    "layout": {"Name": "Layout", "Type": "string", "Required": "Y"},
    "channel": {"Name": {"en": "By", "fr": "Par"}, "Type": "select", "Default": "email"},
}


def add_robot(client: Client, listener: Listener, **more: object) -> None:
    given = {
        "CODE": "paraph_send",
        "HANDLER": f"{listener.url}/handlers/robots/send",
        "NAME": {"en": "Send for signature", "fr": "Envoyer à signer"},
        "USE_SUBSCRIPTION": "Y",
        "PROPERTIES": PROPERTIES,
        "RETURN_PROPERTIES": {"status": {"Name": "Status", "Type": "string"}},
        "DOCUMENT_TYPE": ["crm", "CCrmDocumentDeal", "DEAL"],
    }
    client.call("bizproc.robot.add", **{**given, **more})


def drag(client: Client, deal_id: int = 1, stage: str = "EXECUTING") -> RobotRun:
    portal = client.portal
    portal.engine.move_deal(deal_id, stage, 2)
    assert portal.engine.outbox.wait_idle()
    return portal.state.deal_runs(deal_id)[-1]


def test_dragging_a_deal_calls_the_rule_with_its_values(admin: Client, listener: Listener) -> None:
    add_robot(admin, listener)
    admin.portal.engine.add_rule("EXECUTING", "paraph_send", {"layout": "7"})
    run = drag(admin)
    (post,) = listener.robots()
    assert post["path"] == "/handlers/robots/send"
    assert post["document_id"] == ["crm", "CCrmDocumentDeal", "DEAL_1"]
    assert post["properties"] == {"layout": "7", "channel": "email"}
    assert post["use_subscription"] == "Y"
    assert post["event_token"] == run.event_token
    assert Client(admin.portal, post["auth"]["access_token"]).call("user.admin") is True
    assert run.status == "waiting"


def test_the_answer_ends_the_wait_once(admin: Client, listener: Listener) -> None:
    add_robot(admin, listener)
    admin.portal.engine.add_rule("EXECUTING", "paraph_send", {})
    run = drag(admin)
    token = run.event_token
    admin.call("bizproc.activity.log", EVENT_TOKEN=token, LOG_MESSAGE="sent to the client")
    values = {"status": "signed", "unknown": "x"}
    admin.call("bizproc.event.send", EVENT_TOKEN=token, RETURN_VALUES=values, LOG_MESSAGE="done")
    assert run.status == "completed"
    assert run.return_values == {"status": "signed"}
    assert [text for _, text in run.log] == ["sent to the client", "done"]
    again = admin.error("bizproc.event.send", EVENT_TOKEN=token, RETURN_VALUES={})
    assert again == (403, "ACCESS_DENIED")
    assert admin.error("bizproc.activity.log", EVENT_TOKEN=token) == (
        400,
        "ERROR_EMPTY_LOG_MESSAGE",
    )


@pytest.mark.parametrize(("given", "waits"), [("N", False), ("", True), ("Y", True)])
def test_only_an_explicit_n_does_not_wait(
    admin: Client, listener: Listener, given: str, waits: bool
) -> None:
    add_robot(admin, listener, USE_SUBSCRIPTION=given)
    admin.portal.engine.add_rule("EXECUTING", "paraph_send", {})
    assert drag(admin).status == ("waiting" if waits else "completed")


def test_a_stage_moved_by_rest_runs_the_same_rules(admin: Client, listener: Listener) -> None:
    add_robot(admin, listener)
    admin.portal.engine.add_rule("EXECUTING", "paraph_send", {})
    admin.call("crm.item.update", entityTypeId=2, id=2, fields={"stageId": "EXECUTING"})
    admin.call("crm.deal.update", id=3, fields={"STAGE_ID": "EXECUTING"})
    admin.call("crm.item.update", entityTypeId=2, id=2, fields={"stageId": "EXECUTING"})
    assert admin.portal.engine.outbox.wait_idle()
    assert sorted(p["document_id"][2] for p in listener.robots()) == ["DEAL_2", "DEAL_3"]


def test_a_duplicate_call_can_be_asked_for(admin: Client, listener: Listener) -> None:
    add_robot(admin, listener)
    admin.portal.engine.add_rule("EXECUTING", "paraph_send", {})
    admin.portal.engine.faults.add("robot:paraph_send", "duplicate")
    run = drag(admin)
    assert [p["event_token"] for p in listener.robots()] == [run.event_token] * 2


def test_registration_is_checked_like_the_portal_does(admin: Client, listener: Listener) -> None:
    def failing(**given: object) -> object:
        base = {"CODE": "r1", "HANDLER": f"{listener.url}/r", "NAME": "R"}
        return admin.raw("bizproc.robot.add", **{**base, **given}).json()["error_description"]

    assert failing(CODE="") == "Empty activity code!"
    assert failing(CODE="a b") == "Wrong activity code!"
    assert failing(NAME="") == "Empty activity NAME!"
    assert failing(PROPERTIES=["x"]) == "Wrong properties array!"
    assert failing(PROPERTIES={"1x": {"Name": "N"}}) == "Wrong property key 1x!"
    assert failing(PROPERTIES={"x": {"Type": "string"}}) == "Empty property NAME x!"
    assert failing(DOCUMENT_TYPE=["crm"]) == "Wrong activity DOCUMENT_TYPE!"
    assert failing(FILTER={"ONLY": []}) == "Wrong activity FILTER!"
    add_robot(admin, listener, CODE="r1")
    assert failing() == "Activity or Automation rule already installed!"
    assert admin.error("bizproc.robot.update", CODE="r1")[1] == "ERROR_ACTIVITY_VALIDATION_FAILURE"
    assert admin.call("bizproc.robot.update", CODE="r1", FIELDS={"NAME": "New"}) is True
    assert admin.call("bizproc.robot.list") == ["r1"]
    assert admin.call("bizproc.robot.delete", CODE="r1") is True
    assert admin.error("bizproc.robot.delete", CODE="r1") == (400, "ERROR_ACTIVITY_NOT_FOUND")


def test_a_deleted_robot_in_use_stays_blocked_on_its_stage(
    admin: Client, listener: Listener
) -> None:
    add_robot(admin, listener)
    admin.portal.engine.add_rule("EXECUTING", "paraph_send", {})
    admin.call("bizproc.robot.delete", CODE="paraph_send")
    assert drag(admin).status == "failed"
    assert listener.robots() == []


def test_the_settings_page_of_a_rule_opens_in_a_frame(admin: Client, listener: Listener) -> None:
    settings = f"{listener.url}/placements/robot-settings"
    add_robot(admin, listener, USE_PLACEMENT="Y", PLACEMENT_HANDLER=settings)
    frame = admin.portal.engine.open_robot_settings(
        1, "paraph_send", {"code": "paraph_send", "current_values": {"layout": "7"}}
    )
    assert frame.url.startswith(settings + "?")
    assert '"current_values": {"layout": "7"}' in frame.fields["PLACEMENT_OPTIONS"]


def test_a_trigger_moves_a_deal_only_where_a_person_placed_it(admin: Client) -> None:
    engine, state = admin.portal.engine, admin.portal.state
    admin.call("crm.automation.trigger.add", CODE="paraph_signed", NAME="Signed")
    fire = {"CODE": "paraph_signed", "OWNER_TYPE_ID": 2, "OWNER_ID": 1}
    assert admin.call("crm.automation.trigger.execute", **fire) is True
    assert state.deals[1].stage_id == "PREPARATION"
    engine.add_trigger_rule("FINAL_INVOICE", "paraph_signed")
    assert admin.call("crm.automation.trigger.execute", **fire) is True
    assert state.deals[1].stage_id == "FINAL_INVOICE"
    engine.move_deal(1, "WON", 1)
    admin.call("crm.automation.trigger.execute", **fire)
    assert state.deals[1].stage_id == "WON"


def test_a_trigger_nobody_registered_is_an_error(admin: Client) -> None:
    fire = {"CODE": "nothing", "OWNER_TYPE_ID": 2, "OWNER_ID": 1}
    answer = admin.raw("crm.automation.trigger.execute", **fire)
    assert answer.status_code == 400
    assert answer.json()["error"] == ""
    assert answer.json()["error_description"] == "Trigger with code nothing is not registered."


def test_an_event_caused_by_automation_carries_no_tokens(admin: Client, listener: Listener) -> None:
    admin.call("event.bind", event="ONCRMDEALUPDATE", handler=f"{listener.url}/events")
    admin.call("crm.automation.trigger.add", CODE="signed", NAME="Signed")
    admin.portal.engine.add_trigger_rule("FINAL_INVOICE", "signed")
    admin.portal.engine.move_deal(1, "EXECUTING", 2)
    admin.call("crm.automation.trigger.execute", CODE="signed", OWNER_TYPE_ID=2, OWNER_ID=1)
    assert admin.portal.engine.outbox.wait_idle()
    tokens = ["access_token" in p["auth"] for p in listener.of("ONCRMDEALUPDATE")]
    assert sorted(tokens) == [False, True]
    assert all("refresh_token" not in p["auth"] for p in listener.of("ONCRMDEALUPDATE"))


def test_events_are_bound_listed_and_unbound(admin: Client, seller: Client) -> None:
    bind = {"event": "onCrmDealDelete", "handler": "http://a.example.com/e"}
    assert admin.call("event.bind", **bind) is True
    assert admin.call("event.get") == [
        {
            "event": "ONCRMDEALDELETE",
            "handler": "http://a.example.com/e",
            "auth_type": "0",
            "offline": 0,
        }
    ]
    assert admin.error("event.bind", event="ONNOTHING", handler="http://a/") == (
        400,
        "ERROR_EVENT_NOT_FOUND",
    )
    offline = {"event": "ONCRMDEALADD", "event_type": "offline"}
    assert seller.error("event.bind", **offline) == (403, "ACCESS_DENIED")
    assert admin.call("event.unbind", **bind) == {"count": 1}


def test_a_button_of_our_card_tells_only_our_app(admin: Client, listener: Listener) -> None:
    admin.call("event.bind", event="ONCRMTIMELINEITEMACTION", handler=f"{listener.url}/events")
    layout = {
        "icon": {"code": "info"},
        "header": {"title": "Contract"},
        "body": {
            "logo": {"code": "document"},
            "blocks": {"a": {"type": "text", "properties": {"value": "x"}}},
        },
    }
    activity = admin.call(
        "crm.activity.configurable.add", ownerTypeId=2, ownerId=1, fields={}, layout=layout
    )["activity"]["id"]
    action = {"type": "restEvent", "id": "remind", "actionParams": {"envelope": "e1"}}
    admin.portal.engine.timeline_action(activity, 2, action)
    assert admin.portal.engine.outbox.wait_idle()
    (post,) = listener.of("ONCRMTIMELINEITEMACTION")
    assert post["data"]["id"] == "remind"
    assert post["data"]["activityId"] == str(activity)
    assert post["data"]["envelope"] == "e1"
    assert post["auth"]["user_id"] == "2"
    assert admin.portal.state.activities[activity].client_id == CLIENT_ID


def test_a_deleted_deal_is_announced_and_gone(admin: Client, listener: Listener) -> None:
    admin.call("event.bind", event="ONCRMDEALDELETE", handler=f"{listener.url}/events")
    assert admin.call("crm.item.delete", entityTypeId=2, id=7) == []
    assert admin.portal.engine.outbox.wait_idle()
    (post,) = listener.of("ONCRMDEALDELETE")
    assert post["data"]["FIELDS"] == {"ID": "7"}
    assert admin.error("crm.item.get", entityTypeId=2, id=7) == (400, "NOT_FOUND")
    assert admin.portal.state.deal_timeline(7) == []
