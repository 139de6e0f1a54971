"""Give a signer a one-time code, over the recipient's channel, as often as is fair and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import signing
from app.core.signing import SigningCaller
from app.errors import NotAllowed, TooMany
from app.services import Services
from app.store import signing as store
from app.store.database import Session
from app.store.signing import Desk
from app.store.tables import Delivery, SigningCode


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way. `address` is masked; `wait_s`: before another may be asked for."""

    address: str
    wait_s: int
    is_new: bool
    way: str = ""
    """The channel: email or sms."""


def send_code(services: Services, caller: SigningCaller, *, way: str = "") -> CodeSent:
    """Return where a code is going; asked again within the pause, the one under way counts.

    way: the channel to send it over, if the person can be reached by it; the other one needs no pause.

    Raises TooMany (a day's or the portal's share is used up), NotYourTurn, WrongState, NotAllowed when
    the person can be reached nowhere.
    """
    with services.database.transaction() as session:
        desk = store.locked_desk(session, caller.envelope_id, caller.recipient_id)
        signing.require_ready(desk.stage(services.now()))
        channel, address = _way(desk, way or store.code_channel(session, desk.me.id))
        last = store.current_code(session, desk.me.id)
        wait_s = _wait_s(last, services.now())
        if wait_s and channel == store.code_channel(session, desk.me.id):
            return CodeSent(signing.masked(address), wait_s, is_new=False, way=channel)
        _check_share(session, desk, services.now())
        _issue(services, session, desk, channel, address)
    return CodeSent(signing.masked(address), signing.CODE_PAUSE_S, is_new=True, way=channel)


def _way(desk: Desk, wish: str) -> tuple[str, str]:
    """Return (channel, address) for the code: as wished, else the invitation's, else what there is."""
    ways = signing.code_ways(desk.me.channel, desk.me.email, desk.me.phone)
    if not ways:
        raise NotAllowed("There is no address for a code. Please ask the sender for help.")
    return next((found for found in ways if found[0] == wish), ways[0])


def _wait_s(last: SigningCode | None, now: datetime) -> int:
    """Return the seconds left of the pause after `last`, 0 when a new code may go out."""
    if last is None or last.used_at is not None:
        return 0
    age_s = (now - last.created_at).total_seconds()
    return max(0, round(signing.CODE_PAUSE_S - age_s))


def _check_share(session: Session, desk: Desk, now: datetime) -> None:
    # A code given just before the day began is still guessed at in it.
    day = now - timedelta(days=1, seconds=signing.CODE_LIFE_S)
    hour = now - timedelta(hours=1)
    if store.codes_since(session, day, recipient_id=desk.me.id) >= signing.CODES_A_DAY:
        raise TooMany("No more codes can be sent today. Please try tomorrow or ask the sender.")
    used = store.portal_codes_since(session, hour, portal_id=desk.envelope.portal_id)
    if used >= signing.PORTAL_CODES_AN_HOUR:
        raise TooMany("Many codes were sent just now. Please try again in an hour.")


def _issue(services: Services, session: Session, desk: Desk, channel: str, address: str) -> None:
    now, me, code = services.now(), desk.me, services.secrets.code()
    code_id, delivery_id = services.new_id(), services.new_id()
    session.add(
        SigningCode(
            id=code_id,
            portal_id=me.portal_id,
            recipient_id=me.id,
            code_hash=services.secrets.keyed_hash(store.CODE_HASH, f"{me.id}:{code}"),
            created_at=now,
            expires_at=now + timedelta(seconds=signing.CODE_LIFE_S),
        )
    )
    session.add(
        Delivery(
            id=delivery_id,
            key=f"code:{code_id}",
            portal_id=me.portal_id,
            envelope_id=desk.envelope.id,
            recipient_id=me.id,
            purpose="code",
            channel=channel,
            address=address,
            secret_enc=services.secrets.encrypt(f"delivery:{delivery_id}", code),
            created_at=now,
        )
    )
    services.jobs.enqueue(session, "message", f"message:{delivery_id}", delivery_id)
