"""The bell of the portal rings for colleagues, with the card, with no link to sign; nobody outside hears it."""

from __future__ import annotations

from typing import Any

from app.actions.card import show_card
from app.actions.expire import expire_due
from app.actions.invite import invite
from app.actions.notice import announce
from app.errors import PortalUnavailable
from app.services import Services
from tests.actions.reaching_kit import change, deliver_all, messages_of, sent_envelope
from tests.actions.test_portal_away import Timeline, beside
from tests.conftest import Clock
from tests.tools.crm_stub import Refusal


def rings(timeline: Timeline) -> list[dict[str, str]]:
    done = timeline.portal.done
    return [params for method, params in done if method == "im.notify.system.add"]


def our_signer_is_invited(services: Services) -> str:
    envelope_id = sent_envelope(services)
    change(services, envelope_id, portal_user_id="7", role_key="us")
    (made,) = invite(services, envelope_id)
    assert announce(services, made) == "7"
    return envelope_id


def test_our_own_signer_hears_the_bell_once_and_in_the_cards_call(services: Services) -> None:
    timeline = Timeline()
    envelope_id = our_signer_is_invited(services)
    tools = beside(services, timeline, lambda: False)
    show_card(tools, envelope_id, holder="h")
    calls = len(timeline.portal.http)
    (ring,) = rings(timeline)
    assert ring["USER_ID"] == "7"
    assert "Services contract" in ring["MESSAGE"]
    assert "/crm/deal/details/7/" in ring["MESSAGE"]
    assert "/s/" not in ring["MESSAGE"]
    show_card(tools, envelope_id, holder="h")
    assert len(timeline.portal.http) == calls


def test_a_bell_that_is_asked_for_late_rings_without_the_card(services: Services) -> None:
    timeline = Timeline()
    tools = beside(services, timeline, lambda: False)
    envelope_id = sent_envelope(services)
    change(services, envelope_id, portal_user_id="7", role_key="us")
    (made,) = invite(services, envelope_id)
    show_card(tools, envelope_id, holder="h")
    announce(services, made)
    before = timeline.portal.methods()
    show_card(tools, envelope_id, holder="h")
    assert timeline.portal.methods()[len(before) :] == ["im.notify.system.add"]


def test_a_bell_that_fails_for_a_time_is_not_forgotten(services: Services) -> None:
    timeline, weather = Timeline(), ["OPERATION_TIME_LIMIT"]

    def answer(_params: Any) -> int:
        if weather:
            raise Refusal(weather.pop())
        return 1

    timeline.portal.table["im.notify.system.add"] = answer
    tools = beside(services, timeline, lambda: False)
    envelope_id = our_signer_is_invited(services)
    try:
        show_card(tools, envelope_id, holder="h")
    except PortalUnavailable:
        show_card(tools, envelope_id, holder="h")
    assert len(rings(timeline)) == 2
    assert [one.bell for one in messages_of(services, envelope_id)] == ["rung"]
    assert len(timeline.cards) == 1


def test_a_portal_that_refuses_the_bell_is_not_asked_again(services: Services) -> None:
    timeline = Timeline()
    del timeline.portal.table["im.notify.system.add"]
    tools = beside(services, timeline, lambda: False)
    envelope_id = our_signer_is_invited(services)
    show_card(tools, envelope_id, holder="h")
    show_card(tools, envelope_id, holder="h")
    assert len(rings(timeline)) == 1
    assert [one.bell for one in messages_of(services, envelope_id)] == ["refused"]


def test_a_person_outside_has_no_bell(services: Services) -> None:
    timeline = Timeline()
    envelope_id = sent_envelope(services)
    (made,) = invite(services, envelope_id)
    assert announce(services, made) == ""
    show_card(beside(services, timeline, lambda: False), envelope_id, holder="h")
    assert rings(timeline) == []


def test_the_responsible_hears_that_the_deadline_has_passed(
    services: Services, clock: Clock
) -> None:
    timeline = Timeline()
    envelope_id = sent_envelope(services, deadline=clock.at)
    invite(services, envelope_id)
    deliver_all(services, envelope_id)
    clock.pass_by(minutes=1)
    assert expire_due(services) == 1
    told = [announce(services, one.id) for one in messages_of(services, envelope_id)]
    assert told.count("1") == 1
    show_card(beside(services, timeline, lambda: False), envelope_id, holder="h")
    assert [one["USER_ID"] for one in rings(timeline)] == ["1"]
    assert "deadline" in rings(timeline)[0]["MESSAGE"]
