"""Retention and legal hold: what is over for long enough goes, the proof stays; a hold keeps everything."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from app.actions import hold, retain, tab, verify
from app.actions.erase_person import erase_person
from app.actions.examine import examine
from app.core import retention
from app.core.evidence import EventKind
from app.core.record import PortalUser
from app.errors import BadInput, NotAllowed, NotFound
from app.services import Services
from app.store import audit, envelopes, keeping
from app.store.tables import FieldRow, Keeping, KeptSignature
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation
from tests.tools.sealing_kit import NOW

KIND = "template:services_contract.en"


@pytest.fixture
def portal_id(services: Services) -> str:
    return make_installation(services.database)


@pytest.fixture
def admin(portal_id: str) -> PortalUser:
    return PortalUser(portal_id, "1", "en", is_admin=True)


def over(services: Services, portal_id: str, **changes: object) -> str:
    """Return the id of an envelope that was sealed at `NOW`, with files of its own."""
    values = {"status": "sealed", "finished_at": NOW, "number": "P-2026-000042", **changes}
    envelope_id = make_envelope(services.database, portal_id, **values)
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        (paper,) = envelopes.documents(session, envelope_id)
        paper.original_digest = services.files.put(b"brought " + envelope_id.encode())
        paper.printed_digest = services.files.put(b"printed " + envelope_id.encode())
        paper.sealed_digest = services.files.put(b"sealed " + envelope_id.encode())
        envelope.snapshot_digest = services.files.put(b"snapshot " + envelope_id.encode())
        envelope.message = "Dear Jean"
        data = {"to": "client@example.org"}
        audit.record(session, envelope, EventKind.INVITED, at=NOW, actor="system", data=data)
    return envelope_id


def kinds(services: Services, envelope_id: str) -> list[EventKind]:
    with services.database.reading() as session:
        return [event.kind for event in audit.events(session, envelope_id)]


def stored(services: Services) -> set[str]:
    return set(services.files.digests())


def everything(services: Services) -> str:
    """Return every row that tells of an envelope, as text."""
    tables = ("envelopes", "documents", "recipients", "fields", "audit_details", "deliveries")
    with services.database.engine.connect() as connection:
        return str([connection.execute(text(f"SELECT * FROM {one}")).all() for one in tables])


@pytest.mark.parametrize(
    ("over_at", "years", "end"),
    [
        (datetime(2026, 11, 24, tzinfo=UTC), 5, datetime(2031, 11, 24, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), 1, datetime(2029, 3, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), 0, None),
    ],
)
def test_a_document_is_kept_for_whole_years(
    over_at: datetime, years: int, end: datetime | None
) -> None:
    assert retention.ends(over_at, years) == end


def test_what_is_over_for_long_enough_goes_and_digests_and_chain_stay(
    services: Services, clock: Clock, portal_id: str, admin: PortalUser
) -> None:
    envelope_id = over(services, portal_id)
    with services.database.reading() as session:
        sealed = envelopes.documents(session, envelope_id)[0].sealed_digest
    hold.settle(services, admin, "", 5)
    clock.pass_by(days=5 * 365)
    assert retain.delete_due(services) == 0
    clock.pass_by(days=4)
    (row,) = tab.latest(services, admin)
    assert row.can_download
    assert retain.delete_due(services) == 1
    (row,) = tab.latest(services, admin)
    assert not row.can_download
    assert not row.is_kept
    assert stored(services) & {sealed} == set()
    assert verify.look_up(services, sealed) is not None
    assert kinds(services, envelope_id)[-1] is EventKind.RETENTION_ENDED
    left = everything(services)
    for told in ("Jean Exemple", "client@example.org", "Dear Jean", "reading room", "Claire"):
        assert told not in left
    assert sealed in left
    assert examine(services).faults == []
    assert retain.delete_due(services) == 0


def test_without_a_rule_everything_is_kept_for_ever(
    services: Services, clock: Clock, portal_id: str
) -> None:
    over(services, portal_id)
    clock.pass_by(days=60 * 365)
    before = stored(services)
    assert retain.delete_due(services) == 0
    assert stored(services) == before


def test_a_kind_with_a_rule_of_its_own_follows_it_and_the_rest_the_other(
    services: Services, clock: Clock, portal_id: str, admin: PortalUser
) -> None:
    contract = over(services, portal_id)
    other = over(services, portal_id, number="P-2", document_type="upload:nda")
    waiting = over(services, portal_id, number="P-3", status="sent", finished_at=None)
    hold.settle(services, admin, KIND, 10)
    hold.settle(services, admin, "", 1)
    clock.pass_by(days=2 * 366)
    assert retain.delete_due(services) == 1
    assert EventKind.RETENTION_ENDED in kinds(services, other)
    for one in (contract, waiting):
        assert EventKind.RETENTION_ENDED not in kinds(services, one)


def test_another_portals_rule_deletes_nothing_here(
    services: Services, clock: Clock, portal_id: str
) -> None:
    over(services, portal_id)
    stranger = PortalUser(make_installation(services.database), "1", "en", is_admin=True)
    hold.settle(services, stranger, "", 1)
    clock.pass_by(days=3 * 366)
    assert retain.delete_due(services) == 0


def test_what_the_certificate_promised_is_kept_though_the_rule_got_shorter(
    services: Services, clock: Clock, portal_id: str, admin: PortalUser
) -> None:
    envelope_id = over(services, portal_id)
    with services.database.transaction() as session:
        kept = keeping.of(session, envelopes.lock(session, envelope_id))
        kept.kept_until = retention.ends(NOW, 10)
    hold.settle(services, admin, "", 1)
    clock.pass_by(days=3 * 366)
    assert retain.delete_due(services) == 0
    clock.pass_by(days=8 * 366)
    assert retain.delete_due(services) == 1


def test_a_file_that_another_document_needs_stays(
    services: Services, clock: Clock, portal_id: str, admin: PortalUser
) -> None:
    old = over(services, portal_id)
    young = over(services, portal_id, number="P-2", document_type="upload:nda")
    shared = services.files.put(b"our usual form")
    with services.database.transaction() as session:
        for one in (old, young):
            envelopes.documents(session, one)[0].original_digest = shared
    hold.settle(services, admin, KIND, 1)
    clock.pass_by(days=400)
    assert retain.delete_due(services) == 1
    assert services.files.get(shared) == b"our usual form"


def test_a_file_that_was_brought_again_just_now_waits_a_day(
    services: Services, clock: Clock, portal_id: str, admin: PortalUser
) -> None:
    envelope_id = over(services, portal_id)
    hold.settle(services, admin, "", 1)
    clock.at = datetime.now(UTC)
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        envelope.finished_at = clock.at.replace(year=clock.at.year - 2, day=1)
    assert retain.delete_due(services) == 1
    brought = hashlib.sha256(b"brought " + envelope_id.encode()).hexdigest()
    assert brought in stored(services)
    clock.pass_by(days=2)
    retain.delete_due(services)
    assert brought not in stored(services)


def test_a_legal_hold_stops_retention_until_it_is_lifted(
    services: Services, clock: Clock, portal_id: str, admin: PortalUser
) -> None:
    envelope_id = over(services, portal_id)
    hold.settle(services, admin, "", 1)
    hold.hold(services, admin, "P-2026-000042", "Court of appeal, case 12/34")
    clock.pass_by(days=30 * 366)
    assert retain.delete_due(services) == 0
    assert [one.number for one in hold.rules(services, admin).held] == ["P-2026-000042"]
    hold.release(services, admin, envelope_id)
    assert retain.delete_due(services) == 1
    told = kinds(services, envelope_id)[-3:]
    assert told == [EventKind.HELD, EventKind.RELEASED, EventKind.RETENTION_ENDED]
    assert examine(services).faults == []


def test_a_legal_hold_stops_the_erasure_of_a_person(
    services: Services, portal_id: str, admin: PortalUser
) -> None:
    over(services, portal_id)
    hold.hold(services, admin, "P-2026-000042", "Case 12/34")
    done = erase_person(services, "client@example.org")
    assert (done.seats, done.held) == (0, ["P-2026-000042"])
    assert "Jean Exemple" in everything(services)


def test_only_administrators_settle_hold_and_lift(services: Services, portal_id: str) -> None:
    seller = PortalUser(portal_id, "2", "en")
    envelope_id = over(services, portal_id)
    for act in (
        lambda: hold.rules(services, seller),
        lambda: hold.settle(services, seller, "", 1),
        lambda: hold.hold(services, seller, "P-2026-000042", "x"),
        lambda: hold.release(services, seller, envelope_id),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_number_of_another_portal_is_not_found(services: Services, portal_id: str) -> None:
    envelope_id = over(services, portal_id)
    stranger = PortalUser(make_installation(services.database), "1", "en", is_admin=True)
    with pytest.raises(BadInput):
        hold.hold(services, stranger, "P-2026-000042", "x")
    with pytest.raises(NotFound):
        hold.release(services, stranger, envelope_id)
    with pytest.raises(BadInput):
        hold.settle(services, stranger, KIND, 1)
    with pytest.raises(BadInput):
        hold.settle(services, stranger, "", 4)


def sign_with_picture(services: Services, envelope_id: str, picture: str, brought: str) -> None:
    with services.database.transaction() as session:
        rows = session.execute(select(FieldRow).where(FieldRow.envelope_id == envelope_id))
        row = next(one for one in rows.scalars() if one.role == "client")
        row.image = {"way": "picture", "picture": picture, "aspect": 2.0}
        row.file_digest = brought


def test_pictures_and_files_of_an_erased_person_leave_the_store(
    services: Services, portal_id: str
) -> None:
    envelope_id = over(services, portal_id)
    picture, brought = services.files.put(b"a signature"), services.files.put(b"a passport")
    sign_with_picture(services, envelope_id, picture, brought)
    done = erase_person(services, "client@example.org")
    assert done.files == 3
    assert not {picture, brought} & stored(services)
    with services.database.reading() as session:
        sealed = envelopes.documents(session, envelope_id)[0].sealed_digest
    assert services.files.get(sealed)


def test_a_picture_that_somebody_else_keeps_stays(services: Services, portal_id: str) -> None:
    envelope_id = over(services, portal_id)
    picture = services.files.put(b"a signature")
    sign_with_picture(services, envelope_id, picture, "")
    with services.database.transaction() as session:
        agreed = {"agreed_version": "1", "agreed_hash": "", "agreed_lang": "en", "agreed_at": NOW}
        session.add(
            KeptSignature(portal_id=portal_id, user_id="7", picture_digest=picture, **agreed)
        )
    erase_person(services, "client@example.org")
    assert services.files.get(picture) == b"a signature"
    with services.database.reading() as session:
        assert session.get(Keeping, envelope_id).loose_files == []  # type: ignore[union-attr]
