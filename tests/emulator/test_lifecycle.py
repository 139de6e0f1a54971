"""Install, finish, update, uninstall: what is seen and what is sent when."""

from __future__ import annotations

import pytest
from portal_kit import Client, Listener, client_of

from emulator.demo_data import CLIENT_ID
from emulator.frames import NotInstalled
from emulator.lifecycle import NotAllowed
from emulator.server import Emulator


def bind_tab(client: Client, handler: str) -> None:
    client.call(
        "placement.bind",
        PLACEMENT="CRM_DEAL_DETAIL_TAB",
        HANDLER=handler,
        TITLE="Sign",
        LANG_ALL={"fr": {"TITLE": "Signer"}},
    )


def test_only_an_administrator_installs(portal: Emulator) -> None:
    with pytest.raises(NotAllowed):
        portal.engine.start_install(CLIENT_ID, 2)


def test_before_install_finish_binds_succeed_but_nothing_shows_and_nothing_is_sent(
    started: Emulator, listener: Listener
) -> None:
    client = client_of(started, 1)
    bind_tab(client, f"{listener.url}/tab")
    client.call("event.bind", event="onCrmDealUpdate", handler=f"{listener.url}/events")
    assert client.call("app.info")["INSTALLED"] is False
    assert started.state.bindings("CRM_DEAL_DETAIL_TAB", 1) == []
    started.engine.move_deal(1, "EXECUTING", 1)
    assert started.engine.outbox.wait_idle()
    assert listener.posts == []

    started.engine.finish_install(CLIENT_ID)
    assert started.engine.outbox.wait_idle()
    assert [b.title_in("fr") for b in started.state.bindings("CRM_DEAL_DETAIL_TAB", 2)] == [
        "Signer"
    ]
    assert [p["event"] for p in listener.posts] == ["ONAPPINSTALL"]


def test_the_installer_opens_for_administrators_until_it_is_finished(started: Emulator) -> None:
    frame = started.engine.open_placement(1, "DEFAULT")
    assert frame.url.startswith(f"{started.app_url}/placements/install?")
    assert "PLACEMENT_OPTIONS" not in frame.fields
    with pytest.raises(NotInstalled):
        started.engine.open_placement(2, "DEFAULT")
    started.engine.finish_install(CLIENT_ID)
    opened = started.engine.open_placement(2, "DEFAULT")
    assert opened.url.startswith(f"{started.app_url}/placements/home?")


def test_on_app_install_brings_tokens_that_work_and_spaces_between_scopes(
    started: Emulator, listener: Listener
) -> None:
    started.engine.finish_install(CLIENT_ID)
    started.engine.finish_install(CLIENT_ID)
    assert started.engine.outbox.wait_idle()
    (post,) = listener.of("ONAPPINSTALL")
    assert post["path"] == "/handlers/events"
    assert post["data"]["INSTALLED"] == "Y"
    auth = post["auth"]
    assert auth["scope"] == "crm placement bizproc im user_basic"
    assert auth["application_token"] == started.state.installations[CLIENT_ID].application_token
    assert Client(started, auth["access_token"]).call("user.admin") is True
    assert "refresh_token" in auth


def test_uninstalling_kills_rest_and_says_goodbye_without_tokens(
    installed: Emulator, listener: Listener
) -> None:
    client = client_of(installed, 1)
    bind_tab(client, f"{listener.url}/tab")
    client.call("event.bind", event="ONAPPUNINSTALL", handler=f"{listener.url}/bye")
    installed.engine.uninstall_app(CLIENT_ID, 1, clean=True)
    assert installed.engine.outbox.wait_idle()
    (post,) = listener.of("ONAPPUNINSTALL")
    assert post["data"] == {"LANGUAGE_ID": "fr", "CLEAN": "1"}
    assert set(post["auth"]) == {
        "domain",
        "server_endpoint",
        "client_endpoint",
        "member_id",
        "application_token",
    }
    assert installed.state.installations[CLIENT_ID].placements == []
    assert client.error("profile") == (401, "APPLICATION_NOT_FOUND")


def test_a_removed_app_can_be_installed_again_from_nothing(
    installed: Emulator, listener: Listener
) -> None:
    before = installed.state.installations[CLIENT_ID].application_token
    installed.engine.uninstall_app(CLIENT_ID, 1)
    inst = installed.engine.start_install(CLIENT_ID, 1)
    assert inst.status == "started"
    assert inst.application_token != before
    client = client_of(installed, 1)
    assert client.call("placement.get") == []


def test_an_update_drops_event_handlers_and_blocks_robots(
    installed: Emulator, listener: Listener
) -> None:
    client = client_of(installed, 1)
    client.call("event.bind", event="ONCRMDEALDELETE", handler=f"{listener.url}/events")
    client.call("bizproc.robot.add", CODE="send", HANDLER=f"{listener.url}/robot", NAME="Send")
    bind_tab(client, f"{listener.url}/tab")
    installed.engine.update_app(CLIENT_ID, 2, 1)
    assert installed.engine.outbox.wait_idle()
    assert client.call("event.get") == []
    assert client.call("bizproc.robot.list") == []
    assert len(client.call("placement.get")) == 1
    (post,) = listener.of("ONAPPUPDATE")
    assert (post["data"]["VERSION"], post["data"]["PREVIOUS_VERSION"]) == ("2", "1")


def test_a_wrong_application_token_can_be_sent_on_purpose(
    started: Emulator, listener: Listener
) -> None:
    started.engine.faults.add("event:ONAPPINSTALL", "wrong_token")
    started.engine.finish_install(CLIENT_ID)
    assert started.engine.outbox.wait_idle()
    assert listener.of("ONAPPINSTALL")[0]["auth"]["application_token"] == "0" * 32


def test_a_lost_event_never_comes(started: Emulator, listener: Listener) -> None:
    started.engine.faults.add("event:ONAPPINSTALL", "lost")
    started.engine.finish_install(CLIENT_ID)
    assert started.engine.outbox.wait_idle()
    assert listener.posts == []


def test_a_handler_that_fails_is_not_called_again(started: Emulator, listener: Listener) -> None:
    listener.status = 500
    started.engine.finish_install(CLIENT_ID)
    assert started.engine.outbox.wait_idle()
    assert len(listener.posts) == 1
    assert [d.status for d in started.state.deliveries] == [500]
