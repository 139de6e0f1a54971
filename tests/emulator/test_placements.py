"""Widgets: binding, what is kept, and what the frame receives."""

from __future__ import annotations

import json

from portal_kit import Client, Listener

from emulator.demo_data import CLIENT_ID
from emulator.server import Emulator


def test_a_frame_receives_fresh_tokens_of_the_person_and_texts_as_options(
    admin: Client, listener: Listener
) -> None:
    code = "CRM_DEAL_DOCUMENTGENERATOR_BUTTON"
    admin.call("placement.bind", PLACEMENT=code, HANDLER=f"{listener.url}/sign", TITLE="Sign")
    engine = admin.portal.engine
    frame = engine.open_placement(2, code, {"ENTITY_ID": 1})
    assert json.loads(frame.fields["PLACEMENT_OPTIONS"]) == {"ENTITY_ID": "1"}
    assert frame.fields["PLACEMENT"] == code
    assert Client(admin.portal, frame.fields["AUTH_ID"]).call("profile")["ID"] == "2"
    assert frame.window_name.split("|") == [admin.portal.state.portal.domain, "0", frame.app_sid]
    inst = admin.portal.state.installations[CLIENT_ID]
    assert frame.fields["APPLICATION_TOKEN"] == inst.application_token
    assert engine.open_placement(2, code, {"ENTITY_ID": 1}).app_sid != frame.app_sid


def test_the_frame_can_renew_its_token_and_ask_who_it_is(admin: Client) -> None:
    engine = admin.portal.engine
    frame = engine.open_placement(3, "DEFAULT", {"envelope": 4})
    data = engine.frame_init(frame.app_sid)
    assert (data["IS_ADMIN"], data["LANG"], data["PROTOCOL"]) == (False, "en", "0")
    assert data["PLACEMENT_OPTIONS"] == {"envelope": "4"}
    assert data["AUTH_ID"] == frame.fields["AUTH_ID"]
    admin.portal.state.advance(4000)
    renewed = engine.refresh_auth(frame.app_sid)
    assert Client(admin.portal, renewed["AUTH_ID"]).call("profile")["ID"] == "3"


def test_binding_errors_carry_their_odd_statuses(admin: Client) -> None:
    assert admin.error("placement.bind", HANDLER="http://a.example.com/") == (400, "ERROR_ARGUMENT")
    no_handler = admin.raw("placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB")
    assert (no_handler.status_code, no_handler.json()["argument"]) == (200, "HANDLER")
    unknown = admin.error("placement.bind", PLACEMENT="CRM_NO_PLACE", HANDLER="http://a.example/")
    assert unknown == (400, "ERROR_PLACEMENT_NOT_FOUND")
    contact_menu = "CRM_CONTACT_ACTIVITY_TIMELINE_MENU"
    assert admin.error("placement.bind", PLACEMENT=contact_menu, HANDLER="http://a.example/")[1]
    ftp = admin.error("placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER="ftp://a.example/")
    assert ftp == (400, "ERROR_UNSUPPORTED_PROTOCOL")


def test_strict_portals_refuse_localhost_handlers(admin: Client, listener: Listener) -> None:
    admin.portal.state.limits.strict_urls = True
    for url in ("http://localhost:8610/x", f"{listener.url}/x", "http://intranet/x"):
        refused = admin.error("placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER=url)
        assert refused == (400, "ERROR_WRONG_HANDLER_URL")
    assert admin.call(
        "placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER="https://sign.example.com/x"
    )


def test_options_are_kept_only_where_the_place_keeps_them(admin: Client) -> None:
    for code in ("CRM_DEAL_DETAIL_ACTIVITY", "CRM_DEAL_DETAIL_TAB"):
        admin.call(
            "placement.bind",
            PLACEMENT=code,
            HANDLER="http://a.example.com/",
            OPTIONS={"useBuiltInInterface": "Y"},
        )
    kept = {p["placement"]: p["options"] for p in admin.call("placement.get")}
    assert kept["CRM_DEAL_DETAIL_ACTIVITY"] == {"useBuiltInInterface": "Y"}
    assert kept["CRM_DEAL_DETAIL_TAB"] == []


def test_unbinding_counts_each_handler_twice(admin: Client) -> None:
    for path in ("a", "b"):
        handler = f"http://a.example.com/{path}"
        admin.call("placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER=handler)
    assert admin.call("placement.unbind", PLACEMENT="CRM_DEAL_DETAIL_TAB") == {"count": 4}
    assert admin.call("placement.get") == []


def test_a_user_outside_the_apps_list_sees_no_widgets_and_gets_no_rest(
    installed: Emulator, admin: Client, seller: Client
) -> None:
    admin.call(
        "placement.bind",
        PLACEMENT="CRM_DEAL_DETAIL_TAB",
        HANDLER="http://a.example.com/",
        TITLE="S",
    )
    installed.state.installations[CLIENT_ID].allowed_user_ids = [1]
    assert installed.state.bindings("CRM_DEAL_DETAIL_TAB", 2) == []
    assert len(installed.state.bindings("CRM_DEAL_DETAIL_TAB", 1)) == 1
    assert seller.error("profile") == (403, "user_access_error")


def test_the_catalogue_has_every_place_the_stories_use(admin: Client) -> None:
    codes = set(admin.call("placement.list"))
    assert {
        "CRM_DEAL_DOCUMENTGENERATOR_BUTTON",
        "CRM_DEAL_DETAIL_TOOLBAR",
        "CRM_DEAL_DETAIL_TAB",
        "CRM_DEAL_DETAIL_ACTIVITY",
        "CRM_DEAL_ACTIVITY_TIMELINE_MENU",
        "CRM_DEAL_LIST_MENU",
        "CRM_DEAL_ROBOT_DESIGNER_TOOLBAR",
        "CRM_SMART_INVOICE_DETAIL_TAB",
        "REST_APP_URI",
    } <= codes
    assert "CRM_COMPANY_ACTIVITY_TIMELINE_MENU" not in codes
