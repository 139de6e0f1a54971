from __future__ import annotations

from typing import ClassVar

import pytest
import requests
from crm_stub import TablePortal, scripted

from app.crm.client import CrmClient
from app.crm.identity import Prover, is_acceptable_endpoint, is_admin, prove, refresh_pair
from app.errors import NotAllowed, PortalRefused, PortalUnavailable


@pytest.fixture
def server():
    with scripted() as stub:
        stub.script["/rest/app.info"] = [reply()]
        yield stub


def reply(install=None, **more):
    return (
        200,
        {
            "result": {
                "client_id": "app.1",
                "scope": "crm,placement",
                "expires": 1_795_000_000,
                "user_id": 7,
                "install": {
                    "installed": True,
                    "version": "3",
                    "status": "P",
                    "scope": "crm,placement",
                    "domain": "Lumen.bitrix24.fr",
                    "uri": "https://lumen.bitrix24.fr",
                    "client_endpoint": "https://lumen.bitrix24.fr/rest/",
                    "member_id": "a1b2c3",
                    "member_type": "network",
                    **(install or {}),
                },
                **more,
            },
            "time": {},
        },
    )


def proof(server, auth_id="f" * 70):
    return prove(requests.Session(), oauth_url=server.url, client_id="app.1", auth_id=auth_id)


def test_a_good_token_names_portal_user_and_endpoint(server):
    caller = proof(server)
    assert (caller.member_id, caller.user_id, caller.domain) == ("a1b2c3", "7", "lumen.bitrix24.fr")
    assert caller.client_endpoint == "https://lumen.bitrix24.fr/rest/"
    assert caller.scope == ("crm", "placement")
    assert (caller.status, caller.installed, caller.version) == ("P", True, 3)


def test_the_token_travels_in_the_body_not_in_the_address(server):
    proof(server)
    assert server.requests[0].form == {"auth": "f" * 70}
    assert server.paths() == ["/rest/app.info"]


@pytest.mark.parametrize(
    "answer",
    [
        reply(client_id="app.2"),
        reply(client_id=""),
        reply(install={"member_id": ""}),
        reply(install={"member_id": "../../x"}),
        reply(install={"client_endpoint": "https://evil.example.com/x?y=/rest/"}),
        reply(install={"client_endpoint": "ftp://x/rest/"}),
        reply(install={"client_endpoint": "https://[/rest/"}),
        reply(install={"client_endpoint": "https://user:pw@x.example.com/rest/"}),
        reply(install={"domain": "a b"}),
        reply(user_id="1 or 1"),
        reply(user_id=None),
        (200, {"result": {"client_id": "app.1", "user_id": 7}}),
        (401, {"error": "invalid_token"}),
        (401, {"error": "expired_token"}),
        (401, {"error": "NOT_INSTALLED"}),
        (200, {"error": "wrong_client"}),
    ],
)  # fmt: skip
def test_anything_less_than_a_sound_proof_is_not_allowed(server, answer):
    server.script["/rest/app.info"] = [answer]
    with pytest.raises(NotAllowed):
        proof(server)


@pytest.mark.parametrize(
    "auth_id", ["", "short", "a b c d e f", "x" * 2000, "é" * 20, "a\r\nHost: x"]
)
def test_a_token_that_cannot_be_one_causes_no_call(server, auth_id):
    with pytest.raises(NotAllowed):
        proof(server, auth_id)
    assert server.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        (503, {"error": "QUERY_LIMIT_EXCEEDED"}),
        (500, {"error": "INTERNAL_SERVER_ERROR"}),
        (502, b"<html>"),
        (200, {"result": []}),
        (302, b"", {"Location": "https://example.com/rest/app.info"}),
    ],
)
def test_a_server_that_is_away_is_no_verdict_on_the_caller(server, answer):
    server.script["/rest/app.info"] = [answer]
    with pytest.raises(PortalUnavailable):
        proof(server)


def test_without_a_configured_app_nobody_is_proven(server):
    with pytest.raises(NotAllowed):
        prove(requests.Session(), oauth_url=server.url, client_id="", auth_id="f" * 70)


def test_plain_http_portals_need_a_plain_http_authorization_server():
    assert is_acceptable_endpoint("http://127.0.0.1:8000/rest/", "http://127.0.0.1:9000")
    assert not is_acceptable_endpoint(
        "http://lumen.bitrix24.fr/rest/", "https://oauth.bitrix24.tech"
    )
    assert is_acceptable_endpoint(
        "https://crm.example.com:8443/rest/", "https://oauth.bitrix24.tech"
    )


def test_a_proof_is_kept_five_minutes_and_a_refusal_is_not(server):
    now = [0.0]
    prover = Prover(
        requests.Session(), oauth_url=server.url, client_id="app.1", clock=lambda: now[0]
    )
    prover.prove("f" * 70)
    prover.prove("f" * 70)
    assert len(server.requests) == 1
    now[0] = 301
    prover.prove("f" * 70)
    assert len(server.requests) == 2
    prover.forget("a1b2c3")
    server.script["/rest/app.info"] = [(401, {"error": "invalid_token"})]
    for _ in range(2):
        with pytest.raises(NotAllowed):
            prover.prove("f" * 70)
    assert len(server.requests) == 4


def test_the_prover_forgets_the_oldest_rather_than_grow(server):
    prover = Prover(requests.Session(), oauth_url=server.url, client_id="app.1", size=2)
    for letter in "abca":
        prover.prove(letter * 70)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("answer", "expected"), [(True, True), (False, False), ("Y", False), ([], False)]
)
def test_only_a_plain_yes_makes_an_administrator(answer, expected):
    assert is_admin(CrmClient(TablePortal({"user.admin": lambda _: answer}))) is expected


class TestRenewal:
    GOOD: ClassVar = {
        "access_token": "aaaaaa",
        "refresh_token": "bbbbbb",
        "expires": 1_795_000_000,
        "expires_in": 3600,
        "client_endpoint": "https://lumen.bitrix24.fr/rest/",
        "server_endpoint": "https://oauth.bitrix24.tech/rest/",
        "domain": "oauth.bitrix24.tech",
        "member_id": "a1b2c3",
        "scope": "crm,placement",
        "status": "P",
        "user_id": 7,
    }

    def pair(self, server):
        return refresh_pair(
            requests.Session(),
            oauth_url=server.url,
            client_id="app.1",
            client_secret="s",
            refresh_token="r",
        )

    def test_gives_the_new_pair_and_the_portals_endpoint(self, server):
        server.script["/oauth/token/"] = [(200, self.GOOD)]
        pair = self.pair(server)
        assert (pair.access, pair.refresh, pair.user_id) == ("aaaaaa", "bbbbbb", "7")
        assert pair.client_endpoint == "https://lumen.bitrix24.fr/rest/"
        assert int(pair.expires_at.timestamp()) == 1_795_000_000
        assert "aaaaaa" not in repr(pair)

    @pytest.mark.parametrize("gap", ["access_token", "refresh_token"])
    def test_half_a_pair_is_no_pair(self, server, gap):
        server.script["/oauth/token/"] = [(200, {**self.GOOD, gap: ""})]
        with pytest.raises(PortalUnavailable):
            self.pair(server)

    def test_an_endpoint_that_is_none_is_refused(self, server):
        server.script["/oauth/token/"] = [(200, {**self.GOOD, "client_endpoint": "javascript:1"})]
        with pytest.raises(PortalUnavailable):
            self.pair(server)

    def test_a_wrong_secret_with_status_200_is_an_error(self, server):
        server.script["/oauth/token/"] = [(200, {"error": "wrong_client"})]
        with pytest.raises(PortalRefused):
            self.pair(server)
