"""A person whom no channel reaches becomes a task in the portal, once, and the card of the envelope says so."""

from __future__ import annotations

import json

import pytest

from app.actions.receipts import ask_for_receipts
from app.store import deliveries
from app.store.tables import Delivery
from emulator.model_timeline import Activity
from tests.journeys.kit import Scene, until
from tests.journeys.story import Story, send_by_hand

pytestmark = pytest.mark.journey


def messages(story: Story) -> list[Delivery]:
    with story.scene.tools.database.reading() as session:
        return deliveries.of_envelope(session, story.envelope_id)


def activities(story: Story, provider: str) -> list[Activity]:
    state = story.scene.portal.state
    with state.lock:
        return [one for one in state.activities.values() if one.provider_id == provider]


def card_of(story: Story) -> str:
    cards = activities(story, "CONFIGURABLE_REST_APP")
    return next(json.dumps(c.layout) for c in cards if c.origin_id == story.envelope_id)


def test_refused_by_mail_undelivered_by_sms_then_a_task_and_the_card(
    stage: Scene, layout: str
) -> None:
    assert layout
    stage.worker.start()
    faults = stage.portal.engine.faults
    faults.add("mail:smtp", "reject", times=1)
    faults.add("sms:send", "undelivered", times=1)
    story = send_by_hand(stage)
    until("an SMS", lambda: [one for one in messages(story) if one.channel == "sms"])
    stage.settle()
    assert "SMS" in card_of(story)
    ask_for_receipts(stage.tools)
    until("a task", lambda: activities(story, "CRM_TODO"))
    stage.settle()
    (todo,) = activities(story, "CRM_TODO")
    assert story.envelope.number in todo.description
    assert str(todo.responsible_id) == story.envelope.created_by
    assert [(one.channel, one.state) for one in messages(story)] == [
        ("email", "failed"),
        ("sms", "failed"),
    ]
    card = card_of(story)
    assert any(words in card for words in ("please help", "intervenir"))
    with stage.portal.state.lock:
        bells = [one for one in stage.portal.state.notifications if todo.subject in one.message]
    assert len(bells) == 1


def test_an_sms_that_arrives_is_shown_as_delivered(stage: Scene, layout: str) -> None:
    assert layout
    stage.worker.start()
    stage.portal.engine.faults.add("mail:smtp", "reject", times=1)
    story = send_by_hand(stage)
    until("an SMS", lambda: [one for one in messages(story) if one.state == "accepted"])
    stage.settle()
    ask_for_receipts(stage.tools)
    until("a receipt", lambda: [one for one in messages(story) if one.state == "delivered"])
    stage.settle()
    card = card_of(story)
    assert any(words in card for words in ("SMS delivered", "SMS remis"))
