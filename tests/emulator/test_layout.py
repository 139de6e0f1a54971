"""The layout of a configurable activity is checked to the letter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from portal_kit import Client

from emulator.layout import Layout
from emulator.rest.errors import RestError

GOOD: dict[str, Any] = {
    "icon": {"code": "document"},
    "header": {
        "title": {"en": "Contract", "fr": "Contrat"},
        "tags": {"state": {"title": "Sent", "type": "primary"}},
    },
    "body": {
        "logo": {"code": "document"},
        "blocks": {
            "who": {
                "type": "withTitle",
                "properties": {
                    "title": "Client",
                    "inline": True,
                    "block": {"type": "text", "properties": {"value": "Claire"}},
                },
            },
            "line": {
                "type": "lineOfBlocks",
                "properties": {
                    "blocks": {"a": {"type": "text", "properties": {"value": "x", "size": "sm"}}}
                },
            },
        },
    },
    "footer": {
        "buttons": {
            "open": {
                "title": "Open",
                "type": "primary",
                "action": {
                    "type": "openRestApp",
                    "actionParams": {"envelope": "1"},
                    "sliderParams": {"width": 900, "title": "Paraph"},
                },
            }
        },
        "menu": {
            "showPostponeItem": "false",
            "items": {
                "void": {
                    "title": "Void",
                    "action": {"type": "restEvent", "id": "void", "animationType": "loader"},
                }
            },
        },
    },
}


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    layout = copy.deepcopy(GOOD)
    change(layout)
    return layout


def code_of(layout: Any) -> object:
    with pytest.raises(RestError) as caught:
        Layout(("fr", "en")).check(layout)
    return caught.value.code


def test_a_good_layout_passes() -> None:
    assert Layout(("fr", "en")).check(GOOD) == GOOD


BLOCK = {"type": "text", "properties": {"value": "x"}}
BUTTON = {"title": "B", "type": "secondary", "action": {"type": "redirect", "uri": "/"}}
CASES: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("FIELD_IS_REQUIRED", lambda d: d.pop("icon")),
    ("FIELD_IS_REQUIRED", lambda d: d["header"].pop("title")),
    ("FIELD_IS_REQUIRED", lambda d: d["body"].update(blocks={})),
    ("FIELD_IS_REQUIRED", lambda d: d["body"].pop("logo")),
    ("FIELD_IS_REDUNDANT", lambda d: d.update(extra=1)),
    ("FIELD_IS_REDUNDANT", lambda d: d["body"]["logo"].update(title="x")),
    ("FIELD_IS_REDUNDANT", lambda d: d["body"]["blocks"]["who"]["properties"].update(a=1)),
    ("ENUM_FIELD", lambda d: d["header"]["tags"]["state"].update(type="purple")),
    ("ENUM_FIELD", lambda d: d["body"]["blocks"]["who"].update(type="picture")),
    ("ENUM_FIELD", lambda d: d["footer"]["buttons"]["open"].update(type="danger")),
    ("ENUM_FIELD", lambda d: d["footer"]["buttons"]["open"]["action"].update(type="openSlider")),
    (
        "ENUM_FIELD",
        lambda d: d["body"]["blocks"]["who"]["properties"].update(block={"type": "lineOfBlocks"}),
    ),
    (
        "TOO_MANY_ITEMS",
        lambda d: d["footer"]["buttons"].update(b=BUTTON, c=BUTTON),
    ),
    (
        "TOO_MANY_ITEMS",
        lambda d: d["header"]["tags"].update(
            b={"title": "b", "type": "success"}, c={"title": "c", "type": "success"}
        ),
    ),
    (
        "TOO_MANY_ITEMS",
        lambda d: d["body"]["blocks"].update({f"b{i}": BLOCK for i in range(20)}),
    ),
    ("KEY_CONTAIN_WRONG_SYMBOLS", lambda d: d["body"]["blocks"].update({"a b": BLOCK})),
    ("WRONG_LANG", lambda d: d["header"].update(title={"xx": "?"})),
    ("WRONG_FIELD_VALUE", lambda d: d["header"].update(title=["a"])),
    ("WRONG_FIELD_VALUE", lambda d: d["footer"].update(buttons=[BUTTON])),
    (
        "WRONG_FIELD_VALUE",
        lambda d: d["footer"]["buttons"]["open"]["action"]["sliderParams"].update(leftBoundary=1),
    ),
]


@pytest.mark.parametrize(
    ("code", "change"), CASES, ids=[f"{i}-{c}" for i, (c, _) in enumerate(CASES)]
)
def test_each_fault_has_its_own_code(code: str, change: Callable[[dict[str, Any]], Any]) -> None:
    assert code_of(changed(change)) == code


def test_an_empty_layout_is_its_own_error() -> None:
    assert code_of({}) == "ERROR_EMPTY_LAYOUT"


def add(client: Client, **more: Any) -> Any:
    given = {"ownerTypeId": 2, "ownerId": 1, "fields": {}, "layout": GOOD}
    return client.raw("crm.activity.configurable.add", **{**given, **more})


def test_our_card_is_added_read_updated_and_found_again(admin: Client) -> None:
    admin.call("crm.activity.badge.add", code="sent", title="Sign", value="Sent", type="primary")
    fields = {"completed": False, "badgeCode": "sent", "originId": "env-1", "responsibleId": 2}
    ident = add(admin, fields=fields).json()["result"]["activity"]["id"]
    got = admin.call("crm.activity.configurable.get", id=ident)["activity"]
    assert got["layout"] == GOOD
    assert got["fields"]["badgeCode"] == "sent"
    layout = changed(lambda d: d["header"].update(title="Signed"))
    admin.call(
        "crm.activity.configurable.update", id=ident, fields={"completed": "Y"}, layout=layout
    )
    found = admin.call(
        "crm.activity.list",
        filter={"OWNER_TYPE_ID": 2, "OWNER_ID": 1, "PROVIDER_ID": "CONFIGURABLE_REST_APP"},
        select=["ID", "ORIGIN_ID", "COMPLETED"],
    )
    assert found == [{"ID": str(ident), "ORIGIN_ID": "env-1", "COMPLETED": "Y"}]
    assert admin.call("crm.activity.delete", id=ident) is True
    assert admin.error("crm.activity.configurable.get", id=ident) == (400, "NOT_FOUND")
    assert [e for e in admin.portal.state.deal_timeline(1) if e.activity_id == ident] == []


def test_the_card_is_refused_with_reasons(admin: Client) -> None:
    assert add(admin, ownerId=999).json()["error"] == "NOT_FOUND"
    assert add(admin, fields={"badgeCode": "none"}).json()["error"] == "WRONG_FIELD_VALUE"
    incoming = {"isIncomingChannel": "Y", "deadline": "2030-01-01T10:00:00+01:00"}
    refused = add(admin, fields=incoming).json()["error"]
    assert refused == "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE"
    assert add(admin, layout=None).json()["error"] == "ERROR_EMPTY_LAYOUT"


def test_another_app_may_not_change_our_card(admin: Client) -> None:
    ident = add(admin).json()["result"]["activity"]["id"]
    admin.portal.state.activities[ident].client_id = "app.other"
    refused = admin.error("crm.activity.configurable.update", id=ident, fields={}, layout=GOOD)
    assert refused == (400, "ERROR_WRONG_APPLICATION")


def test_blocks_can_be_added_to_a_document_record_but_not_to_a_card(admin: Client) -> None:
    document = admin.portal.engine.create_document_from_template(1, 1, 2)
    target = {"entityTypeId": 2, "entityId": 1, "activityId": document.activity_id}
    blocks = {"blocks": {"s": {"type": "text", "properties": {"value": "Signing"}}}}
    assert admin.call("crm.activity.layout.blocks.set", **target, layout=blocks)
    assert admin.call("crm.activity.layout.blocks.get", **target) == {"layout": blocks}
    assert admin.error("crm.activity.layout.blocks.set", **target, layout={}) == (
        400,
        "FIELD_IS_REQUIRED",
    )
    card = add(admin).json()["result"]["activity"]["id"]
    refused = admin.error(
        "crm.activity.layout.blocks.set", **{**target, "activityId": card}, layout=blocks
    )
    assert refused == (400, "UNSUITABLE_ACTIVITY_TYPE_ERROR")
