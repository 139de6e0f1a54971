"""Who may call, how often, and what the errors look like."""

from __future__ import annotations

import pytest
import requests
from portal_kit import Client, client_of

from emulator.demo_data import CLIENT_ID, WEBHOOK_SECRET
from emulator.rest.errors import SYSTEM
from emulator.server import Emulator


def test_the_envelope_carries_result_and_time(admin: Client) -> None:
    body = admin.raw("crm.deal.list", select=["ID"]).json()
    assert [set(row) for row in body["result"]] == [{"ID"}] * 7
    assert body["total"] == 7
    assert {"start", "finish", "duration", "processing", "date_start", "operating"} <= set(
        body["time"]
    )


def test_no_wrong_and_old_tokens_have_three_different_errors(admin: Client) -> None:
    assert Client(admin.portal, "").error("profile") == (401, "NO_AUTH_FOUND")
    assert Client(admin.portal, "nonsense").error("profile") == (401, "invalid_token")
    admin.portal.state.advance(3601)
    assert admin.error("profile") == (401, "expired_token")


def test_a_dismissed_person_and_a_removed_app_lose_their_tokens(
    admin: Client, seller: Client
) -> None:
    admin.portal.state.users[2].active = False
    assert seller.error("profile") == (401, "authorization_error")
    admin.portal.engine.uninstall_app(CLIENT_ID, 1)
    assert admin.error("profile") == (401, "APPLICATION_NOT_FOUND")


def test_an_unpaid_app_and_a_deleted_portal_say_so(admin: Client) -> None:
    admin.portal.state.installations[CLIENT_ID].payment_expired = True
    assert admin.error("profile") == (401, "PAYMENT_REQUIRED")
    admin.portal.state.portal.deleted = True
    assert admin.error("profile") == (410, "PORTAL_DELETED")


def test_a_scope_the_app_did_not_ask_for_is_insufficient(installed: Emulator) -> None:
    installed.state.apps[CLIENT_ID].scopes = ("placement",)
    client = client_of(installed, 1)
    assert client.error("crm.item.get", entityTypeId=2, id=1) == (403, "insufficient_scope")


def test_a_webhook_reads_data_but_is_no_application(installed: Emulator) -> None:
    base = f"{installed.portal_url}/rest/1/{WEBHOOK_SECRET}"
    assert requests.get(f"{base}/profile", timeout=5).json()["result"]["ADMIN"] is True
    refused = requests.get(f"{base}/placement.get.json", timeout=5)
    assert (refused.status_code, refused.json()["error"]) == (403, "WRONG_AUTH_TYPE")
    wrong = requests.get(f"{installed.portal_url}/rest/1/bad/profile", timeout=5)
    assert wrong.json()["error"] == "INVALID_CREDENTIALS"


def test_an_ordinary_user_may_not_register_widgets_or_robots(seller: Client) -> None:
    refused = seller.error("placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER="http://a/")
    assert refused == (403, "ACCESS_DENIED")
    assert seller.error("bizproc.robot.list") == (400, "ACCESS_DENIED")


def test_an_unknown_method_is_not_found(admin: Client) -> None:
    assert admin.error("crm.nothing.here") == (404, "ERROR_METHOD_NOT_FOUND")


def test_fifty_calls_pass_at_once_then_two_a_second(admin: Client) -> None:
    admin.portal.gate.gauge.clear()
    admin.portal.state.limits.leak_per_second = 0.0
    assert {admin.raw("server.time").status_code for _ in range(50)} == {200}
    assert admin.error("server.time") == (503, "QUERY_LIMIT_EXCEEDED")
    admin.portal.state.limits.leak_per_second = 2.0
    admin.portal.state.advance(1)
    assert admin.raw("server.time").status_code == 200


def test_a_batch_counts_as_one_call(admin: Client) -> None:
    admin.portal.gate.gauge.clear()
    admin.portal.state.limits.leak_per_second = 0.0
    admin.call("batch", cmd=["server.time"] * 50)
    assert admin.portal.gate.gauge.levels["127.0.0.1"][0] == pytest.approx(1.0)


def test_a_method_that_used_its_ten_minutes_is_blocked_alone(admin: Client) -> None:
    admin.portal.gate.gauge.spend(admin.portal.state, "crm.item.get", CLIENT_ID, 481.0)
    answer = admin.raw("crm.item.get", entityTypeId=2, id=1)
    assert (answer.status_code, answer.json()["error"]) == (429, "OPERATION_TIME_LIMIT")
    assert admin.raw("crm.deal.get", id=1).status_code == 200
    admin.portal.state.advance(660)
    fresh = client_of(admin.portal, 1)
    assert fresh.raw("crm.item.get", entityTypeId=2, id=1).status_code == 200


def test_a_moved_portal_sends_to_its_new_address_with_302(admin: Client) -> None:
    host = admin.portal.state.portal.domain
    admin.portal.state.portal.old_domains = [f"localhost:{host.partition(':')[2]}"]
    answer = requests.post(
        f"http://localhost:{host.partition(':')[2]}/rest/profile?x=1",
        data={"auth": admin.access},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"http://{host}/rest/profile?x=1"


@pytest.mark.parametrize("code", sorted(SYSTEM))
def test_each_system_error_can_be_switched_on_once(admin: Client, code: str) -> None:
    admin.portal.engine.faults.add("profile", code)
    assert admin.error("profile") == (SYSTEM[code][0], code)
    assert admin.raw("profile").status_code == 200


def test_html_can_come_where_json_was_expected(admin: Client) -> None:
    admin.portal.engine.faults.add("crm.*", "html", status=403)
    answer = admin.raw("crm.deal.get", id=1)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_call_cut_after_its_work_has_done_its_work(admin: Client) -> None:
    admin.portal.engine.faults.add("crm.timeline.comment.add", "cut")
    fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": 1, "COMMENT": "once"}
    with pytest.raises(requests.ConnectionError):
        admin.raw("crm.timeline.comment.add", fields=fields)
    comments = [e for e in admin.portal.state.deal_timeline(1) if e.kind == "comment"]
    assert [c.text for c in comments] == ["once"]


def test_a_fault_with_a_seed_fails_the_same_calls_again(admin: Client) -> None:
    def pattern() -> list[int]:
        admin.portal.engine.faults.clear()
        rule = {"times": None, "probability": 0.5, "seed": 7}
        admin.portal.engine.faults.add("server.time", "INTERNAL_SERVER_ERROR", **rule)
        return [admin.raw("server.time").status_code for _ in range(12)]

    first = pattern()
    assert set(first) == {200, 500}
    assert pattern() == first
