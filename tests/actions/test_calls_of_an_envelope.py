"""What a document for signature costs at the portal: HTTP calls, counted by the portal itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.actions import card, report
from app.actions.invite import invite
from app.actions.notice import announce
from app.actions.robot import answer_if_due
from app.core.evidence import EventKind
from app.crm import records
from app.services import Services
from app.store import audit, envelopes, robot_calls
from app.store.tables import RobotCallRow
from app.web import create_app
from emulator.model_messages import RestCall
from emulator.server import Emulator
from emulator.state import RobotRun
from tests.factories import AT, make_envelope
from tests.frame_kit import Portal, running_portal, settings_for, without_waiting


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running_portal() as running:
        yield running


@pytest.fixture
def portal(emulator: Emulator, make_services: Callable[..., Services]) -> Portal:
    """A portal with our app, whose badges the first card of all has brought already."""
    emulator.reset()
    emulator.state.limits.enabled = False
    services = without_waiting(make_services(**settings_for(emulator)))
    made = Portal(emulator, services, create_app(services))
    made.install()
    first = make_envelope(services.database, made.who().portal_id)
    card.show_card(services, first, holder="the first of a portal brings our badges")
    return made


def http_calls(portal: Portal) -> list[RestCall]:
    return [one for one in portal.emulator.state.rest_log if not one.batched]


class Story:
    """An envelope of two signers, ours first; its card is shown when the events of a moment are known."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.services = portal, portal.services
        owner = portal.who().portal_id
        self.id = make_envelope(self.services.database, owner, entity_id="1")
        with self.services.database.reading() as session:
            people = envelopes.recipients(session, self.id)
        self.actors = {one.role_key: f"recipient:{one.id}" for one in people}
        self.start = len(http_calls(portal))

    @property
    def calls(self) -> int:
        return len(http_calls(self.portal)) - self.start

    def happen(self, *events: tuple[EventKind, str], status: str = "sent") -> None:
        """Write events of one moment, then let the card follow."""
        with self.services.database.transaction() as session:
            envelope = envelopes.lock(session, self.id)
            envelope.status = status
            for kind, who in events:
                actor = self.actors.get(who, who)
                audit.record(session, envelope, kind, at=self.services.now(), actor=actor)
        card.show_card(self.services, self.id, holder="t")

    def rule_waits(self, wait: str = "sent") -> RobotRun:
        """Let a rule of the portal wait for this envelope; return its run there."""
        state = self.portal.emulator.state
        run = RobotRun(
            id=state.next_id("run"),
            workflow_id="w",
            event_token=f"token-{wait}",
            rule_id=1,
            robot_code="paraph_send",
            client_id=next(iter(state.apps)),
            deal_id=1,
            stage_id="EXECUTING",
            started=state.now(),
            status="waiting",
            use_subscription=True,
        )
        state.runs[run.id] = run
        row = RobotCallRow(
            id=self.services.new_id(),
            portal_id=self.portal.who().portal_id,
            event_token=run.event_token,
            code="paraph_send",
            entity_type_id=2,
            entity_id="1",
            properties={"wait": wait},
            waits=True,
            envelope_id=self.id,
            received_at=AT,
        )
        with self.services.database.transaction() as session:
            session.add(row)
        return run

    def invite_ours(self) -> None:
        """Invite our own signer, a colleague, whose bell is to ring."""
        with self.services.database.transaction() as session:
            ours = next(p for p in envelopes.recipients(session, self.id) if p.role_key == "us")
            ours.state, ours.portal_user_id = "waiting", "2"
        (made,) = invite(self.services, self.id)
        assert announce(self.services, made) == "2"

    def seal(self) -> None:
        """Give the papers a sealed file and write the report."""
        digest = self.services.files.put(b"%PDF-1.7")
        with self.services.database.transaction() as session:
            for paper in envelopes.documents(session, self.id):
                paper.sealed_digest = digest
        report.write_comment(self.services, self.id)


SENT = (EventKind.SENT, "portal_user:1"), (EventKind.INVITED, "us")
OURS = (EventKind.SIGNED, "us"), (EventKind.INVITED, "client")
LAST = (EventKind.SIGNED, "client"), (EventKind.COMPLETED, "system"), (EventKind.SEALED, "system")


def test_all_that_an_envelope_needs_of_the_portal_is_one_call(portal: Portal) -> None:
    story = Story(portal)
    client = portal.services.portals.client(portal.who().portal_id)
    records.read_snapshot(client, entity_type_id=2, entity_id="1", now=portal.services.now())
    assert story.calls == 1


def test_signed_in_one_sitting_three_calls_write_everything_back(portal: Portal) -> None:
    story = Story(portal)
    story.happen(*SENT)
    story.happen(
        (EventKind.VIEWED, "us"), *OURS, (EventKind.VIEWED, "client"), *LAST, status="sealed"
    )
    story.seal()
    assert story.calls == 3
    fired = [c.method for c in portal.emulator.state.rest_log if c.method.endswith(".execute")]
    assert len(fired) == 4
    assert not [c for c in portal.emulator.state.rest_log if c.error]


def test_the_bell_and_the_answer_of_a_rule_ride_with_the_card(portal: Portal) -> None:
    story = Story(portal)
    run = story.rule_waits()
    story.invite_ours()
    story.happen(*SENT)
    assert not answer_if_due(story.services, story.id)
    assert story.calls == 1
    assert (run.status, run.return_values["status"]) == ("completed", "sent")
    assert [one.user_id for one in portal.emulator.state.notifications] == [2]
    assert not [c for c in portal.emulator.state.rest_log if c.error]


def test_an_unattended_envelope_costs_one_reading_call_and_one_a_moment(portal: Portal) -> None:
    story = Story(portal)
    client = portal.services.portals.client(portal.who().portal_id)
    records.read_snapshot(client, entity_type_id=2, entity_id="1", now=portal.services.now())
    run = story.rule_waits("finished")
    story.invite_ours()
    story.happen(*SENT)
    assert story.calls == 2
    assert [line for _, line in run.log]
    story.happen((EventKind.SIGNED, "us"), *LAST, status="sealed")
    assert not answer_if_due(story.services, story.id)
    assert story.calls == 3
    assert run.return_values["status"] == "sealed"
    with story.services.database.reading() as session:
        assert robot_calls.unanswered(session, story.id) == []


def test_a_rule_whose_portal_keeps_no_log_costs_no_more(portal: Portal) -> None:
    story = Story(portal)
    story.rule_waits("finished")
    portal.emulator.engine.faults.add("bizproc.activity.log", "ACCESS_DENIED", times=None)
    story.happen(*SENT)
    story.happen(*OURS)
    assert story.calls == 2


def test_with_hours_between_each_moment_that_moves_somebody_is_one_call(portal: Portal) -> None:
    story = Story(portal)
    for events, status, calls in (
        (SENT, "sent", 1),
        (((EventKind.VIEWED, "us"),), "sent", 1),
        (OURS, "sent", 2),
        (((EventKind.VIEWED, "client"),), "sent", 3),
        (LAST, "sealed", 4),
    ):
        story.happen(*events, status=status)
        assert story.calls == calls, events
    story.seal()
    assert story.calls == 5


def test_after_an_hour_of_silence_a_call_is_refused_once_and_asked_again(portal: Portal) -> None:
    story = Story(portal)
    story.happen(*SENT)
    portal.emulator.state.advance(3_700)
    story.happen(*OURS)
    assert story.calls == 3
    refused = [one.error for one in http_calls(portal) if one.error]
    assert refused == ["expired_token"]
