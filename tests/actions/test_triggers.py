"""The portal's own automation hears of what happened to a document: each of the seven triggers, once."""

from __future__ import annotations

import json

import pytest

from app.actions.card import show_card
from app.core.evidence import EventKind
from app.services import Services
from app.settings import ROOT
from app.store import audit, envelopes
from tests.actions.test_portal_away import Timeline, beside
from tests.factories import make_envelope, make_installation

TRIGGERS = {
    EventKind.SENT: "paraph_sent",
    EventKind.VIEWED: "paraph_opened",
    EventKind.SIGNED: "paraph_signed",
    EventKind.SEALED: "paraph_completed",
    EventKind.DECLINED: "paraph_declined",
    EventKind.EXPIRED: "paraph_expired",
    EventKind.DELIVERY_FAILED: "paraph_undelivered",
}


def fired(timeline: Timeline) -> list[tuple[str, str]]:
    done = [p for name, p in timeline.portal.done if name == "crm.automation.trigger.execute"]
    return [(one["CODE"], str(one["OWNER_ID"])) for one in done]


def happen(services: Services, envelope_id: str, kind: EventKind, role: str) -> None:
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        people = envelopes.recipients(session, envelope_id)
        who = next(one.id for one in people if one.role_key == role)
        audit.record(session, envelope, kind, at=services.now(), actor=f"recipient:{who}")


@pytest.fixture
def envelope_id(services: Services) -> str:
    return make_envelope(services.database, make_installation(services.database))


def test_the_manifest_registers_the_seven_triggers_that_are_fired() -> None:
    manifest = json.loads((ROOT / "install.json").read_text("utf-8"))
    assert {one["code"] for one in manifest["triggers"]} == set(TRIGGERS.values())


@pytest.mark.parametrize(("kind", "code"), TRIGGERS.items())
def test_a_trigger_fires_once_however_often_the_card_is_shown(
    services: Services, envelope_id: str, kind: EventKind, code: str
) -> None:
    timeline = Timeline()
    tools = beside(services, timeline, lambda: False)
    show_card(tools, envelope_id, holder="put up")
    before = fired(timeline)
    happen(services, envelope_id, kind, "client")
    for holder in ("first", "again"):
        show_card(tools, envelope_id, holder=holder)
    show_card(tools, envelope_id, holder="a pressed button", anew=True)
    assert fired(timeline)[len(before) :] == [(code, "7")]


@pytest.mark.parametrize("kind", [EventKind.VIEWED, EventKind.SIGNED])
def test_what_our_own_signer_does_fires_nothing(
    services: Services, envelope_id: str, kind: EventKind
) -> None:
    timeline = Timeline()
    tools = beside(services, timeline, lambda: False)
    show_card(tools, envelope_id, holder="put up")
    before = fired(timeline)
    happen(services, envelope_id, kind, "us")
    show_card(tools, envelope_id, holder="first")
    assert fired(timeline) == before
