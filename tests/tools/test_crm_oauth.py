from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests
from crm_stub import scripted

from app.crm.limiter import Limiter
from app.crm.oauth import OAuthTransport, Tokens, direct_transport
from app.crm.wire import pooled_session
from app.errors import InstallationGone, PortalError, PortalRefused, PortalUnavailable

METHOD = "/rest/crm.item.get"
OK = (200, {"result": {"item": {"id": 1}}, "time": {}})
EXPIRED = (
    401,
    {"error": "expired_token", "error_description": "The access token provided has expired."},
)
BUSY = (503, {"error": "QUERY_LIMIT_EXCEEDED"})
BROKEN = (500, {"error": "INTERNAL_SERVER_ERROR"})
SECRETS = ("old-access", "old-refresh", "new-access", "new-refresh", "s3cret")


class Vault:
    """Tokens in memory; notes what happened in which order."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.events = []
        self.lost, self.heeded, self.heirs = [], [], []
        self.lock = threading.Lock()
        self.before_lease = lambda: None

    def load(self, _portal_id, _user_id):
        return self.tokens

    def save(self, _portal_id, tokens):
        self.events.append("save")
        self.tokens = tokens

    @contextmanager
    def lease(self, _portal_id, _user_id):
        self.before_lease()
        with self.lock:
            self.events.append("lease")
            yield

    def rename(self, _portal_id, domain, client_endpoint):
        self.events.append(f"rename {domain}")
        self.tokens = replace(self.tokens, client_endpoint=client_endpoint)

    def lose(self, _portal_id, user_id):
        self.lost.append(user_id)
        if self.heirs:
            self.tokens = self.heirs.pop(0)

    def heed(self, _portal_id, code):
        self.heeded.append(code)


@pytest.fixture
def portal():
    with scripted() as stub:
        yield stub


@pytest.fixture
def vault(portal):
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    return Vault(Tokens("old-access", "old-refresh", moment, portal.endpoint, "1"))


def transport(portal, vault, *, slept=None, log=None, limiter=None):
    waits = slept if slept is not None else []
    return OAuthTransport(
        pooled_session(),
        vault,
        portal_id="p",
        user_id=None,
        oauth_url=portal.url,
        client_id="app.1",
        client_secret="s3cret",
        limiter=limiter or Limiter(sleep=waits.append),
        log=log or (lambda entry: None),
    )


def grant(portal, **more):
    return (
        200,
        {
            "access_token": "new-access",
            "refresh_token": "new-refresh",
            "expires": 1_795_000_000,
            "client_endpoint": portal.endpoint,
            "member_id": "m",
            "user_id": 1,
            **more,
        },
    )


def test_a_call_posts_json_with_the_token_in_the_body(portal, vault):
    portal.script[METHOD] = [OK]
    assert transport(portal, vault).call("crm.item.get", {"id": 1}) == OK[1]
    request = portal.requests[0]
    assert request.json == {"id": 1, "auth": "old-access"}
    assert "old-access" not in request.path
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"].startswith("Paraph")


def test_an_expired_token_is_renewed_once_stored_and_then_used(portal, vault):
    stored_at_use = []
    portal.script[METHOD] = [EXPIRED, lambda r: (stored_at_use.append(vault.tokens.access), OK)[1]]
    portal.script["/oauth/token/"] = [grant(portal)]
    transport(portal, vault).call("crm.item.get", {"id": 1})
    assert stored_at_use == ["new-access"]
    assert vault.events == ["lease", "save"]
    assert portal.requests[2].json["auth"] == "new-access"
    sent = portal.requests[1]
    assert sent.form["refresh_token"] == "old-refresh"
    assert "s3cret" not in sent.path


def test_nothing_is_renewed_while_the_token_works(portal, vault):
    portal.script[METHOD] = [OK]
    client = transport(portal, vault)
    for _ in range(3):
        client.call("crm.item.get", {})
    assert "/oauth/token/" not in portal.paths()


def test_a_pair_renewed_by_another_process_is_taken_over(portal, vault):
    portal.script[METHOD] = [EXPIRED, OK]
    newer = replace(vault.tokens, access="theirs", refresh="their-refresh")
    vault.before_lease = lambda: setattr(vault, "tokens", newer)
    transport(portal, vault).call("crm.item.get", {})
    assert "/oauth/token/" not in portal.paths()
    assert portal.requests[-1].json["auth"] == "theirs"


def test_two_threads_with_an_expired_token_share_one_renewal(portal, vault):
    together = threading.Barrier(2)
    portal.script[METHOD] = [
        lambda r: OK if r.json["auth"] == "new-access" else (together.wait(5), EXPIRED)[1]
    ]
    portal.script["/oauth/token/"] = [grant(portal)]
    client = transport(portal, vault)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.call("crm.item.get", {})))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [OK[1], OK[1]]
    assert portal.paths().count("/oauth/token/") == 1


def test_a_token_that_stays_expired_is_not_renewed_in_a_circle(portal, vault):
    portal.script[METHOD] = [EXPIRED]
    portal.script["/oauth/token/"] = [grant(portal)]
    with pytest.raises(PortalRefused) as caught:
        transport(portal, vault).call("crm.item.get", {})
    assert caught.value.code == "EXPIRED_TOKEN"
    assert portal.paths().count("/oauth/token/") == 1


def test_a_refused_refresh_token_asks_for_an_administrator(portal, vault):
    portal.script[METHOD] = [EXPIRED]
    portal.script["/oauth/token/"] = [(400, {"error": "invalid_grant"})]
    with pytest.raises(PortalRefused) as caught:
        transport(portal, vault).call("crm.item.get", {})
    assert caught.value.code == "INVALID_GRANT"
    assert "administrator" in str(caught.value)
    assert vault.tokens.refresh == "old-refresh"


def test_a_refused_refresh_token_is_forgiven_when_a_frame_saved_a_newer_pair(portal, vault):
    def meanwhile(_request):
        vault.tokens = replace(vault.tokens, access="from-frame")
        return (400, {"error": "invalid_grant"})

    portal.script[METHOD] = [EXPIRED, OK]
    portal.script["/oauth/token/"] = [meanwhile]
    transport(portal, vault).call("crm.item.get", {})
    assert portal.requests[-1].json["auth"] == "from-frame"


def test_an_app_that_is_gone_says_so(portal, vault):
    portal.script[METHOD] = [EXPIRED]
    portal.script["/oauth/token/"] = [(401, {"error": "NOT_INSTALLED"})]
    with pytest.raises(InstallationGone):
        transport(portal, vault).call("crm.item.get", {})


def test_an_authorization_server_that_redirects_gets_no_secret_elsewhere(portal, vault):
    with scripted() as elsewhere:
        portal.script[METHOD] = [EXPIRED]
        portal.script["/oauth/token/"] = [(302, {}, {"Location": f"{elsewhere.url}/oauth/token/"})]
        with pytest.raises(PortalError):
            transport(portal, vault).call("crm.item.get", {})
        assert elsewhere.requests == []


def test_the_rate_limit_is_waited_out_for_writes_too(portal, vault):
    slept = []
    portal.script["/rest/crm.item.update"] = [BUSY, BUSY, (200, {"result": True})]
    transport(portal, vault, slept=slept).call("crm.item.update", {})
    assert len(portal.requests) == 3
    assert slept[:1] == [1.0]


def test_the_rate_limit_is_not_waited_out_for_ever(portal, vault):
    portal.script["/rest/crm.item.update"] = [BUSY]
    with pytest.raises(PortalUnavailable) as caught:
        transport(portal, vault).call("crm.item.update", {})
    assert caught.value.code == "QUERY_LIMIT_EXCEEDED"
    assert len(portal.requests) == 5


def test_a_read_is_asked_again_after_a_failure_of_the_server(portal, vault):
    portal.script[METHOD] = [BROKEN, (502, b"<html>Bad gateway</html>"), OK]
    assert transport(portal, vault).call("crm.item.get", {}) == OK[1]


def test_a_batch_of_reads_is_a_read_and_one_write_makes_it_a_write(portal, vault):
    portal.script["/rest/batch"] = [BROKEN, (200, {"result": {"result": {}}})]
    transport(portal, vault).call("batch", {"cmd": {"a": "crm.item.get?id=1", "b": "user.get"}})
    portal.script["/rest/batch"] = [BROKEN, (200, {"result": {"result": {}}})]
    with pytest.raises(PortalUnavailable):
        transport(portal, vault).call(
            "batch", {"cmd": {"a": "crm.item.get", "b": "crm.item.update"}}
        )


@pytest.mark.parametrize(
    "answer", [BROKEN, (500, b"<html>crash</html>"), (403, b"<html>blocked</html>"), (200, b"[]")]
)
def test_a_write_whose_answer_is_lost_is_never_repeated_here(portal, vault, answer):
    portal.script["/rest/crm.timeline.comment.add"] = [answer]
    with pytest.raises(PortalUnavailable):
        transport(portal, vault).call("crm.timeline.comment.add", {})
    assert len(portal.requests) == 1


def test_a_method_over_its_running_time_is_paused_alone(portal, vault):
    portal.script[METHOD] = [(429, {"error": "OPERATION_TIME_LIMIT"})]
    portal.script["/rest/crm.item.list"] = [(200, {"result": []})]
    client = transport(portal, vault)
    for _ in range(2):
        with pytest.raises(PortalUnavailable):
            client.call("crm.item.get", {})
    client.call("crm.item.list", {})
    assert portal.paths() == [METHOD, "/rest/crm.item.list"]


def test_an_unreachable_portal_is_waited_for_without_its_address_in_the_text(vault, portal):
    vault.tokens = replace(vault.tokens, client_endpoint="http://127.0.0.1:9/rest/")
    with pytest.raises(PortalUnavailable) as caught:
        transport(portal, vault).call("crm.item.add", {})
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_connections_are_kept_between_calls(portal, vault):
    portal.script[METHOD] = [OK]
    client = transport(portal, vault)
    for _ in range(5):
        client.call("crm.item.get", {})
    assert portal.connections == 1


class TestARenamedPortal:
    def moved(self, portal, new_url, **app_info):
        portal.script[METHOD] = [(302, b"", {"Location": f"{new_url}/rest/crm.item.get"})]
        install = {
            "member_id": "m",
            "domain": new_url.split("//")[1],
            "client_endpoint": f"{new_url}/rest/",
            "installed": True,
            "status": "L",
            **app_info,
        }
        portal.script["/rest/app.info"] = [
            (200, {"result": {"client_id": "app.1", "user_id": 1, "install": install}})
        ]

    def test_is_followed_with_the_body_and_remembered(self, portal, vault):
        with scripted() as new:
            new.script[METHOD] = [OK]
            self.moved(portal, new.url)
            assert transport(portal, vault).call("crm.item.get", {"id": 7}) == OK[1]
            assert new.requests[0].json == {"id": 7, "auth": "old-access"}
            assert vault.tokens.client_endpoint == new.endpoint
            assert vault.events == [f"rename {new.url.split('//')[1]}"]

    def test_is_not_followed_to_a_place_the_authorization_server_does_not_know(self, portal, vault):
        with scripted() as hostile:
            self.moved(portal, hostile.url, client_endpoint=portal.endpoint)
            with pytest.raises(PortalUnavailable):
                transport(portal, vault).call("crm.item.add", {})
            with pytest.raises(PortalUnavailable):
                transport(portal, vault).call("crm.item.get", {})
            assert hostile.requests == []
            assert vault.events == []

    @pytest.mark.parametrize(
        "location",
        [
            "",
            "/rest/crm.item.get",
            "ftp://x.example.com/rest/crm.item.get",
            "http://a@b/rest/crm.item.get",
        ],
    )
    def test_a_redirect_that_is_no_move_is_not_followed(self, portal, vault, location):
        self.moved(portal, portal.url)
        portal.script[METHOD] = [(302, b"", {"Location": location} if location else {})]
        with pytest.raises(PortalError):
            transport(portal, vault).call("crm.item.get", {})
        assert vault.events == []


def test_no_secret_shows_in_reprs_logs_or_errors(portal, vault):
    entries = []
    portal.script[METHOD] = [EXPIRED, (400, {"error": "X", "error_description": "old-access"})]
    portal.script["/oauth/token/"] = [grant(portal)]
    client = transport(portal, vault, log=entries.append)
    with pytest.raises(PortalRefused) as caught:
        client.call(
            "crm.item.get", {"fields": {"EMAIL": "marie@example.com", "auth": "old-access", "n": 4}}
        )
    shown = repr((entries, caught.value, vault.tokens, str(caught.value)))
    assert not [secret for secret in (*SECRETS, "marie") if secret in shown]
    assert [entry.error for entry in entries] == ["EXPIRED_TOKEN", "X"]
    assert entries[0].params == {"fields": {"EMAIL": "‹17›", "auth": "‹secret›", "n": 4}}


def test_a_frames_user_is_served_with_the_frames_token_and_never_renewed(portal):
    portal.script[METHOD] = [EXPIRED]
    client = direct_transport(requests.Session(), portal.endpoint, "frame-access")
    with pytest.raises(PortalRefused) as caught:
        client.call("crm.item.get", {})
    assert caught.value.code == "EXPIRED_TOKEN"
    assert len(portal.requests) == 1


GONE = {
    "authorization_error": (401, {"error": "authorization_error"}),
    "invalid_token": (401, {"error": "invalid_token"}),
    "APPLICATION_NOT_FOUND": (401, {"error": "APPLICATION_NOT_FOUND"}),
}


@pytest.mark.parametrize("code", GONE)
def test_background_work_of_a_person_who_is_gone_goes_on_as_another(portal, vault, code):
    heir = replace(vault.tokens, access="heir-access", user_id="2")
    vault.heirs.append(heir)
    portal.script[METHOD] = [lambda r: OK if r.json["auth"] == "heir-access" else GONE[code]]
    portal.script["/oauth/token/"] = [(400, {"error": "invalid_grant"})]
    assert transport(portal, vault).call("crm.item.get", {}) == OK[1]
    assert vault.lost == ["1"]


def test_a_refused_token_whose_owner_is_still_there_is_renewed_and_nobody_is_lost(portal, vault):
    portal.script[METHOD] = [
        lambda r: OK if r.json["auth"] == "new-access" else GONE["invalid_token"]
    ]
    portal.script["/oauth/token/"] = [grant(portal)]
    transport(portal, vault).call("crm.item.get", {})
    assert vault.lost == []


def test_a_frames_own_user_is_never_replaced(portal, vault):
    vault.heirs.append(replace(vault.tokens, access="heir-access", user_id="2"))
    portal.script[METHOD] = [GONE["authorization_error"]]
    frame = OAuthTransport(
        pooled_session(),
        vault,
        portal_id="p",
        user_id="1",
        oauth_url=portal.url,
        client_id="app.1",
        client_secret="s3cret",
        limiter=Limiter(sleep=lambda _s: None),
    )
    with pytest.raises(PortalRefused):
        frame.call("crm.item.get", {})
    assert vault.lost == []
    assert "/oauth/token/" not in portal.paths()


@pytest.mark.parametrize("code", ["PAYMENT_REQUIRED", "PORTAL_DELETED"])
def test_what_is_true_of_the_whole_portal_is_kept_and_not_asked_again(portal, vault, code):
    portal.script[METHOD] = [(401, {"error": code})]
    with pytest.raises(PortalUnavailable):
        transport(portal, vault).call("crm.item.get", {})
    assert vault.heeded == [code]
    assert len(portal.requests) == 1
