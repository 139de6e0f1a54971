from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest
from crm_stub import Refusal, TablePortal

from app.crm import cards, timeline
from app.crm.cards import CardButton, CardParty, StatusCard
from app.crm.client import CrmClient
from app.errors import PortalRefused

ENVELOPE = "0123456789abcdef0123456789abcdef"
BUTTONS = (CardButton("open", "Open"), CardButton("remind", "Remind"), CardButton("void", "Void"))
BLOCKS = {
    "text": ({"value"}, {"value", "multiline", "title", "bold", "size", "color", "scope"}),
    "largeText": ({"value"}, {"value", "scope"}),
    "link": ({"text", "action"}, {"text", "action", "bold", "scope"}),
    "withTitle": ({"title", "block"}, {"title", "block", "inline", "scope"}),
    "lineOfBlocks": ({"blocks"}, {"blocks"}),
}


def card(**more):
    parts = {
        "envelope_id": ENVELOPE,
        "number": "PA-2026-0001",
        "title": "Services agreement",
        "state": "Waits for the client",
        "parties": (CardParty("Hélène", "signed", "success"), CardParty("Inès", "to sign")),
        "waits_for": "Inès",
        "buttons": BUTTONS,
        "link": ("Open in the browser", "https://app.example.com/e/1"),
    }
    return StatusCard(**{**parts, **more})


def is_map(value, least, most):
    assert isinstance(value, dict)
    assert least <= len(value) <= most
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", key) for key in value)


def check_action(action):
    fields = {
        "redirect": {"type", "uri"},
        "openRestApp": {"type", "actionParams", "sliderParams"},
        "restEvent": {"type", "id", "actionParams", "animationType"},
    }[action["type"]]
    assert set(action) <= fields
    assert action.get("animationType") in (None, "disable", "loader")
    slider = action.get("sliderParams", {})
    assert set(slider) <= {"width", "leftBoundary", "title"}
    assert not {"width", "leftBoundary"} <= set(slider)


def check_block(block):
    assert set(block) == {"type", "properties"}
    required, known = BLOCKS[block["type"]]
    properties = block["properties"]
    assert required <= set(properties) <= known
    for key in ("value", "text", "title"):
        assert properties.get(key, "x") != ""
    if "action" in properties:
        check_action(properties["action"])
    if block["type"] == "withTitle":
        assert properties["block"]["type"] in ("text", "link", "deadline")
        check_block(properties["block"])


def check_layout(layout):
    """The platform's strict rules, written down from its pages and not from our code."""
    assert {"icon", "header", "body"} <= set(layout) <= {"icon", "header", "body", "footer"}
    assert set(layout["icon"]) == {"code"}
    header, body = layout["header"], layout["body"]
    assert {"title"} <= set(header) <= {"title", "titleAction", "tags"}
    is_map(header.get("tags", {}), 0, 2)
    for tag in header.get("tags", {}).values():
        assert (
            {"title", "type"} <= set(tag) <= {"title", "type", "action", "scope", "hideIfReadonly"}
        )
        assert tag["type"] in {"warning", "success", "failure", "primary", "secondary"}
        assert tag["title"]
    assert set(body) == {"logo", "blocks"}
    assert {"code"} <= set(body["logo"]) <= {"code", "action"}
    is_map(body["blocks"], 1, 20)
    for block in body["blocks"].values():
        check_block(block)
    footer = layout.get("footer", {})
    assert set(footer) <= {"buttons", "menu"}
    is_map(footer.get("buttons", {}), 0, 2)
    for button in footer.get("buttons", {}).values():
        assert {"title", "type", "action"} <= set(button)
        assert button["type"] in {"primary", "secondary"}
        check_action(button["action"])
    menu = footer.get("menu", {})
    assert set(menu) <= {"showPinItem", "showPostponeItem", "showDeleteItem", "items"}
    is_map(menu.get("items", {}), 0, 20)
    for entry in menu.get("items", {}).values():
        assert {"title", "action"} <= set(entry)
        check_action(entry["action"])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"parties": (), "buttons": (), "waits_for": "", "link": None},
        {"parties": tuple(CardParty(f"Person {n}", "to sign") for n in range(60))},
        {"title": "x" * 5000, "state": "", "number": ""},
        {"parties": (CardParty("", ""), CardParty("a\nb", "c" * 2000, "failure"))},
        {"is_done": True, "style": "success", "deadline": datetime(2026, 12, 1, tzinfo=UTC)},
    ],
)
def test_every_card_obeys_the_strict_layout(changes):
    check_layout(cards.layout(card(**changes)))


def test_parties_beyond_the_room_are_counted():
    blocks = cards.layout(card(parties=tuple(CardParty(f"P{n}", "x") for n in range(40))))["body"][
        "blocks"
    ]
    assert len(blocks) == 20
    shown = sum(key.startswith("party_") for key in blocks)
    assert blocks["more"]["properties"]["value"] == f"+ {40 - shown}"


def test_buttons_tell_our_server_which_envelope_and_what_to_do():
    footer = cards.layout(card())["footer"]
    opens = footer["buttons"]["open"]["action"]
    assert opens["actionParams"] == {"envelope": ENVELOPE, "action": "open"}
    assert footer["buttons"]["remind"]["action"]["id"] == "remind"
    assert footer["menu"]["items"]["void"]["action"]["animationType"] == "loader"


def test_blocks_for_someone_elses_record_obey_the_layout_too():
    layout = cards.record_layout(
        [("State", "Signed")] * 30, link=("Open", "https://app.example.com")
    )
    assert set(layout) == {"blocks"}
    is_map(layout["blocks"], 1, 20)
    for block in layout["blocks"].values():
        check_block(block)


def refuse(code):
    def answer(_params):
        raise Refusal(code)

    return answer


class Deal:
    """A portal's timeline in memory."""

    def __init__(self):
        self.activities = {}
        self.comments = []
        self.portal = TablePortal(
            {
                "crm.activity.list": self.activity_list,
                "crm.activity.configurable.add": self.add,
                "crm.activity.configurable.update": self.update,
                "crm.timeline.comment.list": lambda _: self.comments,
                "crm.timeline.comment.add": self.comment,
                "crm.timeline.logmessage.add": lambda p: {"logMessage": {"id": 5, **p["fields"]}},
                "crm.activity.layout.blocks.set": lambda _: {"success": True},
                "im.notify.system.add": lambda _: 1,
                "crm.automation.trigger.execute": lambda _: True,
            }
        )
        self.client = CrmClient(self.portal)

    def activity_list(self, params):
        wanted = params["filter"]["ORIGIN_ID"]
        rows = [{"ID": str(k), "ORIGIN_ID": v["originId"]} for k, v in self.activities.items()]
        return [row for row in rows if row["ORIGIN_ID"] == wanted]

    def add(self, params):
        own = 900 + len(self.activities)
        self.activities[own] = params["fields"]
        return {"activity": {"id": own}}

    def update(self, params):
        if int(params["id"]) not in self.activities:
            raise Refusal("NOT_FOUND")
        self.activities[int(params["id"])] = params["fields"]
        return {"activity": {"id": int(params["id"])}}

    def comment(self, params):
        fields = params["fields"]
        files = {
            str(n): {"id": n, "name": name}
            for n, (name, _) in enumerate(fields.get("FILES", []), 1)
        }
        own = str(len(self.comments) + 1)
        self.comments.append({"ID": own, "COMMENT": fields["COMMENT"], "FILES": files or []})
        return int(own)

    def put(self, activity_id=None, **more):
        return timeline.put_card(
            self.client,
            entity_type_id=2,
            entity_id="7",
            card=card(),
            activity_id=activity_id,
            **more,
        )

    def moment(self, then):
        done = timeline.write_moment(
            self.client,
            entity_type_id=2,
            entity_id="7",
            card=card(),
            activity_id=None,
            look=False,
            then=then,
        )
        return done.activity_id, {key: error.code for key, error in done.errors.items()}

    def say(self, text="Signed: PA-1", files=(("signed.pdf", b"%PDF-1"),), **more):
        return timeline.add_comment(
            self.client,
            entity_type_id=2,
            entity_id="7",
            envelope_id=ENVELOPE,
            text=text,
            files=files,
            marker="PA-1",
            **more,
        )


@pytest.fixture
def deal():
    return Deal()


def test_a_card_is_put_once_however_often_it_is_tried(deal):
    assert {deal.put(), deal.put(), deal.put()} == {"900"}
    assert len(deal.activities) == 1


def test_a_known_card_is_updated_in_one_call(deal):
    deal.put(look=False)
    before = deal.client.http_calls
    assert deal.put("900") == "900"
    assert deal.client.http_calls - before == 1


def test_a_card_that_somebody_deleted_is_put_up_again(deal):
    assert deal.put("555") == "900"


def test_another_envelopes_card_is_left_alone(deal):
    deal.activities[1] = {"originId": "another"}
    deal.portal.table["crm.activity.list"] = lambda _: [{"ID": "1", "ORIGIN_ID": "another"}]
    assert deal.put() != "1"


def test_a_refusal_that_is_not_a_missing_card_is_told(deal):
    deal.portal.table["crm.activity.configurable.update"] = refuse("ERROR_WRONG_APPLICATION")
    with pytest.raises(PortalRefused):
        deal.put("900")
    assert deal.activities == {}


TOLD = {
    "log": timeline.log_command(2, "7", "Paraph", "Sent"),
    "trigger": timeline.trigger_command("paraph_sent", (2, "7")),
    "bell": timeline.notify_command("5", "Sign", "PA-1"),
}


def test_what_goes_with_a_card_is_the_same_call(deal):
    assert deal.moment(TOLD) == ("900", {})
    assert [method for method, _ in deal.portal.http] == ["batch"]
    assert deal.portal.methods()[0] == "crm.activity.configurable.add"


def test_behind_a_refusal_the_rest_is_told_in_one_more_call(deal):
    deal.portal.table["crm.automation.trigger.execute"] = refuse("ACCESS_DENIED")
    activity, errors = deal.moment(TOLD)
    assert (activity, errors) == ("900", {"trigger": "ACCESS_DENIED"})
    assert len(deal.portal.http) == 2
    assert deal.portal.methods().count("im.notify.system.add") == 1
    assert deal.portal.methods().count("crm.timeline.logmessage.add") == 1


def test_behind_what_waiting_mends_nothing_more_is_told(deal):
    deal.portal.table["crm.timeline.logmessage.add"] = refuse("OPERATION_TIME_LIMIT")
    activity, errors = deal.moment(TOLD)
    assert activity == "900"
    assert errors == {"log": "OPERATION_TIME_LIMIT", "trigger": "NOT_RUN", "bell": "NOT_RUN"}


def test_without_the_card_nothing_else_is_told(deal):
    deal.portal.table["crm.activity.configurable.add"] = refuse("ERROR_WRONG_CONTEXT")
    with pytest.raises(PortalRefused):
        deal.moment(TOLD)
    assert deal.portal.methods() == ["crm.activity.configurable.add"]


def test_a_comment_with_files_is_written_once(deal):
    assert deal.say() == deal.say() == "1"
    assert len(deal.comments) == 1


def test_the_files_arrive_whole_and_as_pairs(deal):
    deal.say(files=[("a.pdf", b"%PDF\x00\xff"), ("b.pdf", b"x")])
    files = deal.portal.done[-1][1]["fields"]["FILES"]
    assert [name for name, _ in files] == ["a.pdf", "b.pdf"]
    assert base64.b64decode(files[0][1]) == b"%PDF\x00\xff"


def test_a_colleague_who_mentions_the_number_does_not_hide_the_signed_file(deal):
    deal.comments.append({"ID": "50", "COMMENT": "Is PA-1 signed?", "FILES": []})
    assert deal.say() != "50"


def test_a_marker_is_added_when_the_text_lacks_it(deal):
    deal.say(text="Signed")
    assert deal.comments[0]["COMMENT"] == "Signed\nPA-1"


def test_a_first_try_needs_no_look(deal):
    deal.say(look=False)
    assert deal.portal.methods() == ["crm.timeline.comment.add"]


def test_smart_processes_have_their_own_name_in_comments(deal):
    assert timeline.entity_type_name(2) == "deal"
    assert timeline.entity_type_name(1046) == "dynamic_1046"


def test_the_small_messages_name_record_person_and_tag(deal):
    client = deal.client
    assert timeline.add_log(client, entity_type_id=2, entity_id="7", title="Sent", text="x") == "5"
    client.call(*timeline.notify_command("5", "Signed", "PA-1"))
    client.call(*timeline.trigger_command("paraph_signed", (2, "7")))
    layout = cards.record_layout([("a", "b")])
    client.call(*timeline.document_record_command(2, "7", "3", layout))
    sent = dict(deal.portal.done)
    assert sent["im.notify.system.add"] == {"USER_ID": "5", "MESSAGE": "Signed", "TAG": "PA-1"}
    assert sent["crm.automation.trigger.execute"]["OWNER_ID"] == "7"
    assert sent["crm.activity.layout.blocks.set"]["activityId"] == "3"
