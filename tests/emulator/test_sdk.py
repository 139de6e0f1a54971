"""The official Python SDK reads what the portal posts and answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from b24pysdk import BitrixApp, BitrixToken
from b24pysdk import Client as SdkClient
from b24pysdk.api.callers.call_method import _MethodCaller
from b24pysdk.api.requesters.bitrix_oauth_requester import BitrixOAuthRequester
from b24pysdk.credentials import OAuthEventData, OAuthPlacementData, OAuthWorkflowData
from b24pysdk.errors import BitrixAPIError
from portal_kit import Client, Listener

from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.server import Emulator


def flat(post: dict[str, Any]) -> dict[str, str]:
    return dict(parse_qsl(post["raw"], keep_blank_values=True))


def test_a_placement_post_is_understood(installed: Emulator) -> None:
    frame = installed.engine.open_placement(2, "DEFAULT", {"ID": 5})
    query = dict(parse_qsl(urlsplit(frame.url).query))
    data = OAuthPlacementData.from_dict({**query, **frame.fields})
    assert data.domain == installed.state.portal.domain
    assert data.placement_options == {"ID": "5"}
    assert data.oauth_token.access_token == frame.fields["AUTH_ID"]


def test_an_event_post_is_understood_with_and_without_tokens(
    started: Emulator, listener: Listener
) -> None:
    started.engine.finish_install(CLIENT_ID)
    started.engine.outbox.wait_idle()
    with_tokens = OAuthEventData.from_dict(flat(listener.of("ONAPPINSTALL")[0]))
    assert (with_tokens.event, with_tokens.is_system) == ("ONAPPINSTALL", False)
    inst = started.state.installations[CLIENT_ID]
    bind = {"event": "ONAPPUNINSTALL", "handler": f"{listener.url}/e"}
    frame = started.engine.open_placement(1, "DEFAULT")
    Client(started, frame.fields["AUTH_ID"]).call("event.bind", **bind)
    started.engine.uninstall_app(CLIENT_ID, 1)
    started.engine.outbox.wait_idle()
    bare = OAuthEventData.from_dict(flat(listener.of("ONAPPUNINSTALL")[0]))
    assert bare.is_system
    assert bare.auth.application_token == inst.application_token


def test_a_robot_post_is_understood(admin: Client, listener: Listener) -> None:
    admin.call(
        "bizproc.robot.add",
        CODE="send",
        HANDLER=f"{listener.url}/robot",
        NAME="Send",
        PROPERTIES={"layout": {"Name": "Layout", "Type": "string"}},
    )
    admin.portal.engine.add_rule("EXECUTING", "send", {"layout": "4"})
    admin.portal.engine.move_deal(1, "EXECUTING", 2)
    admin.portal.engine.outbox.wait_idle()
    data = OAuthWorkflowData.from_dict(flat(listener.robots()[0]))
    assert data.code == "send"
    assert data.use_subscription is True
    assert list(data.document_id) == ["crm", "CCrmDocumentDeal", "DEAL_1"]
    assert data.properties == {"layout": "4"}


@pytest.fixture
def sdk_app(admin: Client, monkeypatch: pytest.MonkeyPatch) -> BitrixApp:
    """The SDK, pointed at the pretend servers: it knows only https and its own host."""
    portal = admin.portal
    base = f"{portal.portal_url}/rest"
    monkeypatch.setattr(_MethodCaller, "_base_url", property(lambda self: base))
    for name, path in (("_OAUTH_TOKEN_URL", "oauth/token/"), ("_APP_INFO_URL", "rest/app.info/")):
        monkeypatch.setattr(BitrixOAuthRequester, name, f"{portal.oauth_url}/{path}")
    return BitrixApp(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)


def sdk_token(admin: Client, app: BitrixApp) -> BitrixToken:
    return BitrixToken(
        domain=admin.portal.state.portal.domain,
        auth_token=admin.access,
        refresh_token=admin.refresh,
        bitrix_app=app,
    )


def test_the_sdk_calls_methods_and_batches(admin: Client, sdk_app: BitrixApp) -> None:
    client = SdkClient(sdk_token(admin, sdk_app))
    assert client.crm.deal.get(bitrix_id=1).result["TITLE"].startswith("Éclairage")
    answers = client.call_batch(
        {"deal": client.crm.deal.get(bitrix_id=1), "me": client.profile()}
    ).result.result
    assert answers["deal"]["ID"] == "1"
    assert answers["me"]["ADMIN"] is True


def test_the_sdk_renews_an_expired_token_by_itself(admin: Client, sdk_app: BitrixApp) -> None:
    token = sdk_token(admin, sdk_app)
    admin.portal.state.advance(3700)
    assert SdkClient(token).profile().result["ID"] == "1"
    assert token.refresh_token != admin.refresh


def test_the_sdk_names_the_errors(admin: Client, sdk_app: BitrixApp) -> None:
    client = SdkClient(sdk_token(admin, sdk_app))
    with pytest.raises(BitrixAPIError) as caught:
        client.crm.item.get(entity_type_id=2, bitrix_id=999).response  # noqa: B018
    assert caught.value.error == "NOT_FOUND"


def test_the_sdk_believes_app_info(admin: Client, sdk_app: BitrixApp) -> None:
    frame = admin.portal.engine.open_placement(2, "DEFAULT")
    query = dict(parse_qsl(urlsplit(frame.url).query))
    data = OAuthPlacementData.from_dict({**query, **frame.fields})
    info = data.get_app_info(sdk_app)
    assert info.user_id == 2
    assert data.validate_against_app_info(info)
