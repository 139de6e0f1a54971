"""The queue's faults, on purpose: late, without tokens, by chance with a seed; and an application not ours."""

from __future__ import annotations

from pathlib import Path

from portal_kit import PDF, Client, Listener, client_of

from emulator.demo_data import CLIENT_ID, AppCard
from emulator.server import start


def place_rule(admin: Client, listener: Listener) -> None:
    handler = f"{listener.url}/robot"
    admin.call("bizproc.robot.add", CODE="send", HANDLER=handler, NAME="Send")
    admin.portal.engine.add_rule("EXECUTING", "send", {})


def fire(admin: Client, deal: int) -> None:
    admin.portal.engine.move_deal(deal, "EXECUTING", 2)


def test_a_late_call_comes_after_those_that_were_asked_for_later(
    admin: Client, listener: Listener
) -> None:
    place_rule(admin, listener)
    admin.portal.engine.faults.add("robot:send", "late", seconds=0.3)
    for deal in (1, 2):
        fire(admin, deal)
    admin.portal.engine.outbox.wait_idle()
    assert [post["document_id"][2] for post in listener.robots()] == ["DEAL_2", "DEAL_1"]


def test_a_call_without_tokens_still_says_whose_it_is(admin: Client, listener: Listener) -> None:
    place_rule(admin, listener)
    admin.portal.engine.faults.add("robot:send", "no_auth")
    fire(admin, 1)
    admin.portal.engine.outbox.wait_idle()
    (post,) = listener.robots()
    assert "access_token" not in post["auth"]
    assert post["auth"]["member_id"] == admin.portal.state.portal.member_id
    assert post["auth"]["application_token"]


def test_chance_with_a_seed_doubles_the_same_calls_again(admin: Client, listener: Listener) -> None:
    place_rule(admin, listener)
    faults, seen = admin.portal.engine.faults, []
    for _ in range(2):
        faults.clear()
        faults.add("robot:send", "duplicate", times=None, probability=0.5, seed=7)
        listener.posts.clear()
        for deal in range(1, 6):
            admin.portal.engine.move_deal(deal, "NEW", 2)
            fire(admin, deal)
        admin.portal.engine.outbox.wait_idle()
        seen.append(sorted(post["document_id"][2] for post in listener.robots()))
    assert seen[0] == seen[1]
    assert 5 < len(seen[0]) < 10


def test_a_forged_frame_carries_another_application_token(admin: Client) -> None:
    engine, inst = admin.portal.engine, admin.portal.state.installations[CLIENT_ID]
    engine.faults.add("frame:DEFAULT", "wrong_token")
    forged, good = (engine.open_placement(2, "DEFAULT").fields for _ in range(2))
    assert forged["APPLICATION_TOKEN"] != inst.application_token == good["APPLICATION_TOKEN"]


def test_another_developers_application_stands_at_its_own_paths_with_its_own_scopes(
    listener: Listener, tmp_path: Path
) -> None:
    card = AppCard("Parcels", "/setup", "/", "", ("crm", "user_brief"))
    options = {"app_url": listener.url, "card": card, "docgen_delay_s": 0.0, "queue_delay_s": 0.0}
    with start(data=tmp_path / "state", converter=lambda _: PDF, **options) as portal:
        portal.engine.start_install(CLIENT_ID, 1)
        assert portal.engine.open_placement(1, "DEFAULT").url.startswith(f"{listener.url}/setup?")
        portal.engine.finish_install(CLIENT_ID)
        portal.engine.outbox.wait_idle()
        assert listener.posts == []
        assert portal.engine.open_placement(1, "DEFAULT").url.startswith(f"{listener.url}/?")
        caller = client_of(portal, 1)
        assert caller.call("crm.item.get", entityTypeId=2, id=1)["item"]["id"] == 1
        assert caller.error("bizproc.robot.list")[1] == "insufficient_scope"
        portal.reset()
        assert portal.state.apps[CLIENT_ID].title == "Parcels"
