"""10,000 messages and 500 deaths of our process: none is lost, a death repeats at most one mail, and no SMS.

Mail goes to a real SMTP server on loopback, SMS to a gateway that can be asked, and to one that cannot. Where and
when our process dies is drawn by a seed: before the message leaves, after the provider's yes, after our commit.
(Real kill -9 of real workers: tests/journeys/test_killed_while_sending.py.) DELIVERY_SHARE=0.4 makes every number
that much smaller. Writes docs/results/delivery.md.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from app import logs
from app.actions.invite import invite
from app.actions.message import carry
from app.delivery.channel import Channel, Kind, Message, Receipt
from app.delivery.channels import Channels
from app.services import Services, build, lay_out
from app.settings import Settings
from app.store import deliveries, envelopes
from bench.results import Table, write
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation
from tests.tools.gateways import MailSink, mail_sink
from tests.tools.scripted_http import Answer, Asked, serving

SHARE = float(os.environ.get("DELIVERY_SHARE", "1"))
MAILS, MAIL_DEATHS = round(10_000 * SHARE), round(500 * SHARE)
SMS, SMS_DEATHS = round(1_000 * SHARE), round(100 * SHARE)
A_ENVELOPE = 20
SEED = 20261124


class Died(BaseException):
    """Our process ended here."""


@dataclass
class Fate:
    """A channel that dies at the chosen moment of the next message: "before", "after" or "" (lives)."""

    channel: Channel
    moment: str = ""

    @property
    def finds_repeats(self) -> bool:
        return bool(getattr(self.channel, "finds_repeats", True))

    def send(self, message: Message) -> Receipt:
        moment, self.moment = self.moment, ""
        if moment == "before":
            raise Died
        receipt = self.channel.send(message)
        if moment == "after":
            raise Died
        return receipt


@dataclass
class Gateway:
    """Keeps how often each text was taken; `knows`: whether it finds a message by our reference."""

    knows: bool
    taken: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            body = asked.body
            self.taken.append(body.get("client_ref") or body["To"] + body["Body"])
            return 201, {"id": f"sms-{len(self.taken)}", "sid": f"SM{len(self.taken)}"}
        ref = asked.query.get("client_ref", "")
        return (200, {"id": f"sms-{self.taken.index(ref) + 1}"}) if ref in self.taken else (404, {})


@dataclass(frozen=True)
class Outcome:
    """What became of a campaign. `most`: how often the most repeated message arrived."""

    wanted: int
    lost: int
    twice: int
    most: int
    told: int
    """Messages of which we said truly that nobody can tell."""
    deaths: int
    seconds: float


def campaign(services: Services, kind: Kind, count: int, deaths: int) -> tuple[list[str], int]:
    """Carry `count` messages through `deaths` deaths; return their ids and how many deaths there were."""
    chance = random.Random(SEED)
    whole = services.channels
    fate = Fate(whole)
    made = _invitations(services, kind, count)
    doomed = set(chance.sample(range(count), deaths))
    services.__dict__["channels"] = _Blind(fate, whole)
    died = 0
    for number, delivery_id in enumerate(made):
        fate.moment = chance.choice(("before", "after")) if number in doomed else ""
        try:
            carry(services, delivery_id)
        except Died:
            died += 1
            carry(services, delivery_id)
        if number in doomed:
            carry(services, delivery_id)  # after our commit: the next life finds it done
    services.__dict__["channels"] = whole
    return made, died


class _Blind(Channels):
    """The real channels' knowledge, and the fate's sending."""

    def __init__(self, fate: Fate, whole: Channels) -> None:
        super().__init__({Kind.EMAIL: fate, Kind.SMS: fate})
        self._whole = whole

    def sends_blindly(self, kind: Kind) -> bool:
        return self._whole.sends_blindly(kind)


def _invitations(services: Services, kind: Kind, count: int) -> list[str]:
    portal_id = make_installation(services.database)
    found: list[str] = []
    while len(found) < count:
        signers = [f"p{n}" for n in range(min(A_ENVELOPE, count - len(found)))]
        envelope_id = make_envelope(
            services.database, portal_id, signers=signers, channel=kind.value
        )
        with services.database.transaction() as session:
            for number, person in enumerate(envelopes.recipients(session, envelope_id)):
                person.order = 1
                person.email = f"{person.id}@example.org"
                person.phone = f"+3319900{len(found) + number:04d}"
        found += invite(services, envelope_id)
    return found


def mails(folder: Path) -> Outcome:
    """Return what became of the mails."""
    with mail_sink() as sink:
        services = _services(folder, smtp_host="127.0.0.1", smtp_port=sink.port, smtp_tls="none")
        start = time.perf_counter()
        made, died = campaign(services, Kind.EMAIL, MAILS, MAIL_DEATHS)
        return _judge(services, made, _arrived(sink), died, time.perf_counter() - start)


def texts(folder: Path, *, knows: bool) -> Outcome:
    """Return what became of the SMS with a gateway that can, or cannot, be asked."""
    gateway = Gateway(knows)
    with serving(gateway) as service:
        values = {"sms_url": service.url, "sms_key": "k"}
        if not knows:
            values |= {"sms_preset": "twilio", "sms_account": "a"}
        services = _services(folder, **values)
        start = time.perf_counter()
        made, died = campaign(services, Kind.SMS, SMS, SMS_DEATHS)
        seconds = time.perf_counter() - start
    return _judge(services, made, Counter(gateway.taken), died, seconds)


def _judge(
    services: Services, made: list[str], arrived: Counter[str], died: int, seconds: float
) -> Outcome:
    with services.database.reading() as session:
        states = Counter(deliveries.get(session, one).state for one in made)
    told = states["failed"]
    return Outcome(
        wanted=len(made),
        lost=len(made) - states["accepted"] - told,
        twice=sum(1 for times in arrived.values() if times > 1),
        most=max(arrived.values()),
        told=told,
        deaths=died,
        seconds=seconds,
    )


def _arrived(sink: MailSink) -> Counter[str]:
    return Counter(
        next(
            line.decode()
            for line in bytes(one.content or b"").splitlines()
            if line.lower().startswith(b"message-id:")
        )
        for one in sink.envelopes
    )


def _services(folder: Path, **values: object) -> Services:
    services = build(Settings.model_validate({"data": folder, **values}), now=Clock())
    lay_out(services)
    return services


NOTES = f"""Promised: nothing lost, at most one mail more a death, no SMS twice. By seed {SEED} a death comes
before a message leaves, or after the provider's yes and before our commit. "Said unknown": a gateway that
cannot be asked took the SMS or did not, nobody can tell; it is not repeated, the card says so, and the e-mail
follows. Measured beside other work on the machine."""
CAMPAIGNS: dict[str, Callable[[Path], Outcome]] = {
    "mail": mails,
    "SMS, gateway that can be asked": lambda folder: texts(folder, knows=True),
    "SMS, gateway that cannot": lambda folder: texts(folder, knows=False),
}


def main() -> int:
    """Print a line a campaign; return 1 when something is lost or repeated more than promised."""
    logs.configure("ERROR")
    bad, lines = False, []
    for name, run in CAMPAIGNS.items():
        with ExitStack() as stack:
            found = run(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        is_sms = name.startswith("SMS")
        fine = found.lost == 0 and found.twice <= (0 if is_sms else found.deaths) and found.most < 3
        bad = bad or not fine
        lines.append(_line(name, found, fine=fine))
        sys.stdout.write(
            f"{name:32} {found.wanted} messages, {found.deaths} deaths: lost {found.lost}, "
            f"twice {found.twice}, most {found.most}, said unknown {found.told}, "
            f"{found.seconds:.0f} s {'ok' if fine else 'NOT AS PROMISED'}\n"
        )
    write(
        Table(
            name="delivery",
            title="Messages through the deaths of our process (R5)",
            command=f"DELIVERY_SHARE={SHARE:g} bin/bench delivery"
            if SHARE != 1
            else "bin/bench delivery",
            heads=(
                "way",
                "messages",
                "deaths",
                "lost",
                "arrived twice",
                "said unknown",
                "time",
                "as promised",
            ),
            lines=lines,
            notes=NOTES,
        )
    )
    return int(bad)


def _line(name: str, found: Outcome, *, fine: bool) -> tuple[str, ...]:
    counted = (found.wanted, found.deaths, found.lost, found.twice, found.told)
    return (
        name,
        *(f"{one:,}" for one in counted),
        f"{found.seconds:.0f} s",
        "yes" if fine else "NO",
    )
