"""The short forms of `bin/bench security`: guesses at codes, fuzzed requests, hosts that lie; each by a seed."""

from __future__ import annotations

import pytest

from app.actions.sign import sign
from app.actions.sign_code import send_code
from app.errors import ParaphError, TooMany
from app.services import Services
from bench import fuzz, guesses, hosts
from bench.security import SEED
from tests.conftest import Clock
from tests.frame_kit import Portal
from tests.signing_kit import Signer, make_signer


def test_of_hundreds_of_guesses_over_restarts_twenty_five_a_day_count() -> None:
    found = guesses.guessing(480, SEED, people=2, lives=3, a_day=120)
    assert found.guesses == 480
    assert found.signed == 0
    assert set(found.statuses) <= {422, 429}
    assert 20 <= found.most_a_day <= guesses.MOST == 25


def test_a_code_of_yesterdays_last_minutes_counts_for_today(
    services: Services, clock: Clock
) -> None:
    signer = make_signer(services, needs_code=True)
    send_code(services, signer.caller)
    clock.pass_by(minutes=9)
    began = guessed(services, signer)
    for _ in range(4):
        clock.pass_by(hours=5)
        send_code(services, signer.caller)
        began += guessed(services, signer)
    clock.pass_by(hours=3, minutes=55)
    with pytest.raises(TooMany):
        send_code(services, signer.caller)
    assert began == 25
    clock.pass_by(minutes=10)
    assert send_code(services, signer.caller).is_new


def guessed(services: Services, signer: Signer) -> int:
    """Guess until nothing counts any more; return how many guesses did."""
    before = signer.events().count("code_refused")
    for _ in range(7):
        with pytest.raises(ParaphError):
            sign(services, signer.caller, signer.submission(code=signer.wrong_code()))
    return signer.events().count("code_refused") - before


def test_no_fuzzed_request_of_any_role_breaks_anything() -> None:
    found = fuzz.fuzzing(1_200, SEED)
    assert found.broken == ()
    assert all(statuses.get(200) and statuses.get(422) for statuses in found.statuses.values())


def test_what_the_doors_read_is_among_the_fuzzed_names() -> None:
    names = set(fuzz.read_names())
    assert {"typed_name", "signature", "reason", "channel", "document_id", "properties"} <= names


def test_hosts_that_requests_name_are_not_reached(portal: Portal) -> None:
    found = hosts.visits(portal)
    assert found.holds, found
    assert found.count > 200
