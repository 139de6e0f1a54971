"""The authorization server: rotation, expiry, codes, and its own error table."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from portal_kit import Client, client_of

from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.server import Emulator


def token(portal: Emulator, *, how: str = "post", **given: str) -> tuple[int, dict[str, Any]]:
    values = {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **given,
    }
    url = f"{portal.oauth_url}/oauth/token/"
    if how == "get":
        answer = requests.get(url, params=values, timeout=5)
    else:
        answer = requests.post(url, data=values, timeout=5)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("how", ["get", "post"])
def test_a_refresh_gives_a_new_pair_that_works(admin: Client, how: str) -> None:
    status, pair = token(admin.portal, how=how, refresh_token=admin.refresh)
    assert status == 200
    assert pair["refresh_token"] != admin.refresh
    assert pair["client_endpoint"] == f"{admin.portal.portal_url}/rest/"
    assert pair["domain"] == urlsplit(admin.portal.oauth_url).netloc
    assert pair["user_id"] == 1
    assert pair["expires_in"] == 3600
    assert Client(admin.portal, pair["access_token"]).call("profile")["ID"] == "1"


def test_a_refresh_token_works_once(admin: Client) -> None:
    _, pair = token(admin.portal, refresh_token=admin.refresh)
    assert token(admin.portal, refresh_token=admin.refresh)[1]["error"] == "invalid_grant"
    assert token(admin.portal, refresh_token=pair["refresh_token"])[0] == 200


def test_a_refresh_token_dies_after_180_days(admin: Client) -> None:
    admin.portal.state.advance(181 * 86400)
    status, body = token(admin.portal, refresh_token=admin.refresh)
    assert (status, body["error"]) == (400, "invalid_grant")


def test_the_errors_have_the_documented_statuses(admin: Client) -> None:
    portal = admin.portal
    cases = [
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"client_id": "local.unknown"}, 200, "wrong_client"),
        ({"client_secret": "wrong"}, 400, "invalid_client"),
        ({"refresh_token": "nothing"}, 400, "invalid_grant"),
    ]
    for given, status, error in cases:
        found = token(portal, **{"refresh_token": admin.refresh, **given})
        assert (found[0], found[1]["error"]) == (status, error)
    portal.engine.uninstall_app(CLIENT_ID, 1)
    status, body = token(portal, refresh_token=admin.refresh)
    assert (status, body["error"]) == (401, "NOT_INSTALLED")


def test_a_code_from_the_portal_lives_thirty_seconds(installed: Emulator) -> None:
    def code() -> str:
        answer = requests.get(
            f"{installed.portal_url}/oauth/authorize/",
            params={"client_id": CLIENT_ID, "state": "s1"},
            allow_redirects=False,
            timeout=5,
        )
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert query["state"] == ["s1"]
        return query["code"][0]

    fresh = code()
    assert token(installed, grant_type="authorization_code", code=fresh)[0] == 200
    assert token(installed, grant_type="authorization_code", code=fresh)[0] == 400
    old = code()
    installed.state.advance(31)
    assert token(installed, grant_type="authorization_code", code=old)[0] == 400


def test_app_info_says_whose_token_it_is(seller: Client) -> None:
    portal = seller.portal
    url = f"{portal.oauth_url}/rest/app.info"
    result = requests.get(url, params={"auth": seller.access}, timeout=5).json()["result"]
    assert result["client_id"] == CLIENT_ID
    assert result["user_id"] == 2
    assert result["install"]["member_id"] == portal.state.portal.member_id
    assert result["install"]["domain"] == portal.state.portal.domain
    assert result["install"]["installed"] is True
    forged = requests.get(url, params={"auth": "0" * 70}, timeout=5)
    assert forged.status_code == 401


def test_a_fault_on_the_authorization_server_is_its_own(installed: Emulator) -> None:
    client = client_of(installed, 1)
    installed.engine.faults.add("oauth:token", "invalid_grant")
    assert token(installed, refresh_token=client.refresh)[1]["error"] == "invalid_grant"
    assert token(installed, refresh_token=client.refresh)[0] == 200
