"""A gateway and a mail server on loopback, an envelope to deliver, and a worker whose clock is ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.actions.invite import fall_back
from app.actions.message import carry
from app.errors import ParaphError, is_retryable
from app.flows.engine import WAITS_IN_PLACE_S, wait_after
from app.services import Services
from app.store import deliveries, envelopes
from app.store.tables import Delivery, Recipient
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation
from tests.tools.scripted_http import Answer, Asked

KEY = "gateway-key"


@dataclass
class Gateway:
    """The generic gateway: keeps a message a reference; can be silent, away, or know its fate."""

    sent: list[dict[str, str]] = field(default_factory=list)
    state: str = "delivered"
    silent: bool = False
    is_away: bool = False

    def __call__(self, asked: Asked) -> Answer:
        if self.is_away:
            return 503, {}
        if asked.method == "POST":
            self.sent.append(asked.body)
            return (0, None) if self.silent else (202, self._shown(len(self.sent)))
        if asked.path.startswith("/status/"):
            return 200, {"id": asked.path[8:], "status": self.state, "error": "unreachable"}
        refs = [one["client_ref"] for one in self.sent]
        ref = asked.query["client_ref"]
        return (200, self._shown(refs.index(ref) + 1)) if ref in refs else (404, {})

    def _shown(self, number: int) -> dict[str, str]:
        return {"id": f"sms-{number}", "status": "accepted"}


def sent_envelope(services: Services, *, channel: str = "email", **changes: Any) -> str:
    """Store an envelope that waits for one signer, not invited yet; return its id."""
    portal_id = make_installation(services.database)
    return make_envelope(
        services.database, portal_id, signers=("client",), channel=channel, **changes
    )


def person_of(services: Services, envelope_id: str) -> Recipient:
    with services.database.reading() as session:
        return envelopes.recipients(session, envelope_id)[0]


def messages_of(services: Services, envelope_id: str) -> list[Delivery]:
    with services.database.reading() as session:
        return deliveries.of_envelope(session, envelope_id)


def change(services: Services, envelope_id: str, **values: object) -> None:
    """Change the one recipient."""
    with services.database.transaction() as session:
        for name, value in values.items():
            setattr(envelopes.recipients(session, envelope_id)[0], name, value)


def deliver(services: Services, delivery_id: str) -> str:
    """What the flow `message` does, a second later and without waiting."""
    services.now.pass_by(seconds=1)  # type: ignore[attr-defined]
    state = carry(services, delivery_id)
    if state == "failed":
        fall_back(services, delivery_id)
    return state


def deliver_all(services: Services, envelope_id: str) -> None:
    """Carry what waits until nothing waits any more."""
    while waiting := [one for one in messages_of(services, envelope_id) if one.state == "waiting"]:
        for one in waiting:
            deliver(services, one.id)


def wait_out(clock: Clock, work: Callable[[], object], *, until_tries: int = 3000) -> int:
    """Do `work` as the engine does: again after its own waits, on our clock; return how many tries it took."""
    waits = iter(WAITS_IN_PLACE_S)
    for tries in range(until_tries):
        try:
            work()
        except ParaphError as error:
            if not is_retryable(error):
                raise
            clock.pass_by(seconds=next(waits, wait_after(max(0, tries - len(WAITS_IN_PLACE_S)))))
        else:
            return tries + 1
    raise AssertionError("it never went through")
