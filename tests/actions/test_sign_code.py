"""One-time codes: few, short-lived, counted before they are compared (trust.md: 25 guesses a day)."""

from __future__ import annotations

import contextlib

import pytest

from app.actions.sign import sign
from app.actions.sign_code import send_code
from app.core.signing import PORTAL_CODES_AN_HOUR
from app.errors import BadInput, NotAllowed, NotYourTurn, ParaphError, TooMany
from app.services import Services
from app.store.tables import Delivery, Envelope, Recipient, SigningCode
from tests.conftest import Clock
from tests.signing_kit import AskedJobs, Signer, make_signer, make_signers, with_asked_jobs


@pytest.fixture
def desk(services: Services) -> tuple[Services, AskedJobs, Signer]:
    tools, jobs = with_asked_jobs(services)
    return tools, jobs, make_signer(tools, needs_code=True)


def test_a_code_travels_over_the_recipients_channel(
    desk: tuple[Services, AskedJobs, Signer],
) -> None:
    services, jobs, signer = desk
    sent = send_code(services, signer.caller)
    assert sent.address == "c•••t@example.org"
    assert sent.wait_s == 30
    assert jobs.flows() == ["message"]
    assert len(signer.code()) == 6
    with services.database.reading() as session:
        delivery = session.query(Delivery).filter_by(purpose="code").one()
        kept = session.query(SigningCode).one()
    assert (delivery.channel, delivery.address) == ("email", "client@example.org")
    assert signer.code() not in kept.code_hash


def test_the_right_code_signs_and_raises_the_level(
    desk: tuple[Services, AskedJobs, Signer],
) -> None:
    services, _, signer = desk
    send_code(services, signer.caller)
    sign(services, signer.caller, signer.submission(code=signer.code()))
    assert signer.row.identified_by == "code_same"
    assert signer.row.code_accepted_at is not None
    assert "code_accepted" in signer.events()


def test_without_a_code_nothing_is_signed(desk: tuple[Services, AskedJobs, Signer]) -> None:
    services, _, signer = desk
    with pytest.raises(BadInput, match="ask for a code"):
        sign(services, signer.caller, signer.submission())
    send_code(services, signer.caller)
    with pytest.raises(BadInput, match="enter the code"):
        sign(services, signer.caller, signer.submission())
    assert signer.row.state == "invited"


def test_a_wrong_code_is_counted_though_nothing_else_is_kept(
    desk: tuple[Services, AskedJobs, Signer],
) -> None:
    services, _, signer = desk
    send_code(services, signer.caller)
    with pytest.raises(BadInput, match="4 tries"):
        sign(services, signer.caller, signer.submission(code=signer.wrong_code()))
    assert signer.events()[-1] == "code_refused"
    assert signer.fields[0].image is None


def test_five_wrong_tries_end_a_code_even_for_the_right_one(
    desk: tuple[Services, AskedJobs, Signer],
) -> None:
    services, _, signer = desk
    send_code(services, signer.caller)
    for _ in range(5):
        with pytest.raises(BadInput):
            sign(services, signer.caller, signer.submission(code=signer.wrong_code()))
    with pytest.raises(TooMany):
        sign(services, signer.caller, signer.submission(code=signer.code()))
    assert signer.row.state == "invited"


def test_a_code_is_good_for_ten_minutes(
    desk: tuple[Services, AskedJobs, Signer], clock: Clock
) -> None:
    services, _, signer = desk
    send_code(services, signer.caller)
    clock.pass_by(minutes=10)
    with pytest.raises(BadInput):
        sign(services, signer.caller, signer.submission(code=signer.code()))


def test_asked_again_within_the_pause_the_code_under_way_counts(
    desk: tuple[Services, AskedJobs, Signer], clock: Clock
) -> None:
    services, jobs, signer = desk
    send_code(services, signer.caller)
    first = signer.code()
    clock.pass_by(seconds=10)
    again = send_code(services, signer.caller)
    assert (again.is_new, again.wait_s) == (False, 20)
    assert jobs.flows() == ["message"]
    assert signer.code() == first


def test_a_new_code_replaces_the_old(
    desk: tuple[Services, AskedJobs, Signer], clock: Clock
) -> None:
    services, _, signer = desk
    send_code(services, signer.caller)
    old = signer.code()
    clock.pass_by(seconds=31)
    assert send_code(services, signer.caller).is_new
    if old != signer.code():
        with pytest.raises(BadInput):
            sign(services, signer.caller, signer.submission(code=old))
    sign(services, signer.caller, signer.submission(code=signer.code()))


def test_five_codes_a_day_and_twenty_five_guesses_are_all_there_are(
    desk: tuple[Services, AskedJobs, Signer], clock: Clock
) -> None:
    services, _, signer = desk
    for _ in range(8):
        with contextlib.suppress(TooMany):
            send_code(services, signer.caller)
        for _ in range(8):
            with pytest.raises(ParaphError):
                sign(services, signer.caller, signer.submission(code=signer.wrong_code()))
        clock.pass_by(minutes=11)
    assert signer.events().count("code_refused") == 25
    clock.pass_by(days=1)
    assert send_code(services, signer.caller).is_new


def test_one_portal_cannot_be_made_to_pump_messages(
    desk: tuple[Services, AskedJobs, Signer],
) -> None:
    services, _, signer = desk
    me = signer.row
    with services.database.transaction() as session:
        for number in range(PORTAL_CODES_AN_HOUR):
            session.add(
                SigningCode(
                    id=f"c{number}",
                    portal_id=me.portal_id,
                    recipient_id=make_other(session, me, number),
                    code_hash="x",
                    created_at=services.now(),
                    expires_at=services.now(),
                )
            )
    with pytest.raises(TooMany):
        send_code(services, signer.caller)


def make_other(session: object, me: Recipient, number: int) -> str:
    """One other recipient of the same portal stands for all: only the portal counts here."""
    if number == 0:
        other = Recipient(
            id="other",
            portal_id=me.portal_id,
            envelope_id=me.envelope_id,
            role_key="viewer",
            role="viewer",
            name="Other",
        )
        session.add(other)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
    return "other"


def test_nobody_gets_a_code_before_their_turn(services: Services) -> None:
    tools, jobs = with_asked_jobs(services)
    client = make_signers(tools, needs_code=True)["client"]
    with pytest.raises(NotYourTurn):
        send_code(tools, client.caller)
    assert jobs.asked == []


def test_who_can_be_reached_nowhere_is_told_so(desk: tuple[Services, AskedJobs, Signer]) -> None:
    services, _, signer = desk

    def forget(_: Envelope, me: Recipient) -> None:
        me.email = me.phone = ""

    signer.change(forget)
    with pytest.raises(NotAllowed):
        send_code(services, signer.caller)


def test_a_code_of_one_person_does_not_open_for_another(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    first, second = (make_signer(tools, needs_code=True) for _ in range(2))
    for signer in (first, second):
        send_code(tools, signer.caller)
    if first.code() != second.code():
        with pytest.raises(BadInput):
            sign(tools, second.caller, second.submission(code=first.code()))


def test_a_code_over_the_other_channel_raises_the_level(
    desk: tuple[Services, AskedJobs, Signer], clock: Clock
) -> None:
    services, _, signer = desk
    first = send_code(services, signer.caller)
    clock.pass_by(seconds=5)
    other = send_code(services, signer.caller, way="sms")
    assert (first.way, other.way, other.is_new) == ("email", "sms", True)
    assert other.address == "••\u00a0••\u00a012"
    sign(services, signer.caller, signer.submission(code=signer.code()))
    assert signer.row.identified_by == "code_other"
    assert signer.event("signed")["identified_by"] == "code_other"


def test_a_channel_nobody_gave_is_not_used(desk: tuple[Services, AskedJobs, Signer]) -> None:
    services, _, signer = desk
    signer.change(lambda _, me: setattr(me, "phone", ""))
    assert send_code(services, signer.caller, way="sms").way == "email"
    assert send_code(services, signer.caller, way="fax").way == "email"


def test_changing_the_channel_spends_the_days_share_too(
    desk: tuple[Services, AskedJobs, Signer], clock: Clock
) -> None:
    services, _, signer = desk
    for way in ("email", "sms", "email", "sms", "email"):
        assert send_code(services, signer.caller, way=way).is_new
        clock.pass_by(seconds=5)
    with pytest.raises(TooMany):
        send_code(services, signer.caller, way="sms")
