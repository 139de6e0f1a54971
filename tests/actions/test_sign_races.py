"""Many at once: every envelope ends in exactly one way (trust.md, R6 to R8), on both kinds of database.

SIGN_RACE_ROUNDS: envelopes for each number of signers; a few in every check, 500 for the published figure.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from app.actions import sign_handover
from app.actions.expire import expire_due
from app.actions.invite import remind
from app.actions.sign import sign
from app.actions.sign_code import send_code
from app.actions.sign_decline import decline
from app.actions.void import void
from app.core.signing import LinkPurpose
from app.errors import ParaphError
from app.services import Services
from app.store import envelopes
from app.store.tables import Delivery
from tests.conftest import Clock
from tests.signing_kit import (
    DRAWN,
    TYPED,
    AskedJobs,
    Signer,
    add_link,
    make_signer,
    make_signers,
    with_asked_jobs,
)

ROUNDS = int(os.environ.get("SIGN_RACE_ROUNDS", "3"))


@pytest.fixture
def desk(make_services: Callable[..., Services], database_url: str) -> tuple[Services, AskedJobs]:
    return with_asked_jobs(make_services(database_url=database_url))


def at_once(*steps: Callable[[], object]) -> list[bool]:
    """Run the steps at the same time; return which succeeded. Only our own refusals count as failed."""
    with ThreadPoolExecutor(len(steps)) as pool:
        running = [pool.submit(step) for step in steps]
    return [_succeeded(one.exception()) for one in running]


def _succeeded(fault: BaseException | None) -> bool:
    if fault is not None and not isinstance(fault, ParaphError):
        raise fault
    return fault is None


def signing(services: Services, signer: Signer) -> Callable[[], object]:
    caller, submission = signer.caller, signer.submission()
    return lambda: sign(services, caller, submission)


def side_by_side(services: Services, count: int) -> list[Signer]:
    """Return signers of one envelope who may all sign now."""
    parties = tuple(f"client{n}" for n in range(count))
    signers = list(make_signers(services, parties=parties).values())
    with services.database.transaction() as session:
        for person in envelopes.recipients(session, signers[0].envelope_id):
            person.order = 1
    return signers


@pytest.mark.parametrize("count", [2, 5, 10])
def test_all_sign_at_once_and_exactly_one_of_them_is_the_last(
    desk: tuple[Services, AskedJobs], count: int
) -> None:
    services, jobs = desk
    for done in range(1, ROUNDS + 1):
        signers = side_by_side(services, count)
        assert at_once(*(signing(services, one) for one in signers)) == [True] * count
        assert signers[0].envelope.status == "signed"
        assert signers[0].events().count("signed") == count
        assert signers[0].events().count("completed") == 1
        assert jobs.flows().count("finish") == done


def test_one_submission_twenty_times_at_once_signs_once(desk: tuple[Services, AskedJobs]) -> None:
    services, jobs = desk
    for done in range(1, ROUNDS + 1):
        signer = make_signer(services)
        assert at_once(*[signing(services, signer)] * 20) == [True] * 20
        assert signer.events().count("signed") == 1
        assert signer.events().count("consented") == 1
        assert jobs.flows().count("finish") == done


def test_declining_against_signing_has_one_outcome(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    for _ in range(ROUNDS):
        signer = make_signer(services)
        caller = signer.caller
        signed, declined = at_once(
            signing(services, signer), lambda who=caller: decline(services, who, "Too dear")
        )
        assert signed is not declined
        assert signer.envelope.status == ("signed" if signed else "declined")


def test_handing_over_against_signing_leaves_one_person_in_the_seat(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, _ = desk
    for _ in range(ROUNDS):
        signer = make_signer(services)
        sign_handover.propose(services, signer.caller, name="Ana", email="ana@example.org")
        token, caller = question_of(services, signer), signer.caller
        sign_it = signing(services, signer)

        def stay_and_sign(who: object = caller, then: Callable[[], object] = sign_it) -> None:
            sign_handover.take_back(services, who)  # type: ignore[arg-type]
            then()

        at_once(stay_and_sign, lambda asked=token: agree(services, asked))
        signed = "signed" in signer.events()
        assert signed is not ("handed_over" in signer.events())
        with services.database.reading() as session:
            people = envelopes.recipients(session, signer.envelope_id)
        assert [p.name for p in people] == ["Jean Exemple" if signed else "Ana"]


def test_voiding_while_signing_has_one_outcome(desk: tuple[Services, AskedJobs]) -> None:
    services, jobs = desk
    for _ in range(ROUNDS):
        signer = make_signer(services)
        take_back = partial(
            void, services, signer.envelope_id, actor="portal_user:1", reason="Not now"
        )
        signed, voided = at_once(signing(services, signer), take_back)
        assert signed is not voided
        assert signer.envelope.status == ("signed" if signed else "voided")
        assert signer.events().count("signed") == signed
        assert signer.events().count("voided") == voided
    assert jobs.flows().count("finish") <= ROUNDS


def test_a_deadline_that_passes_while_signing_has_one_outcome(
    make_services: Callable[..., Services], database_url: str, clock: Clock
) -> None:
    made = make_services(database_url=database_url)
    services, _ = with_asked_jobs(made)
    for _ in range(ROUNDS):
        signer = make_signer(services)
        end = clock() + timedelta(minutes=5)
        signer.change(lambda envelope, _, at=end: setattr(envelope, "deadline", at))  # type: ignore[misc]
        late = with_asked_jobs(replace(made, now=lambda at=end: at))[0]  # type: ignore[misc]
        signed, _ = at_once(signing(services, signer), lambda who=late: expire_due(who))
        assert signer.envelope.status == ("signed" if signed else "expired")
        assert signer.events().count("signed") == signed
        assert signer.events().count("expired") == (not signed)


def test_two_tabs_with_different_signatures_leave_one_of_them(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, jobs = desk
    for done in range(1, ROUNDS + 1):
        signer = make_signer(services)
        caller, tabs = signer.caller, [signer.submission(signature=one) for one in (TYPED, DRAWN)]
        sent = [partial(sign, services, caller, submission) for submission in tabs]
        assert at_once(*sent) == [True, True]
        kept, way = signer.fields[0].image or {}, signer.event("signed")["way"]
        assert kept["way"] == way
        assert signer.events().count("signed") == 1
        assert jobs.flows().count("finish") == done


def test_the_mail_and_the_desk_at_once_sign_once(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    for _ in range(ROUNDS):
        by_mail = make_signer(services)
        here = add_link(services, by_mail.envelope_id, by_mail.recipient_id, LinkPurpose.HERE)
        assert at_once(signing(services, by_mail), signing(services, here)) == [True, True]
        assert by_mail.events().count("signed") == 1
        assert by_mail.row.identified_by in ("link", "in_person")


def test_one_code_given_twice_at_once_counts_once(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    for _ in range(ROUNDS):
        signer = make_signer(services, needs_code=True)
        send_code(services, signer.caller)
        submission = signer.submission(code=signer.code())
        step = partial(sign, services, signer.caller, submission)
        assert at_once(step, step) == [True, True]
        assert signer.events().count("code_accepted") == 1
        assert signer.events().count("signed") == 1


def test_wrong_codes_at_once_never_get_more_than_five_tries(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, _ = desk
    signer = make_signer(services, needs_code=True)
    send_code(services, signer.caller)
    wrong = signer.submission(code=signer.wrong_code())
    at_once(*[partial(sign, services, signer.caller, wrong)] * 12)
    assert signer.events().count("code_refused") == 5
    assert at_once(
        partial(sign, services, signer.caller, signer.submission(code=signer.code()))
    ) == [False]


def test_a_colleague_proposed_while_signing_leaves_the_seat_to_one(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, _ = desk
    for _ in range(ROUNDS):
        signer = make_signer(services)
        ask = partial(
            sign_handover.propose, services, signer.caller, name="Ana", email="ana@example.org"
        )
        signed, asked = at_once(signing(services, signer), ask)
        assert signed is not asked
        assert signer.envelope.status == ("signed" if signed else "sent")
        assert signer.events().count("handover_asked") == asked


def test_a_link_that_is_replaced_while_signing_signs_or_is_refused(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, _ = desk
    for _ in range(ROUNDS):
        signer = make_signer(services)
        again = partial(remind, services, signer.envelope_id, signer.recipient_id, "by hand")
        signed, _ = at_once(signing(services, signer), again)
        assert signer.envelope.status == ("signed" if signed else "sent")
        assert signer.events().count("signed") == signed


def agree(services: Services, token: str) -> None:
    with contextlib.suppress(ParaphError):
        sign_handover.answer(services, token, agrees=True, ip="", browser="")


def question_of(services: Services, signer: Signer) -> str:
    with services.database.reading() as session:
        asked = session.query(Delivery).filter_by(
            envelope_id=signer.envelope_id, purpose="handover"
        )
        delivery = asked.one()
    return services.secrets.decrypt(f"delivery:{delivery.id}", delivery.secret_enc)
