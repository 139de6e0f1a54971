"""Many at once: every envelope ends in exactly one way (trust.md, R6 to R8), on both kinds of database.

SIGN_RACE_ROUNDS: envelopes for each number of signers; a few in every check, 500 for the published figure.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.actions import sign_handover
from app.actions.sign import sign
from app.actions.sign_decline import decline
from app.errors import ParaphError
from app.services import Services
from app.store import envelopes
from app.store.tables import Delivery
from tests.signing_kit import AskedJobs, Signer, make_signer, make_signers, with_asked_jobs

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
