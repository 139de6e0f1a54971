"""A method whose running time is used up is left alone, in batches too; all other methods go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.crm.client import CrmClient
from app.crm.limiter import Limiter
from app.crm.oauth import direct_transport
from app.crm.wire import pooled_session
from app.errors import PortalUnavailable
from tests.tools.crm_stub import ScriptedServer, scripted

LOG, BELL = ("crm.timeline.logmessage.add", {"fields": {"title": "x"}}), ("im.notify", {"ID": 1})
LIMIT = {"error": "OPERATION_TIME_LIMIT"}


class Side:
    """A portal with a script and a client of it whose clock stands still."""

    def __init__(self, portal: ScriptedServer) -> None:
        self.portal, self.now = portal, 1_000.0
        limiter = Limiter(clock=lambda: self.now, sleep=lambda _: None)
        transport = direct_transport(pooled_session(), portal.endpoint, "t", limiter=limiter)
        self.client = CrmClient(transport)

    def answers(self, results: object, errors: object, finish: float = 0.0) -> None:
        answer = {"result": {"result": results, "result_error": errors}, "time": {"finish": finish}}
        self.portal.script["/rest/batch"] = [(200, answer)]

    def asked(self) -> list[list[str]]:
        """Return the keys of the commands in each call that arrived."""
        return [list(one.json["cmd"]) for one in self.portal.requests]

    def errors(self, commands: dict[str, tuple[str, dict[str, object]]], **more: bool) -> object:
        answer = self.client.batch(commands, **more)  # type: ignore[arg-type]
        return {key: error.code for key, error in answer.errors.items()}


@pytest.fixture
def side() -> Iterator[Side]:
    with scripted() as portal:
        yield Side(portal)


def test_a_command_over_its_time_pauses_its_method_in_the_next_batch_and_alone(side: Side) -> None:
    side.answers({"bell": 1}, {"log": {**LIMIT, "time": {"operating_reset_at": 5_030}}}, 5_000)
    assert side.errors({"log": LOG, "bell": BELL}) == {"log": "OPERATION_TIME_LIMIT"}
    side.answers({"bell": 1}, [])
    assert side.errors({"log": LOG, "bell": BELL}) == {"log": "OPERATION_TIME_LIMIT"}
    assert side.asked() == [["log", "bell"], ["bell"]]
    with pytest.raises(PortalUnavailable):
        side.client.call(*LOG)
    assert len(side.portal.requests) == 2


def test_the_pause_ends_when_the_portal_said(side: Side) -> None:
    side.answers([], {"log": {**LIMIT, "time": {"operating_reset_at": 5_030}}}, 5_000)
    side.errors({"log": LOG})
    side.now += 29
    with pytest.raises(PortalUnavailable):
        side.client.batch({"log": LOG})
    side.now += 2
    side.answers({"log": 1}, [])
    assert side.errors({"log": LOG}) == {}
    assert len(side.portal.requests) == 2


def test_what_refers_to_a_paused_command_waits_with_it(side: Side) -> None:
    side.answers([], {"log": LIMIT})
    side.errors({"log": LOG})
    side.answers({"bell": 1}, [])
    links = {"log": LOG, "leaf": ("crm.item.get", {"id": "$result[log][id]"}), "bell": BELL}
    told = side.errors(links)
    assert told == {"log": "OPERATION_TIME_LIMIT", "leaf": "OPERATION_TIME_LIMIT"}
    assert side.asked()[-1] == ["bell"]


def test_a_batch_that_halts_ends_before_the_paused_command(side: Side) -> None:
    side.answers([], {"log": LIMIT})
    side.errors({"log": LOG})
    side.answers({"card": 1}, [])
    told = side.errors({"card": ("crm.card", {}), "log": LOG, "bell": BELL}, halt=True)
    assert told == {"log": "OPERATION_TIME_LIMIT", "bell": "NOT_RUN"}
    assert side.asked()[-1] == ["card"]
