"""A portal away for eight hours delays cards and tasks only: they come once, soon after its return.

And what a card costs: one call an event, for five parties too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from app.actions.card import show_card
from app.actions.invite import invite
from app.actions.task import add_task
from app.core.evidence import EventKind
from app.crm.client import CrmClient
from app.errors import PortalUnavailable
from app.portals import Portals
from app.services import Services
from app.store import audit, envelopes
from tests.actions.reaching_kit import deliver_all, person_of, sent_envelope, wait_out
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation
from tests.tools.crm_stub import TablePortal

AWAY = timedelta(hours=8)


class Timeline:
    """The few methods that cards and tasks need, and all that they made."""

    def __init__(self) -> None:
        self.cards: dict[int, dict[str, Any]] = {}
        self.todos: list[dict[str, Any]] = []
        self.portal = TablePortal(
            {
                "crm.activity.list": lambda _: [],
                "crm.activity.configurable.add": self._add,
                "crm.activity.configurable.update": self._update,
                "crm.activity.todo.add": self._todo,
                "im.notify.system.add": lambda _: 1,
                "crm.automation.trigger.execute": lambda _: True,
            }
        )

    def _add(self, params: dict[str, Any]) -> Any:
        self.cards[len(self.cards) + 1] = params
        return {"activity": {"id": len(self.cards)}}

    def _update(self, params: dict[str, Any]) -> Any:
        self.cards[int(params["id"])] = params
        return {"activity": {"id": params["id"]}}

    def _todo(self, params: dict[str, Any]) -> Any:
        self.todos.append(params)
        return {"id": len(self.todos)}


class Transport:
    """The portal, unless it is away until `back`."""

    def __init__(self, timeline: Timeline, away: Callable[[], bool]) -> None:
        self._timeline, self._away = timeline, away

    def call(self, method: str, params: Any) -> dict[str, Any]:
        if self._away():
            raise PortalUnavailable(code="NO_ANSWER")
        return self._timeline.portal.call(method, params)


class PortalsOf:
    """Stands where Portals stands: every portal is the same timeline."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def client(self, _portal_id: str, _user_id: str | None = None) -> CrmClient:
        return CrmClient(self._transport)


def beside(services: Services, timeline: Timeline, away: Callable[[], bool]) -> Services:
    return replace(services, portals=cast(Portals, PortalsOf(Transport(timeline, away))))


def test_cards_and_tasks_wait_eight_hours_and_come_once(services: Services, clock: Clock) -> None:
    timeline, start = Timeline(), clock.at
    back = start + AWAY
    tools = beside(services, timeline, lambda: clock.at < back)
    late = []
    for _ in range(10):
        clock.at = start
        envelope_id = sent_envelope(services)
        invite(services, envelope_id)
        deliver_all(services, envelope_id)
        person_id = person_of(services, envelope_id).id
        wait_out(clock, lambda one=envelope_id: show_card(tools, one, holder="h"))
        late.append(clock.at - back)
        clock.at = start
        wait_out(clock, lambda one=person_id: add_task(tools, one))
        late.append(clock.at - back)
    assert max(late) <= timedelta(minutes=15)
    assert (len(timeline.cards), len(timeline.todos)) == (10, 10)


def test_a_card_of_five_parties_costs_one_call_an_event(services: Services) -> None:
    timeline = Timeline()
    tools = beside(services, timeline, lambda: False)
    portal_id = make_installation(services.database)
    parties = ("us", "client", "second", "third", "fourth")
    envelope_id = make_envelope(services.database, portal_id, signers=parties)
    show_card(tools, envelope_id, holder="first")
    costs = []
    for number in range(10):
        with services.database.transaction() as session:
            envelope = envelopes.lock(session, envelope_id)
            audit.record(session, envelope, EventKind.REMINDED, at=services.now(), actor="system")
        before = len(timeline.portal.http)
        show_card(tools, envelope_id, holder=f"h{number}")
        costs.append(len(timeline.portal.http) - before)
    assert costs == [1] * 10
    show_card(tools, envelope_id, holder="nothing new")
    assert len(timeline.portal.http) == before + 1
