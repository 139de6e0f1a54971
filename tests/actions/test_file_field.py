"""The sealed PDF in a file field of the record: once, beside what stood there, and a refusal is told."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from app.actions.file_field import CHOSEN, file_sealed
from app.crm.client import CrmClient
from app.errors import PortalUnavailable
from app.portals import Portals
from app.services import Services
from app.store import envelopes, installations
from tests.factories import make_envelope, make_installation
from tests.tools.crm_stub import Refusal, TablePortal

ONE = {"name": "ufCrmSigned", "title": "Signed contract", "many": False}
MANY = {"name": "ufCrmPapers", "title": "Papers", "many": True}


class Record:
    """A deal with two file fields, as crm.item.* keep them; `lose`: the next answer is lost on its way."""

    def __init__(self) -> None:
        self.held: dict[str, list[tuple[int, bytes]]] = {"ufCrmSigned": [], "ufCrmPapers": []}
        self.lines: list[str] = []
        self.updates = 0
        self.lose = False
        self.portal = TablePortal(
            {
                "crm.item.get": lambda _: {"item": self._row()},
                "crm.item.update": self._update,
                "crm.timeline.logmessage.add": self._line,
            }
        )

    def call(self, method: str, params: Any) -> dict[str, Any]:
        answer = self.portal.call(method, params)
        if self.lose and method == "crm.item.update":
            self.lose = False
            raise PortalUnavailable(code="NO_ANSWER")
        return answer

    def put(self, field: str, content: bytes) -> None:
        number = 100 + sum(map(len, self.held.values()))
        self.held[field].append((number, content))

    def _row(self) -> dict[str, Any]:
        shown = {k: [{"id": n, "url": "u"} for n, _ in v] for k, v in self.held.items()}
        single = shown["ufCrmSigned"]
        return {"id": 7, **shown, "ufCrmSigned": single[0] if single else None}

    def _update(self, params: dict[str, Any]) -> Any:
        self.updates += 1
        for name, value in params["fields"].items():
            before = dict(self.held[name])
            self.held[name] = []
            for one in value if name == "ufCrmPapers" else [value]:
                if isinstance(one, dict):
                    self.held[name].append((one["id"], before[one["id"]]))
                else:
                    self.held[name].append(
                        (1000 + self.updates * 10 + len(self.held[name]), base64.b64decode(one[1]))
                    )
        return {"item": self._row()}

    def _line(self, params: dict[str, Any]) -> Any:
        self.lines.append(params["fields"]["text"])
        return {"logMessage": {"id": len(self.lines)}}


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def sealed(services: Services, record: Record) -> Callable[..., tuple[Services, str]]:
    """Return our tools beside the record, and an envelope that is sealed there."""

    def make(*chosen: dict[str, Any], status: str = "sealed") -> tuple[Services, str]:
        portal_id = make_installation(
            services.database, preferences={CHOSEN: {"2": chosen[0]} if chosen else {}}
        )
        envelope_id = make_envelope(services.database, portal_id, status=status)
        with services.database.transaction() as session:
            for paper in envelopes.documents(session, envelope_id):
                paper.sealed_digest = services.files.put(b"%PDF sealed")
        client = CrmClient(record)
        portals = type("Here", (), {"client": lambda *_: client})()
        return replace(services, portals=cast(Portals, portals)), envelope_id

    return make


def contents(record: Record, field: str) -> list[bytes]:
    return [content for _, content in record.held[field]]


def test_without_a_chosen_field_the_record_is_left_alone(sealed: Any, record: Record) -> None:
    tools, envelope_id = sealed()
    assert file_sealed(tools, envelope_id) == ""
    assert record.portal.http == []


def test_a_field_for_one_file_holds_the_sealed_pdf_alone(sealed: Any, record: Record) -> None:
    record.put("ufCrmSigned", b"last year's")
    tools, envelope_id = sealed(ONE)
    assert file_sealed(tools, envelope_id) == "done"
    assert contents(record, "ufCrmSigned") == [b"%PDF sealed"]


def test_a_field_for_several_files_keeps_those_that_stood_there(
    sealed: Any, record: Record
) -> None:
    record.put("ufCrmPapers", b"plan")
    record.put("ufCrmPapers", b"photo")
    tools, envelope_id = sealed(MANY)
    assert file_sealed(tools, envelope_id) == "done"
    assert contents(record, "ufCrmPapers") == [b"plan", b"photo", b"%PDF sealed"]


@pytest.mark.parametrize("chosen", [ONE, MANY])
def test_a_lost_answer_and_a_second_run_add_nothing(
    sealed: Any, record: Record, chosen: dict[str, Any]
) -> None:
    record.put(chosen["name"], b"before")
    tools, envelope_id = sealed(chosen)
    record.lose = True
    with pytest.raises(PortalUnavailable):
        file_sealed(tools, envelope_id)
    for _ in range(2):
        assert file_sealed(tools, envelope_id) == "done"
    assert record.updates == 1
    assert contents(record, chosen["name"]).count(b"%PDF sealed") == 1


def test_a_refusal_is_told_in_the_log_once_and_stops_nothing(sealed: Any, record: Record) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal("ACCESS_DENIED")

    tools, envelope_id = sealed(ONE)
    record.portal.table["crm.item.update"] = refuse
    assert file_sealed(tools, envelope_id) == "refused"
    assert file_sealed(tools, envelope_id) == "refused"
    (line,) = record.lines
    assert "Signed contract" in line


def test_what_is_not_sealed_is_not_filed(sealed: Any, record: Record) -> None:
    tools, envelope_id = sealed(ONE, status="sent")
    assert file_sealed(tools, envelope_id) == ""
    assert contents(record, "ufCrmSigned") == []


def test_a_choice_taken_back_meanwhile_does_not_leave_half_a_try(
    sealed: Any, record: Record
) -> None:
    tools, envelope_id = sealed(ONE)
    record.lose = True
    with pytest.raises(PortalUnavailable):
        file_sealed(tools, envelope_id)
    with tools.database.transaction() as session:
        portal_id = envelopes.get(session, envelope_id).portal_id
        installations.prefer(session, portal_id, **{CHOSEN: {}})
    assert file_sealed(tools, envelope_id) == "done"
