"""The official Python SDK reads what the portal posts and answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from b24pysdk.credentials import OAuthEventData, OAuthPlacementData, OAuthWorkflowData
from portal_kit import Client, Listener

from emulator.demo_data import CLIENT_ID
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
