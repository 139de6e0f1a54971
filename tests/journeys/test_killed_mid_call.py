"""The worker dies between an effect outside and the answer to it; the next life finds what was done."""

from __future__ import annotations

import pytest

from tests.journeys.kit import Scene, until
from tests.journeys.story import (
    PHONE,
    finish,
    portal_documents,
    send_by_hand,
    send_by_layout,
)
from tests.journeys.tripwire import kill_at_call, kill_at_message

pytestmark = pytest.mark.journey


def test_a_document_that_the_portal_made_before_the_kill_is_found_again(
    stage: Scene, layout: str
) -> None:
    documents = portal_documents(stage)
    stage.worker.start()
    with kill_at_call(stage, "crm.documentgenerator.document.add"):
        finish(send_by_layout(stage, layout))
    assert portal_documents(stage) == documents + 1


@pytest.mark.parametrize(
    "method",
    [
        "crm.activity.configurable.add",
        "crm.activity.configurable.update",
        "crm.automation.trigger.execute",
        "crm.timeline.comment.add",
    ],
)
def test_what_the_portal_did_before_the_kill_is_not_done_twice(
    stage: Scene, layout: str, method: str
) -> None:
    stage.worker.start()
    with kill_at_call(stage, method):
        story = send_by_layout(stage, layout)
        until("the card, so that signing changes one that stands", story.cards)
        finish(story)


def test_a_mail_taken_before_the_kill_comes_twice_at_most_under_one_name(
    stage: Scene, layout: str
) -> None:
    stage.worker.start()
    with kill_at_message(stage, "mails"):
        finish(send_by_layout(stage, layout))


def test_an_sms_taken_before_the_kill_does_not_come_twice(stage: Scene, layout: str) -> None:
    stage.worker.start()
    with kill_at_message(stage, "sms"):
        story = send_by_hand(stage, deal_id=2, contact="2", phone=PHONE, channel="sms")
        finish(story)
    assert set(story.mails().values()) == {1}
