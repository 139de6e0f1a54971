"""The record's log and the board: each milestone once, one badge, and no call more than an event is worth."""

from __future__ import annotations

from typing import Any

import pytest

from app.actions.card import show_card
from app.core.evidence import EventKind
from app.errors import PortalUnavailable
from app.services import Services
from app.store import audit, envelopes
from tests.actions.reaching_kit import person_of, sent_envelope
from tests.actions.test_portal_away import Timeline, beside
from tests.tools.crm_stub import Refusal


class Log(Timeline):
    """A timeline with a log and a board."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.badges: set[str] = set()
        self.portal.table |= {
            "crm.timeline.logmessage.add": self._line,
            "crm.timeline.logmessage.list": lambda _: [{"id": 1, "text": t} for t in self.lines],
            "crm.activity.badge.add": self._badge,
            "crm.activity.badge.list": lambda _: {"badges": [{"code": c} for c in self.badges]},
        }

    def _line(self, params: dict[str, Any]) -> Any:
        self.lines.append(params["fields"]["text"])
        return {"logMessage": {"id": len(self.lines)}}

    def _badge(self, params: dict[str, Any]) -> Any:
        if params["code"] in self.badges:
            raise Refusal("WRONG_FIELD_VALUE")
        self.badges.add(params["code"])
        return {"badge": params}


@pytest.fixture
def log() -> Log:
    return Log()


def happen(services: Services, envelope_id: str, *kinds: EventKind) -> None:
    actor = f"recipient:{person_of(services, envelope_id).id}"
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        for kind in kinds:
            audit.record(session, envelope, kind, at=services.now(), actor=actor)


def test_a_milestone_is_one_line_and_costs_no_call_of_its_own(services: Services, log: Log) -> None:
    tools, envelope_id = beside(services, log, lambda: False), sent_envelope(services)
    show_card(tools, envelope_id, holder="a")
    before = len(log.portal.http)
    happen(services, envelope_id, EventKind.SENT, EventKind.REMINDED, EventKind.SIGNED)
    show_card(tools, envelope_id, holder="b")
    show_card(tools, envelope_id, holder="c")
    assert len(log.portal.http) == before + 1
    assert [line.split(":")[0] for line in log.lines] == [
        "Sent for signature",
        "Jean Exemple has signed",
    ]


def test_a_lost_answer_repeats_no_line(services: Services, log: Log) -> None:
    envelope_id = sent_envelope(services)
    happen(services, envelope_id, EventKind.SENT)
    calls = log.portal.call

    def lose(method: str, params: Any) -> Any:
        answer = calls(method, params)
        if method == "batch" and log.lines:
            raise PortalUnavailable(code="NO_ANSWER")
        return answer

    log.portal.call = lose  # type: ignore[method-assign]
    with pytest.raises(PortalUnavailable):
        show_card(beside(services, log, lambda: False), envelope_id, holder="a")
    log.portal.call = calls  # type: ignore[method-assign]
    show_card(beside(services, log, lambda: False), envelope_id, holder="a")
    assert len(log.lines) == 1


def test_the_board_wears_our_badge_and_knows_it_from_the_first_card(
    services: Services, log: Log
) -> None:
    tools, envelope_id = beside(services, log, lambda: False), sent_envelope(services)
    show_card(tools, envelope_id, holder="a")
    assert log.cards[1]["fields"]["badgeCode"] == "paraph_waiting"
    assert "paraph_waiting" in log.badges
    show_card(tools, sent_envelope(services), holder="b")


def test_badges_of_an_earlier_installation_are_worn_again(services: Services, log: Log) -> None:
    log.badges |= {"paraph_waiting", "paraph_signed", "paraph_stopped"}
    tools, envelope_id = beside(services, log, lambda: False), sent_envelope(services)
    show_card(tools, envelope_id, holder="a")
    (card,) = log.cards.values()
    assert card["fields"]["badgeCode"] == "paraph_waiting"


def test_a_portal_that_refuses_badges_gets_its_cards_without(services: Services, log: Log) -> None:
    def refuse(_: dict[str, Any]) -> Any:
        raise Refusal("ACCESS_DENIED")

    log.portal.table["crm.activity.badge.add"] = refuse
    show_card(beside(services, log, lambda: False), sent_envelope(services), holder="a")
    assert "badgeCode" not in log.cards[1]["fields"]


def test_a_portal_that_forgot_a_badge_still_gets_its_card(services: Services, log: Log) -> None:
    tools, envelope_id = beside(services, log, lambda: False), sent_envelope(services)
    put = log.portal.table["crm.activity.configurable.add"]

    def strict(params: dict[str, Any]) -> Any:
        if "badgeCode" in params["fields"]:
            raise Refusal("WRONG_FIELD_VALUE")
        return put(params)

    log.portal.table["crm.activity.configurable.add"] = strict
    assert show_card(tools, envelope_id, holder="a") == "1"


def test_the_record_of_the_document_that_was_signed_says_so(services: Services, log: Log) -> None:
    marked: list[dict[str, Any]] = []
    log.portal.table["crm.activity.layout.blocks.set"] = lambda params: bool(
        marked.append(params) or True
    )
    tools = beside(services, log, lambda: False)
    envelope_id = sent_envelope(services, source_activity_id="31")
    show_card(tools, envelope_id, holder="a")
    assert marked == []
    with services.database.transaction() as session:
        envelopes.lock(session, envelope_id).status = "sealed"
    happen(services, envelope_id, EventKind.SEALED)
    before = len(log.portal.http)
    show_card(tools, envelope_id, holder="b")
    show_card(tools, envelope_id, holder="c")
    (mark,) = marked
    assert str(mark["activityId"]) == "31"
    assert "Signed and sealed" in str(mark["layout"])
    assert len(log.portal.http) == before + 1
