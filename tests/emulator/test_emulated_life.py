"""Portals as a whole: plans, payment, dismissal, a new address, smart processes, rights; several at once."""

from __future__ import annotations

import pytest
import requests
from b24pysdk.credentials import OAuthEventData
from portal_kit import Client, Listener, client_of
from test_sdk import flat

from emulator import oauth, portal_life
from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.server import Emulator


def control(portal: Emulator, path: str, **body: object) -> requests.Response:
    return requests.post(f"{portal.portal_url}/emulator/{path}", json=body, timeout=10)


def test_a_plan_brings_its_rate_and_its_automation(admin: Client) -> None:
    portal = admin.portal
    assert control(portal, "portal", plan="ent250").json()["plan"] == "ent250"
    assert (portal.state.limits.leak_per_second, portal.state.limits.capacity) == (5.0, 250)
    assert admin.call("app.info")["LICENSE"] == "fr_ent250"
    control(portal, "portal", plan="free")
    assert admin.error("bizproc.robot.list") == (400, "ACCESS_DENIED")
    assert control(portal, "portal", plan="gold").status_code == 404


def test_an_unpaid_app_is_refused_and_told_without_a_signature(
    admin: Client, listener: Listener
) -> None:
    portal = admin.portal
    control(portal, f"apps/{CLIENT_ID}", paid=False)
    portal.engine.outbox.wait_idle()
    assert admin.error("profile") == (401, "PAYMENT_REQUIRED")
    [post] = listener.of("ONAPPPAYMENT")
    assert "application_token" not in post["auth"]
    assert post["data"]["PAYMENT_EXPIRED"] == "Y"
    control(portal, f"apps/{CLIENT_ID}", paid=True)
    assert admin.call("profile")["ID"] == "1"


def test_a_dismissed_person_cannot_call_and_cannot_renew(admin: Client, seller: Client) -> None:
    control(admin.portal, "users/2", active=False)
    assert seller.error("profile") == (401, "authorization_error")
    given = {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": seller.refresh,
    }
    answer = requests.post(f"{admin.portal.oauth_url}/oauth/token/", data=given, timeout=10)
    assert answer.json()["error"] == "invalid_grant"


def test_a_renamed_portal_answers_302_at_its_old_address(admin: Client) -> None:
    port = admin.portal.state.portal.domain.partition(":")[2]
    control(admin.portal, "portal", domain=f"localhost:{port}")
    answer = requests.post(
        f"http://127.0.0.1:{port}/rest/profile",
        json={"auth": admin.access},
        timeout=10,
        allow_redirects=False,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"http://localhost:{port}/rest/profile"


def test_own_records_only_means_deals_of_ones_own(admin: Client, seller: Client) -> None:
    control(admin.portal, "users/2", own_only=True)
    assert seller.call("crm.item.get", entityTypeId=2, id=1)["item"]["id"] == 1
    assert seller.error("crm.item.get", entityTypeId=2, id=3) == (400, "ACCESS_DENIED")
    rows = seller.call("crm.item.list", entityTypeId=2)["items"]
    assert {row["assignedById"] for row in rows} == {2}


def test_smart_processes_come_and_go_with_their_places(admin: Client, listener: Listener) -> None:
    handler = f"{listener.url}/e"
    admin.call("event.bind", event="ONCRMTYPEADD", handler=handler)
    made = admin.call("crm.type.add", fields={"title": "Chantiers"})["type"]
    admin.portal.engine.outbox.wait_idle()
    sent = OAuthEventData.from_dict(flat(listener.of("ONCRMTYPEADD")[0]))
    assert sent.event == "ONCRMTYPEADD"
    kinds = {row["entityTypeId"] for row in admin.call("crm.type.list")["types"]}
    assert kinds == {1036, made["entityTypeId"]}
    code = f"CRM_DYNAMIC_{made['entityTypeId']}_DETAIL_TAB"
    assert code in admin.call("placement.list")
    portal_life.delete_type(admin.portal.engine, made["entityTypeId"])
    assert code not in admin.call("placement.list")
    assert admin.error("crm.item.list", entityTypeId=made["entityTypeId"])[0] == 400


def test_an_item_of_a_smart_process_is_read_and_commented(admin: Client) -> None:
    item = admin.call("crm.item.get", entityTypeId=1036, id=1)["item"]
    assert (item["companyId"], item["contactIds"]) == (2, [1])
    fields = {"ENTITY_ID": 1, "ENTITY_TYPE": "dynamic_1036", "COMMENT": "Signed"}
    assert admin.call("crm.timeline.comment.add", fields=fields)


def test_several_portals_share_one_authorization_server(admin: Client) -> None:
    other = admin.portal.add_portal("Studio Verrière", member_id="b" * 32)
    other.engine.start_install(CLIENT_ID, 1)
    other.engine.finish_install(CLIENT_ID)
    theirs = client_of(other, 1)  # type: ignore[arg-type]
    for client, member in ((theirs, "b" * 32), (admin, admin.portal.state.portal.member_id)):
        url = f"{admin.portal.oauth_url}/rest/app.info"
        answer = requests.post(url, data={"auth": client.access}, timeout=10).json()
        assert answer["result"]["install"]["member_id"] == member
    assert admin.portal.portal_url != other.portal_url
    assert requests.post(
        f"{admin.portal.portal_url}/rest/profile", json={"auth": theirs.access}, timeout=10
    ).json() == {
        "error": "invalid_token",
        "error_description": "Unable to get application by token",
    }


@pytest.mark.parametrize(
    "url", ["http://localhost:1/x", "https://app/x", "ftp://app.example.com/x"]
)
def test_strict_portals_refuse_addresses_that_no_portal_could_reach(
    admin: Client, url: str
) -> None:
    control(admin.portal, "limits", strict_urls=True)
    status, code = admin.error("placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER=url)
    assert code in ("ERROR_WRONG_HANDLER_URL", "ERROR_UNSUPPORTED_PROTOCOL")
    assert status in (200, 400)


def test_wrong_and_unknown_clients_have_their_own_answers(admin: Client) -> None:
    assert oauth.STATUSES["wrong_client"] == 200
    given = {"grant_type": "refresh_token", "client_id": "nobody", "client_secret": "x"}
    answer = requests.get(f"{admin.portal.oauth_url}/oauth/token/", params=given, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (200, "wrong_client")
