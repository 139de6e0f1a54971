"""The door of returned mail: with the secret a bounce stands in the trail and the SMS follows; else nothing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO, TextIOWrapper

import pytest
from werkzeug.test import TestResponse

from app.actions import amend
from app.actions.card import show_card
from app.actions.invite import fall_back, invite
from app.actions.message import carry
from app.actions.receipts import look
from app.cli import main
from app.core.evidence import EventKind
from app.core.record import PortalUser, RecordKey
from app.services import Services
from app.store import audit, deliveries, envelopes
from app.web import create_app
from tests.actions.reaching_kit import messages_of, person_of, sent_envelope
from tests.actions.test_portal_away import Timeline, beside
from tests.tools.test_delivery_bounces import OURS, notification

SECRET = "a-secret-of-the-mail-system"


@pytest.fixture
def services(make_services: Callable[..., Services]) -> Services:
    return make_services(mail_receipt_secret=SECRET)


@pytest.fixture
def envelope_id(services: Services) -> str:
    """An envelope whose invitation a mail server accepted."""
    made = sent_envelope(services)
    (delivery_id,) = invite(services, made)
    assert carry(services, delivery_id) == "accepted"
    return made


def bring(services: Services, content: bytes, *, key: str = SECRET) -> TestResponse:
    client = create_app(services).test_client()
    query = {"key": key}
    return client.post(
        "/receipts/mail", query_string=query, data=content, content_type="message/rfc822"
    )


def bounce(services: Services, envelope_id: str) -> bytes:
    first = messages_of(services, envelope_id)[0].id
    return notification("failed").replace(OURS.encode(), first.encode())


def states(services: Services, envelope_id: str) -> list[tuple[str, str]]:
    """Return (channel, state) of each message, sorted: on a clock that stands still none is the older one."""
    return sorted((one.channel, one.state) for one in messages_of(services, envelope_id))


def test_a_bounce_stands_in_the_trail_and_the_sms_follows(
    services: Services, envelope_id: str
) -> None:
    for _ in range(2):
        assert bring(services, bounce(services, envelope_id)).status_code == 204
    first = messages_of(services, envelope_id)[0]
    assert (first.state, first.error) == ("failed", "The e-mail came back.")
    with services.database.reading() as session:
        failed = [
            one
            for one in audit.events(session, envelope_id)
            if one.kind is EventKind.DELIVERY_FAILED
        ]
    assert [one.data["told"] for one in failed] == ["5.1.1 smtp; 550 5.1.1 No such user"]
    assert look(services, first.id) == "failed"
    assert fall_back(services, first.id) == "moved"
    assert states(services, envelope_id) == [("email", "failed"), ("sms", "waiting")]


def test_a_corrected_address_may_fall_back_once_more(services: Services, envelope_id: str) -> None:
    bring(services, bounce(services, envelope_id))
    fall_back(services, messages_of(services, envelope_id)[0].id)
    person = person_of(services, envelope_id)
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
    who, record = PortalUser(envelope.portal_id, "1"), RecordKey(2, envelope.entity_id)
    right = amend.Address("email", email="right@example.org", phone="+33199000013")
    assert amend.correct(services, who, record, envelope_id, person.id, right)
    with services.database.reading() as session:
        assert deliveries.by_key(session, f"fallback:{person.id}") is None


@pytest.mark.parametrize("key", ["", "wrong", SECRET + "x", "é"])
def test_without_the_secret_nothing_changes(services: Services, envelope_id: str, key: str) -> None:
    answer = bring(services, bounce(services, envelope_id), key=key)
    assert answer.status_code == 403
    assert states(services, envelope_id) == [("email", "accepted")]


def test_a_closed_door_stays_closed(make_services: Callable[..., Services]) -> None:
    assert bring(make_services(), b"", key="").status_code == 403


@pytest.mark.parametrize("content", [b"", b"Subject: Holiday\n\nBack soon", notification("failed")])
def test_other_mail_is_answered_and_left_alone(
    services: Services, envelope_id: str, content: bytes
) -> None:
    assert bring(services, content).status_code == 204
    assert states(services, envelope_id) == [("email", "accepted")]


def test_a_mail_service_may_post_json(services: Services, envelope_id: str) -> None:
    first = messages_of(services, envelope_id)[0].id
    client = create_app(services).test_client()
    told = {"message_id": f"{first}@example.com", "outcome": "delivered", "words": "250 OK"}
    posted = client.post("/receipts/mail", query_string={"key": SECRET}, json=told)
    assert posted.status_code == 204
    assert states(services, envelope_id) == [("email", "delivered")]
    odd = client.post("/receipts/mail", query_string={"key": SECRET}, json={"outcome": "read"})
    assert odd.status_code == 422
    timeline = Timeline()
    show_card(beside(services, timeline, lambda: False), envelope_id, holder="h")
    assert "e-mail delivered on" in str(timeline.cards[1]["layout"])


def test_a_mail_server_may_pipe_it(
    services: Services,
    envelope_id: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PARAPH_DATA", str(services.settings.data))
    monkeypatch.setenv("PARAPH_DATABASE_URL", services.settings.database_url)
    for content, said in ((bounce(services, envelope_id), "Noted."), (b"Hello", "Not about")):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))
        assert main(["returned-mail"]) == 0
        assert said in capsys.readouterr().out
    assert states(services, envelope_id) == [("email", "failed")]
