"""Mail through the CRM: only what carries no link, only to contacts, and SMTP when the portal refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from app.actions.invite import invite
from app.actions.message import carry
from app.services import Services
from app.store.tables import Delivery
from tests.actions.reaching_kit import change, messages_of, person_of, sent_envelope
from tests.actions.test_portal_away import Timeline, beside
from tests.tools.crm_stub import Refusal


def told(services: Services, envelope_id: str, purpose: str, at: datetime) -> str:
    """Ask for a message without a link to the one recipient; return its id."""
    person = person_of(services, envelope_id)
    delivery = Delivery(
        id=services.new_id(),
        key=f"{purpose}:{person.id}",
        portal_id=person.portal_id,
        envelope_id=envelope_id,
        recipient_id=person.id,
        purpose=purpose,
        channel="email",
        address=person.email,
        created_at=at,
    )
    with services.database.transaction() as session:
        session.add(delivery)
        return delivery.id


def refuse(_params: dict[str, Any]) -> Any:
    raise Refusal("ACCESS_DENIED")


@pytest.fixture
def timeline() -> Timeline:
    made = Timeline()
    made.portal.table["crm.activity.add"] = lambda _: 71
    return made


@pytest.fixture
def tools(make_services: Callable[..., Services], timeline: Timeline) -> Services:
    made = make_services(crm_mail_from="Claire Lumen <claire.lumen@example.com>")
    return beside(made, timeline, lambda: False)


def test_a_withdrawal_to_a_contact_leaves_through_the_crm(
    tools: Services, timeline: Timeline
) -> None:
    envelope_id = sent_envelope(tools, status="voided")
    change(tools, envelope_id, contact_id="9")
    assert carry(tools, told(tools, envelope_id, "voided", tools.now())) == "accepted"
    (message,) = messages_of(tools, envelope_id)
    assert (message.provider, message.provider_id) == ("crm", "71")
    assert timeline.portal.methods().count("crm.activity.add") == 1


def test_an_invitation_never_stands_where_colleagues_could_read_its_link(
    tools: Services, timeline: Timeline
) -> None:
    envelope_id = sent_envelope(tools)
    change(tools, envelope_id, contact_id="9")
    (made,) = invite(tools, envelope_id)
    assert carry(tools, made) == "accepted"
    assert messages_of(tools, envelope_id)[0].provider == "outbox"
    assert timeline.portal.methods() == []


def test_who_is_no_contact_is_written_to_by_smtp(tools: Services, timeline: Timeline) -> None:
    envelope_id = sent_envelope(tools, status="voided")
    carry(tools, told(tools, envelope_id, "voided", tools.now()))
    assert messages_of(tools, envelope_id)[0].provider == "outbox"
    assert timeline.portal.methods() == []


def test_a_mailbox_that_the_portal_refuses_costs_nothing(
    tools: Services, timeline: Timeline
) -> None:
    timeline.portal.table["crm.activity.add"] = refuse
    envelope_id = sent_envelope(tools, status="voided")
    change(tools, envelope_id, contact_id="9")
    assert carry(tools, told(tools, envelope_id, "voided", tools.now())) == "accepted"
    assert messages_of(tools, envelope_id)[0].provider == "outbox"
