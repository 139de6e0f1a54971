"""A hundred thousand guesses at signers' one-time codes: at most 25 count for a person in any 24 hours (goal S6).

The guesser holds the links, asks for a new code as soon as one is given, and goes on for days while the app is
restarted again and again. The right code is never tried: what is counted is how often trying is possible at all.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from flask.testing import FlaskClient

from app.core import signing
from app.core.evidence import EventKind
from app.services import Services, build, lay_out
from app.settings import Settings
from app.store import audit
from app.store.tables import SigningCode
from app.web import create_app
from tests.signing_kit import Signer, make_signer

GUESSES = 100_000
PEOPLE = 10
A_DAY = 2_500
"""Guesses at one person's codes in 24 hours, day and night."""
BURST = 10
"""Guesses at one person's code in a row, a second apart."""
LIVES = 20
"""How often the app is started in the course of it."""
MOST = signing.CODES_A_DAY * signing.CODE_TRIES
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Guessing:
    """What became of the guesses. `most_a_day`: the most that counted for one person in any 24 hours."""

    guesses: int
    statuses: dict[int, int]
    codes: int
    counted: int
    most_a_day: int
    signed: int
    seconds: float

    @property
    def holds(self) -> bool:
        fine = all(status < 500 for status in self.statuses)
        return fine and self.signed == 0 and 0 < self.most_a_day <= MOST


class Clock:
    """A clock that the guesser's patience moves."""

    at = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def guessing(
    count: int, seed: int, *, people: int = PEOPLE, lives: int = LIVES, a_day: int = A_DAY
) -> Guessing:
    """Guess `count` times at the codes of `people`; return what became of it."""
    rng, clock, statuses, began = Random(seed), Clock(), Counter[int](), perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate({"data": Path(folder), "smtp_host": "127.0.0.1"})
        services = build(settings, now=clock)
        lay_out(services)
        signers = [make_signer(services, needs_code=True) for _ in range(people)]
        forms = [signer.form() for signer in signers]
        for life in range(lives):
            running = build(settings, now=clock)
            browsers = [opened(running, signer) for signer in signers]
            for n in range(count * life // lives, count * (life + 1) // lives):
                who = n // BURST % people
                clock.at += SECOND if n % BURST else DAY * BURST / (a_day * people)
                statuses[guess(rng, browsers[who], signers[who], forms[who])] += 1
            running.database.close()
        found = outcome(services, signers, statuses, perf_counter() - began)
        services.database.close()
    return found


def opened(services: Services, signer: Signer) -> FlaskClient:
    """Return a browser that has opened the link in a process just started."""
    browser = create_app(services).test_client()
    browser.get(f"/s/{signer.token}").close()
    return browser


def guess(rng: Random, browser: FlaskClient, signer: Signer, form: dict[str, str]) -> int:
    """Post one wrong code, having asked for a new one when none can be tried; return the answer's status."""
    home = f"/s/r/{signer.short}"
    with signer.services.database.reading() as session:
        rows = session.query(SigningCode).filter_by(recipient_id=signer.recipient_id)
        last = rows.order_by(SigningCode.created_at.desc()).first()
        open_one = last is not None and last.used_at is None and last.tries < signing.CODE_TRIES
    if rng.random() < (0.01 if open_one else 0.2):
        browser.post(f"{home}/code", data=form).close()
    right = signer.code() if open_one else ""
    tried = f"{rng.randrange(1_000_000):06d}"
    if tried == right:
        tried = f"{(int(right) + 1) % 1_000_000:06d}"
    answer = browser.post(f"{home}/sign", data={**form, "code": tried})
    answer.close()
    return answer.status_code


def outcome(
    services: Services, signers: list[Signer], statuses: Counter[int], seconds: float
) -> Guessing:
    """Read from the audit what counted: every guess at a living code is an event there."""
    counted, most = 0, 0
    with services.database.reading() as session:
        for signer in signers:
            events = audit.events(session, signer.envelope_id)
            moments = [one.at for one in events if one.kind is EventKind.CODE_REFUSED]
            counted += len(moments)
            most = max([most, *(n + 1 - bisect_left(moments, at - DAY + timedelta(milliseconds=1))
                                for n, at in enumerate(moments))])  # fmt: skip
        codes = session.query(SigningCode).count()
    return Guessing(
        guesses=sum(statuses.values()),
        statuses=dict(sorted(statuses.items())),
        codes=codes,
        counted=counted,
        most_a_day=most,
        signed=sum(signer.envelope.status != "sent" for signer in signers),
        seconds=seconds,
    )


def lines(found: Guessing, seed: int) -> list[str]:
    """Return the outcome as lines of text."""
    return [
        f"{found.guesses} guesses at codes (seed {seed}) in {found.seconds:.0f} s; answers {found.statuses}",
        f"codes given {found.codes}, guesses that counted {found.counted}; in any 24 hours for one "
        f"person at most {found.most_a_day} (promised {MOST}); signed {found.signed}",
    ]
