"""The official Python SDK as a client of the pretend portal, and as the reader of every call the portal makes."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from b24pysdk import BitrixApp, BitrixToken
from b24pysdk import Client as SdkClient
from b24pysdk.api.callers.call_method import _MethodCaller
from b24pysdk.api.requesters.bitrix_oauth_requester import BitrixOAuthRequester
from b24pysdk.credentials import OAuthEventData, OAuthPlacementData, OAuthWorkflowData
from b24pysdk.errors import BitrixAPIError
from portal_kit import Client, Listener
from test_sdk import flat

from emulator import portal_life
from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.rest.methods.placement import catalogue


@pytest.fixture
def app(admin: Client, monkeypatch: pytest.MonkeyPatch) -> BitrixApp:
    """The SDK knows only https and its own host; both are turned to the pretend servers."""
    portal = admin.portal
    port = portal.state.portal.domain.partition(":")[2]
    monkeypatch.setattr(
        _MethodCaller,
        "_base_url",
        property(lambda self: f"http://{self._domain.partition(':')[0]}:{port}/rest"),
    )
    for name, path in (("_OAUTH_TOKEN_URL", "oauth/token/"), ("_APP_INFO_URL", "rest/app.info/")):
        monkeypatch.setattr(BitrixOAuthRequester, name, f"{portal.oauth_url}/{path}")
    return BitrixApp(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)


@pytest.fixture
def token(admin: Client, app: BitrixApp) -> BitrixToken:
    return BitrixToken(
        domain=admin.portal.state.portal.domain,
        auth_token=admin.access,
        refresh_token=admin.refresh,
        bitrix_app=app,
    )


def test_a_code_becomes_tokens_once(admin: Client, app: BitrixApp) -> None:
    url = f"{admin.portal.portal_url}/oauth/authorize/"
    back = requests.get(
        url, params={"client_id": CLIENT_ID, "state": "s"}, timeout=10, allow_redirects=False
    )
    code = dict(parse_qsl(urlsplit(back.headers["Location"]).query))["code"]
    made = app.get_oauth_token(code)
    assert made.member_id == admin.portal.state.portal.member_id
    assert made.oauth_token.access_token in admin.portal.state.tokens
    with pytest.raises(BitrixAPIError):
        app.get_oauth_token(code)


def test_a_used_refresh_token_is_refused_by_name(admin: Client, app: BitrixApp) -> None:
    app.refresh_oauth_token(admin.refresh)
    with pytest.raises(BitrixAPIError) as caught:
        app.refresh_oauth_token(admin.refresh)
    assert str(caught.value.error).lower() == "invalid_grant"


def test_a_moved_portal_is_followed(admin: Client, token: BitrixToken) -> None:
    port = admin.portal.state.portal.domain.partition(":")[2]
    portal_life.rename(admin.portal.engine, f"localhost:{port}")
    assert SdkClient(token).profile().result["ID"] == "1"
    assert token.domain == "localhost"


def test_lists_come_whole_page_by_page(admin: Client, token: BitrixToken) -> None:
    state = admin.portal.state
    for _ in range(120):
        state.add_entry("comment", 2, 1, author_id=1, text="x")
    request = SdkClient(token).crm.timeline.comment.list(
        filter={"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}
    )
    assert len(list(request.as_list().result)) == 120


def test_one_failed_command_of_a_batch_is_named_and_the_others_answer(token: BitrixToken) -> None:
    client = SdkClient(token)
    answer = client.call_batch(
        {"good": client.profile(), "bad": client.crm.item.get(entity_type_id=2, bitrix_id=999)}
    ).result
    assert answer.result["good"]["ID"] == "1"
    assert answer.result_error["bad"]["error"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "code",
    ["insufficient_scope", "user_access_error", "ACCESS_DENIED", "PORTAL_DELETED", "OVERLOAD_LIMIT",
     "OPERATION_TIME_LIMIT", "INTERNAL_SERVER_ERROR", "PAYMENT_REQUIRED"],
)  # fmt: skip
def test_every_error_of_the_tables_is_known_to_the_sdk(
    admin: Client, token: BitrixToken, code: str
) -> None:
    admin.portal.engine.faults.add("profile", code, times=None)
    with pytest.raises(BitrixAPIError) as caught:
        SdkClient(token).profile().result  # noqa: B018
    assert str(caught.value.error).upper() == code.upper()


LIFE = ("ONCRMTYPEADD", "ONCRMTYPEDELETE", "ONCRMDEALDELETE", "ONCRMTIMELINECOMMENTADD",
        "ONCRMTIMELINEITEMACTION", "ONCRMDOCUMENTGENERATORDOCUMENTADD", "ONCRMDEALUPDATE")  # fmt: skip


def test_every_event_the_portal_sends_is_read_by_the_sdk(admin: Client, listener: Listener) -> None:
    engine = admin.portal.engine
    for event in LIFE:
        admin.call("event.bind", event=event, handler=f"{listener.url}/e")
    made = portal_life.add_type(engine, "Chantiers")
    portal_life.delete_type(engine, made.entity_type_id)
    engine.add_comment(1, "Bonjour", 2)
    engine.create_document_from_template(1, 1, 2)
    engine.move_deal(2, "EXECUTING", 2)
    card = admin.call(
        "crm.activity.configurable.add",
        ownerTypeId=2,
        ownerId=1,
        fields={},
        layout={
            "icon": {"code": "document"},
            "header": {"title": "t"},
            "body": {
                "logo": {"code": "document"},
                "blocks": {"a": {"type": "text", "properties": {"value": "x"}}},
            },
        },
    )["activity"]["id"]
    engine.timeline_action(int(card), 2, {"id": "remind", "actionParams": {"envelope": "e"}})
    engine.delete_deal(7, 1)
    engine.outbox.wait_idle()
    engine.update_app(CLIENT_ID, 2, 1)
    engine.outbox.wait_idle()
    for event in (*LIFE, "ONAPPUPDATE"):
        posts = listener.of(event)
        assert posts, event
        for post in posts:
            data = OAuthEventData.from_dict(flat(post))
            assert data.event == event
            assert data.auth.member_id == admin.portal.state.portal.member_id


def test_an_event_without_tokens_is_read_as_the_systems(admin: Client, listener: Listener) -> None:
    admin.call("event.bind", event="ONCRMDEALUPDATE", handler=f"{listener.url}/e")
    admin.portal.engine.move_deal(2, "EXECUTING", 0)
    admin.portal.engine.outbox.wait_idle()
    assert OAuthEventData.from_dict(flat(listener.of("ONCRMDEALUPDATE")[0])).is_system


def test_every_place_of_the_catalogue_posts_what_the_sdk_reads(
    admin: Client, listener: Listener
) -> None:
    state = admin.portal.state
    state.limits.enabled = False
    codes = [code for code in catalogue(state) if code not in ("PAGE_BACKGROUND_WORKER",)]
    for code in codes:
        admin.call("placement.bind", PLACEMENT=code, HANDLER=f"{listener.url}/p", TITLE="t")
    for code in (*codes, "DEFAULT"):
        frame = admin.portal.engine.open_placement(2, code, {"ID": 1})
        query = dict(parse_qsl(urlsplit(frame.url).query))
        data = OAuthPlacementData.from_dict({**query, **frame.fields})
        assert data.placement == code
        assert data.member_id == state.portal.member_id


def test_a_robots_settings_page_and_its_call_are_read(admin: Client, listener: Listener) -> None:
    admin.call(
        "bizproc.robot.add",
        CODE="send",
        HANDLER=f"{listener.url}/robot",
        NAME="Send",
        USE_SUBSCRIPTION="N",
        USE_PLACEMENT="Y",
        PLACEMENT_HANDLER=f"{listener.url}/settings",
        PROPERTIES={"layout": {"Name": "Layout", "Type": "string"}},
    )
    engine = admin.portal.engine
    frame = engine.open_robot_settings(1, "send", {"code": "send", "current_values": {}})
    query = dict(parse_qsl(urlsplit(frame.url).query))
    data = OAuthPlacementData.from_dict({**query, **frame.fields})
    assert data.placement_options["code"] == "send"
    engine.add_rule("EXECUTING", "send", {"layout": "4"})
    engine.move_deal(1, "EXECUTING", 2)
    engine.outbox.wait_idle()
    call = OAuthWorkflowData.from_dict(flat(listener.robots()[0]))
    assert (call.code, call.use_subscription) == ("send", False)
