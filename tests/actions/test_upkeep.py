"""Upkeep: what stands still for a quarter of an hour is taken up again, once a quarter, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from dbos import DBOSClient

from app.actions.upkeep import find_lost
from app.jobs import APP_NAME
from app.services import Services
from app.store import envelopes
from app.store.tables import Delivery, Envelope, Recipient, RobotCallRow
from tests.conftest import Clock
from tests.factories import AT, make_envelope, make_installation

Asked = Callable[[], list[str]]


@pytest.fixture
def asked(services: Services) -> Iterator[Asked]:
    """The keys of all flows that were asked for."""
    client = DBOSClient(system_database_engine=services.database.engine, application_name=APP_NAME)
    yield lambda: sorted(one.workflow_id for one in client.list_workflows())
    client.destroy()


def stored(services: Services, **changes: object) -> str:
    portal_id = make_installation(services.database)
    return make_envelope(services.database, portal_id, **changes)  # type: ignore[arg-type]


def move(services: Services, envelope_id: str, state: str, **changes: object) -> None:
    """Put every recipient of the envelope into `state`."""
    with services.database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            person.state = state
            for name, value in changes.items():
                setattr(person, name, value)


def late(flow: str, argument: str, clock: Clock) -> str:
    return f"{flow}:{argument}:late:{int(clock.at.timestamp() // 900)}"


def test_a_signed_envelope_without_a_seal_is_taken_up_after_a_quarter_of_an_hour(
    services: Services, clock: Clock, asked: Asked
) -> None:
    envelope_id = stored(services, status="signed")
    move(services, envelope_id, "signed", signed_at=clock.at)
    assert find_lost(services) == 0
    clock.pass_by(minutes=16)
    assert find_lost(services) == 1
    assert asked() == [late("finish", envelope_id, clock)]


def test_a_flow_that_is_still_at_it_is_left_alone(
    services: Services, clock: Clock, asked: Asked
) -> None:
    envelope_id = stored(services, status="signed")
    move(services, envelope_id, "signed", signed_at=clock.at)
    with services.database.transaction() as session:
        services.jobs.enqueue(session, "finish", f"finish:{envelope_id}", envelope_id)
    clock.pass_by(hours=5)
    assert find_lost(services) == 0
    assert asked() == [f"finish:{envelope_id}"]


def test_what_failed_for_a_week_is_not_tried_again(services: Services, clock: Clock) -> None:
    envelope_id = stored(services, status="signed")
    move(services, envelope_id, "signed", signed_at=clock.at)
    clock.pass_by(days=7, minutes=1)
    assert find_lost(services) == 0


@pytest.mark.parametrize(
    ("flow", "changes"),
    [
        ("prepare", {"status": "draft", "prepare_state": "waiting"}),
        ("deliver", {"status": "sent"}),
        ("finish", {"status": "sealed", "report_state": "waiting", "finished_at": AT}),
    ],
)
def test_every_flow_of_an_envelope_can_be_lost_and_found(
    services: Services, asked: Asked, clock: Clock, flow: str, changes: dict[str, object]
) -> None:
    envelope_id = stored(services, **changes)
    assert find_lost(services) == 1
    assert asked() == [late(flow, envelope_id, clock)]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "draft", "prepare_state": "ready"},
        {"status": "draft", "prepare_state": "failed"},
        {"status": "declined", "finished_at": AT},
        {"status": "sealed", "report_state": "done", "finished_at": AT},
        {"status": "sealed", "report_state": "refused", "finished_at": AT},
    ],
)
def test_what_is_where_it_should_be_stays(services: Services, changes: dict[str, object]) -> None:
    stored(services, **changes)
    assert find_lost(services) == 0


def test_an_envelope_that_waits_for_a_person_is_not_lost(services: Services) -> None:
    envelope_id = stored(services, status="sent")
    with services.database.transaction() as session:
        first: Recipient = envelopes.recipients(session, envelope_id)[0]
        first.state = "invited"
    assert find_lost(services) == 0


def test_a_message_and_a_rules_call_can_be_lost_too(
    services: Services, asked: Asked, clock: Clock
) -> None:
    envelope_id = stored(services, status="declined", finished_at=AT)
    with services.database.transaction() as session:
        envelope: Envelope = envelopes.get(session, envelope_id)
        session.add(_delivery(envelope))
        session.add(_call(envelope, envelope_id=""))
        session.add(_call(envelope, envelope_id=envelope_id))
    assert find_lost(services) == 3
    assert [key.split(":")[0] for key in asked()] == ["card", "message", "robot"]
    assert late("card", envelope_id, clock) in asked()


def test_a_quarter_of_an_hour_asks_once(services: Services, clock: Clock, asked: Asked) -> None:
    stored(services, status="sent")
    find_lost(services)
    find_lost(services)
    assert len(asked()) == 1


def _delivery(envelope: Envelope) -> Delivery:
    return Delivery(
        id=uuid4().hex,
        key=f"declined:{envelope.id}",
        portal_id=envelope.portal_id,
        envelope_id=envelope.id,
        purpose="declined",
        channel="email",
        address="claire.lumen@example.com",
        created_at=AT + timedelta(minutes=1),
    )


def _call(envelope: Envelope, *, envelope_id: str) -> RobotCallRow:
    return RobotCallRow(
        id=uuid4().hex,
        portal_id=envelope.portal_id,
        event_token=uuid4().hex,
        code="paraph_send",
        entity_type_id=2,
        entity_id="7",
        properties={},
        envelope_id=envelope_id,
        received_at=AT,
    )
