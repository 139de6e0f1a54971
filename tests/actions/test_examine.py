"""`bin/app audit verify`: whoever changes the audit by SQL is found, and the place is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.actions.close_day import ask_for_day, close_day
from app.actions.examine import Examination, examine
from app.core.audit_days import root_of
from app.core.evidence import EventKind
from app.sealing.timestamps import Timestamper
from app.services import Services
from app.store import audit, audit_days, envelopes
from emulator.tsa import Tsa, create_tsa
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation

DAY = "2026-11-24"


@pytest.fixture
def services(make_services: Callable[..., Services]) -> Services:
    return make_services(tsa_urls="https://tsa.example.org/")


@pytest.fixture
def tsa(services: Services, clock: Clock) -> Tsa:
    made = create_tsa(services.settings.data / "tsa", clock=clock)
    services.settings.tsa_trust.mkdir(parents=True, exist_ok=True)
    (services.settings.tsa_trust / "tsa.pem").write_bytes(made.root_pem)
    stamper = Timestamper(["https://tsa.example.org/"], post=lambda _url, body: made.respond(body))
    services.__dict__["timestamper"] = stamper
    return made


@pytest.fixture
def closed(services: Services, clock: Clock, tsa: Tsa) -> list[str]:
    """Three chains of five events, recorded on a day whose root is stamped; the ids of their envelopes."""
    clock.at = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    portal_id = make_installation(services.database)
    made = [
        make_envelope(services.database, portal_id, status="sent", number=f"P-{one}")
        for one in range(3)
    ]
    for envelope_id in made:
        for kind in (EventKind.INVITED, EventKind.VIEWED, EventKind.CONSENTED, EventKind.SIGNED):
            add(services, envelope_id, kind)
    clock.pass_by(days=1)
    assert close_day(services, DAY)
    return made


def add(services: Services, envelope_id: str, kind: EventKind) -> None:
    with services.database.transaction() as session:
        audit.record(
            session,
            envelopes.lock(session, envelope_id),
            kind,
            at=services.now(),
            actor="recipient:r1",
            ip="203.0.113.7",
            browser="Firefox",
            data={"to": "claire@example.org"},
        )


def as_intruder(services: Services, *statements: str) -> None:
    """Change the database behind our back: whoever can write there can take the triggers away as well."""
    with services.database.engine.begin() as connection:
        if services.database.is_sqlite:
            for name in ("audit_no_update", "audit_no_delete", "audit_details_no_update"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_days_no_{act}"))
        else:
            connection.execute(text("DROP FUNCTION refuse_audit_change() CASCADE"))
        for statement in statements:
            connection.execute(text(statement))


def told(seen: Examination) -> list[str]:
    return [f"{fault.place}: {fault.what}" for fault in seen.faults]


def test_an_untouched_audit_is_whole(services: Services, closed: list[str]) -> None:
    seen = examine(services)
    assert told(seen) == []
    assert (seen.chains, seen.days) == (3, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'system' WHERE {here}",
        "DELETE FROM audit_events WHERE {here}",
        "UPDATE audit_details SET ip = '203.0.113.8' WHERE {here}",
        "UPDATE audit_days SET root = 'x'",
        "DELETE FROM audit_days",
    ],
)
def test_the_database_itself_refuses_to_change_the_audit(
    services: Services, closed: list[str], statement: str
) -> None:
    here = f"envelope_id = '{closed[0]}'"
    with pytest.raises(DBAPIError, match="append-only"), services.database.engine.begin() as one:
        one.execute(text(statement.format(here=here)))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit_events SET actor = 'system' WHERE {two}", "event 2: was altered"),
        ("UPDATE audit_events SET kind = 'declined' WHERE {two}", "event 2: was altered"),
        ("UPDATE audit_events SET at = '2026-11-24 15:00:01' WHERE {two}", "event 2: was altered"),
        ("UPDATE audit_details SET ip = '::1' WHERE {two}", "event 2: its details were altered"),
        ("DELETE FROM audit_events WHERE {two}", "event 2: number is 3"),
        ("DELETE FROM audit_events WHERE {last}", "event 5: is missing (the root of 2026-11-24)"),
        ("DELETE FROM audit_events WHERE {all}", "has no events at all"),
        ("UPDATE audit_events SET kind = 'x' WHERE {two}", "an event cannot be read"),
    ],
)
def test_a_change_is_found_and_its_place_named(
    services: Services, closed: list[str], statement: str, expected: str
) -> None:
    hit = f"envelope_id = '{closed[1]}'"
    places = {"two": f"{hit} AND number = 2", "last": f"{hit} AND number = 5", "all": hit}
    as_intruder(services, statement.format(**places))
    found = told(examine(services))
    assert f"{closed[1]}: {expected}" in found
    assert not any(other in fault for fault in found for other in (closed[0], closed[2]))


def test_a_chain_written_anew_differs_from_the_day_that_was_stamped(
    services: Services, closed: list[str]
) -> None:
    hit = closed[2]
    as_intruder(
        services,
        f"DELETE FROM audit_details WHERE envelope_id = '{hit}'",
        f"DELETE FROM audit_events WHERE envelope_id = '{hit}'",
    )
    add(services, hit, EventKind.DECLINED)
    assert f"{hit}: event 5: is missing (the root of {DAY})" in told(examine(services))


def test_a_root_written_anew_has_no_time_stamp_of_its_own(
    services: Services, closed: list[str]
) -> None:
    with services.database.reading() as session:
        (day,) = audit_days.kept(session)
    other = root_of(DAY, previous="", heads={})
    as_intruder(services, f"UPDATE audit_days SET heads = '{{}}', root = '{other}'")
    assert f"day {DAY}: the time stamp does not belong to this root" in told(examine(services))
    assert day.root != other


def test_a_root_that_was_taken_away_is_missed(
    services: Services, closed: list[str], clock: Clock
) -> None:
    as_intruder(services, "DELETE FROM audit_days")
    clock.pass_by(days=3)
    assert f"day {DAY}: has no time-stamped root" in told(examine(services))


def test_a_stamp_by_an_authority_that_we_do_not_trust_is_not_believed(
    services: Services, closed: list[str]
) -> None:
    (services.settings.tsa_trust / "tsa.pem").unlink()
    found = told(examine(services))
    assert f"day {DAY}: the time stamp comes from an unknown authority" in found


def test_a_day_is_closed_once_and_only_when_it_is_over(
    services: Services, closed: list[str], clock: Clock
) -> None:
    assert ask_for_day(services) == ""
    add(services, closed[0], EventKind.REMINDED)
    assert ask_for_day(services) == ""
    clock.pass_by(days=1)
    assert ask_for_day(services) == "2026-11-25"
    first = close_day(services, "2026-11-25")
    assert close_day(services, "2026-11-25") == first
    assert told(examine(services)) == []


def test_details_of_a_person_are_erased_and_the_chain_still_holds(
    services: Services, closed: list[str]
) -> None:
    with services.database.transaction() as session:
        erased = audit.erase_details(session, closed[0], naming=frozenset({"recipient:r1"}))
    with services.database.reading() as session:
        assert not any(event.ip for event in audit.events(session, closed[0]))
    seen = examine(services)
    assert told(seen) == []
    assert (erased, seen.erased) == (4, 4)


def test_details_written_back_after_an_erasure_are_not_believed(
    services: Services, closed: list[str]
) -> None:
    with services.database.transaction() as session:
        audit.erase_details(session, closed[0], naming=frozenset({"recipient:r1"}))
    as_intruder(
        services,
        "INSERT INTO audit_details (envelope_id, number, portal_id, ip, browser, data, salt) "
        f"SELECT envelope_id, number, portal_id, '::1', '', '{{}}', '00' FROM audit_events "
        f"WHERE envelope_id = '{closed[0]}' AND number = 3",
    )
    assert told(examine(services)) == [f"{closed[0]}: event 3: its details were altered"]
