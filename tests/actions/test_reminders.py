"""Reminders: after two, five and ten days, by day, until the signature; the deadline and the end are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.actions.expire import expire_due, put_off
from app.actions.invite import invite, remind, remind_due
from app.core import reminders
from app.core.evidence import EventKind
from app.errors import WrongState
from app.services import Services
from app.store import audit, envelopes
from app.store.tables import SigningLink
from tests.actions.reaching_kit import change, deliver_all, messages_of, person_of, sent_envelope
from tests.conftest import Clock

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def invited(services: Services, clock: Clock) -> Iterator[str]:
    """An envelope whose signer was invited at nine (ten in Paris) and does nothing."""
    clock.at = MORNING
    envelope_id = sent_envelope(services, deadline=MORNING + timedelta(days=30))
    invite(services, envelope_id)
    deliver_all(services, envelope_id)
    yield envelope_id


def purposes(services: Services, envelope_id: str) -> list[str]:
    return [one.purpose for one in messages_of(services, envelope_id)]


def run_days(services: Services, clock: Clock, envelope_id: str, days: float) -> list[float]:
    """Let time pass an hour at a time; return after how many days we wrote."""
    start, wrote = clock.at, []
    while clock.at < start + timedelta(days=days):
        clock.pass_by(hours=1)
        if remind_due(services):
            wrote.append(round((clock.at - MORNING) / timedelta(days=1), 1))
            deliver_all(services, envelope_id)
    return wrote


def test_three_reminders_and_one_warning_in_thirty_days(
    services: Services, clock: Clock, invited: str
) -> None:
    assert run_days(services, clock, invited, 29.5) == [2.0, 5.0, 10.0, 28.0]
    assert purposes(services, invited) == ["invitation", *["reminder"] * 3, "deadline"]


def test_nobody_is_reminded_at_night(services: Services, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    envelope_id = sent_envelope(services, deadline=clock.at + timedelta(days=30))
    invite(services, envelope_id)
    deliver_all(services, envelope_id)
    clock.pass_by(days=2, hours=1)
    assert remind_due(services) == 0
    clock.at = datetime(2026, 11, 27, 7, 59, tzinfo=UTC)  # 8:59 in Paris
    assert remind_due(services) == 0
    clock.pass_by(minutes=1)
    assert remind_due(services) == 1


@pytest.mark.parametrize(
    ("phone", "hour_utc"), [("+33199000012", 8), ("+12125550123", 14), ("", 8)]
)
def test_the_morning_is_that_of_the_recipients_number(
    services: Services, clock: Clock, phone: str, hour_utc: int
) -> None:
    clock.at = MORNING
    envelope_id = sent_envelope(services, deadline=MORNING + timedelta(days=30))
    change(services, envelope_id, phone=phone)
    invite(services, envelope_id)
    deliver_all(services, envelope_id)
    clock.at = datetime(2026, 11, 27, hour_utc - 1, 59, tzinfo=UTC)
    assert remind_due(services) == 0
    clock.pass_by(minutes=1)
    assert remind_due(services) == 1


def test_a_signature_ends_the_reminders_at_once(
    services: Services, clock: Clock, invited: str
) -> None:
    clock.pass_by(days=2, hours=1)
    assert remind_due(services) == 1
    change(services, invited, state="signed", signed_at=clock.at)
    deliver_all(services, invited)
    assert messages_of(services, invited)[-1].state == "failed"
    assert run_days(services, clock, invited, 12) == []


def test_a_reminder_by_hand_counts(services: Services, clock: Clock, invited: str) -> None:
    clock.pass_by(days=1, hours=22)
    remind(services, invited, person_of(services, invited).id, "button")
    deliver_all(services, invited)
    clock.pass_by(hours=4)
    assert remind_due(services) == 0


def test_nobody_is_reminded_while_reading(services: Services, clock: Clock, invited: str) -> None:
    clock.pass_by(days=2, hours=1)
    change(services, invited, viewed_at=clock.at - timedelta(minutes=20))
    assert remind_due(services) == 0
    clock.pass_by(minutes=41)
    assert remind_due(services) == 1


def test_after_a_long_absence_of_ours_one_reminder_is_sent_not_three(
    services: Services, clock: Clock, invited: str
) -> None:
    clock.pass_by(days=11)
    assert remind_due(services) == 1
    assert remind_due(services) == 0
    assert [one.key.split(":")[-1] for one in messages_of(services, invited)][-1] == "day10"


def test_a_deadline_that_was_short_from_the_start_is_not_recalled() -> None:
    sent = MORNING
    deadline = MORNING + timedelta(days=3)
    assert not reminders.warns(sent, deadline, MORNING + timedelta(days=2))


def test_the_end_is_told_to_the_sender_and_to_whoever_was_asked(
    services: Services, clock: Clock, invited: str
) -> None:
    clock.pass_by(days=30, minutes=1)
    assert expire_due(services) == 1
    deliver_all(services, invited)
    told = {(o.recipient_id != "", o.address) for o in messages_of(services, invited)[-2:]}
    assert {one.purpose for one in messages_of(services, invited)[-2:]} == {"expired"}
    assert told == {(False, "claire.lumen@example.com"), (True, "client@example.org")}
    assert expire_due(services) == 0
    with services.database.reading() as session:
        assert envelopes.get(session, invited).status == "expired"


def test_a_week_more_is_one_press_for_the_deadline_and_the_links(
    services: Services, clock: Clock
) -> None:
    start = clock.at
    envelope_id = sent_envelope(services, deadline=start + timedelta(days=1))
    invite(services, envelope_id)
    for press in ("1201", "1201", "1202"):
        until = put_off(services, envelope_id, actor="portal_user:1", press=press)
    assert until == start + timedelta(days=15)
    with services.database.reading() as session:
        link = session.query(SigningLink).one()
        kinds = [one.kind for one in audit.events(session, envelope_id)]
    assert link.expires_at == until
    assert kinds.count(EventKind.EXTENDED) == 2
    clock.pass_by(days=16)
    expire_due(services)
    with pytest.raises(WrongState):
        put_off(services, envelope_id, actor="portal_user:1", press="1203")
