"""The door of delivery receipts: only who names the secret comes in; every shape of receipt is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.evidence import EventKind
from app.services import Services
from app.store import audit
from app.store.tables import Delivery
from app.web import create_app
from tests.factories import AT, make_envelope, make_installation

SECRET = "a-secret-of-the-gateway"


def sms_of(services: Services, provider_id: str) -> str:
    """Store an accepted SMS that the gateway knows as `provider_id`; return its id."""
    portal_id = make_installation(services.database)
    envelope_id = make_envelope(services.database, portal_id, channel="sms")
    delivery = Delivery(
        id=services.new_id(),
        key=f"invitation:{envelope_id}",
        portal_id=portal_id,
        envelope_id=envelope_id,
        purpose="invitation",
        channel="sms",
        address="+33199000012",
        state="accepted",
        provider="sms",
        provider_id=provider_id,
        created_at=AT,
        accepted_at=AT,
    )
    with services.database.transaction() as session:
        session.add(delivery)
        return delivery.id


def state_of(services: Services, delivery_id: str) -> str:
    with services.database.reading() as session:
        found = session.get(Delivery, delivery_id)
        assert found is not None
        return found.state


@pytest.fixture
def open_door(make_services: Callable[..., Services]) -> Services:
    return make_services(sms_receipt_secret=SECRET)


@pytest.mark.parametrize("key", ["", "wrong", SECRET + "x", "é"])
def test_without_the_secret_nothing_changes(open_door: Services, key: str) -> None:
    delivery_id = sms_of(open_door, "sms-1")
    answer = (
        create_app(open_door)
        .test_client()
        .post("/receipts/sms", query_string={"key": key}, json={"id": "sms-1", "status": "failed"})
    )
    assert answer.status_code == 403
    assert state_of(open_door, delivery_id) == "accepted"


def test_an_operator_without_a_secret_has_no_such_door(services: Services) -> None:
    answer = create_app(services).test_client().post("/receipts/sms?key=", json={"id": "sms-1"})
    assert answer.status_code == 403


@pytest.mark.parametrize("shape", ["json", "data", "query_string"])
def test_json_form_and_query_are_read_alike(open_door: Services, shape: str) -> None:
    delivery_id = sms_of(open_door, "sms-1")
    told = {"id": "sms-1", "status": "delivered"}
    client = create_app(open_door).test_client()
    if shape == "query_string":
        answer = client.get("/receipts/sms", query_string={"key": SECRET, **told})
    else:
        answer = client.post("/receipts/sms", query_string={"key": SECRET}, **{shape: told})
    assert answer.status_code == 204
    assert state_of(open_door, delivery_id) == "delivered"


def test_what_no_database_keeps_is_refused(open_door: Services) -> None:
    client = create_app(open_door).test_client()
    asked = {"key": SECRET, "id": "sms-\x00", "status": "delivered"}
    assert client.get("/receipts/sms", query_string=asked).status_code == 422


def test_a_failure_is_kept_with_the_providers_words(open_door: Services) -> None:
    delivery_id = sms_of(open_door, "sms-1")
    told = {"id": "sms-1", "status": "undelivered", "error": "30003"}
    client = create_app(open_door).test_client()
    for _ in range(3):
        client.post("/receipts/sms", query_string={"key": SECRET}, json=told)
    assert state_of(open_door, delivery_id) == "failed"
    with open_door.database.reading() as session:
        found = session.get(Delivery, delivery_id)
        assert found is not None
        assert found.told == "undelivered 30003"
        events = audit.events(session, found.envelope_id)
    assert [e.kind for e in events].count(EventKind.DELIVERY_FAILED) == 1


def test_a_receipt_for_a_message_of_others_is_answered_and_left_alone(open_door: Services) -> None:
    client = create_app(open_door).test_client()
    told = {"id": "sms-77", "status": "failed"}
    assert client.post(f"/receipts/sms?key={SECRET}", json=told).status_code == 204
    assert client.post(f"/receipts/sms?key={SECRET}", json=["odd"]).status_code == 422
