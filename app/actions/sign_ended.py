"""A link that no longer opens: a new one by itself where that is safe, else a word to the sender.

Also the other end of a wrong address: a person tells that the document was not meant for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core import signing
from app.core.envelope import BY_HAND
from app.core.evidence import EventKind
from app.core.signing import LinkPurpose, SigningCaller, Stage
from app.delivery import phones
from app.errors import NotFound
from app.services import Services
from app.store import audit, deliveries
from app.store import signing as store
from app.store.database import Session
from app.store.signing import Desk
from app.store.tables import Delivery, SigningLink


@dataclass(frozen=True, slots=True)
class EndedLink:
    """A signing link past its time or replaced. `address`: masked, "" when no new link can be sent by itself."""

    link: SigningLink
    desk: Desk
    address: str
    newer_at: datetime | None = None
    """When a message with a link that is good now was made; None when there is none."""
    zone: str = "UTC"
    """The person's time zone (IANA)."""


def ended_by_token(services: Services, token: str) -> EndedLink | None:
    """Return the ended link that `token` was, or None for a living or unknown one."""
    hashed = services.secrets.keyed_hash(store.LINK_HASH, token)
    with services.database.reading() as session:
        return _ended(services, session, store.link_by_hash(session, hashed))


def ended_by_id(services: Services, link_id: str) -> EndedLink | None:
    """Return the ended link of a visit that began with it, or None."""
    with services.database.reading() as session:
        return _ended(services, session, store.link(session, link_id))


def _ended(services: Services, session: Session, link: SigningLink | None) -> EndedLink | None:
    now = services.now()
    if link is None or link.purpose == LinkPurpose.APPROVE.value:
        return None
    if link.revoked_at is None and link.expires_at > now:
        return None
    person = store.recipient(session, link.recipient_id)
    desk = store.desk(session, person.envelope_id, person.id)
    can_renew = desk.stage(now) is Stage.READY and person.channel != BY_HAND
    address = person.phone if person.channel == "sms" else person.email
    return EndedLink(
        link,
        desk,
        signing.masked(address) if can_renew and address else "",
        newer_at=store.living_since(session, person.id, now),
        zone=phones.zone_of(person.phone) or person.zone or services.settings.time_zone,
    )


def ask_sender(services: Services, link_id: str, *, ip: str, browser: str) -> None:
    """Ask the sender for a new link, once a day for each person; raises NotFound."""
    with services.database.transaction() as session:
        link = store.link(session, link_id)
        if link is None:
            raise NotFound
        person = store.recipient(session, link.recipient_id)
        desk = store.locked_desk(session, person.envelope_id, person.id)
        key = f"renewal:{person.id}:{services.now():%Y%m%d}"
        if deliveries.by_key(session, key) is not None:
            return
        _write_to_sender(services, session, desk, key, "renewal")
        actor = f"recipient:{person.id}"
        _record(services, session, desk, EventKind.RENEWAL_ASKED, (actor, ip, browser))


def not_meant(services: Services, caller: SigningCaller) -> None:
    """End the caller's links and tell the sender that the document reached the wrong person; again: nothing."""
    with services.database.transaction() as session:
        desk = store.locked_desk(session, caller.envelope_id, caller.recipient_id)
        signing.require_ready(desk.stage(services.now()))
        for purpose in (LinkPurpose.SIGN, LinkPurpose.COPIED, LinkPurpose.HERE):
            deliveries.revoke_links(session, desk.me.id, services.now(), purpose=purpose.value)
        key = f"not_meant:{caller.link_id}"
        if deliveries.by_key(session, key) is not None:
            return
        _write_to_sender(services, session, desk, key, "not_meant")
        who = (caller.actor, caller.ip, caller.browser)
        _record(services, session, desk, EventKind.NOT_MEANT, who)


def _write_to_sender(
    services: Services, session: Session, desk: Desk, key: str, purpose: str
) -> None:
    envelope = desk.envelope
    if not envelope.sender_email:
        return
    delivery = Delivery(
        id=services.new_id(),
        key=key,
        portal_id=envelope.portal_id,
        envelope_id=envelope.id,
        purpose=purpose,
        channel="email",
        address=envelope.sender_email,
        created_at=services.now(),
    )
    session.add(delivery)
    services.jobs.enqueue(session, "message", f"message:{delivery.id}", delivery.id)


def _record(
    services: Services, session: Session, desk: Desk, kind: EventKind, who: tuple[str, str, str]
) -> None:
    actor, ip, browser = who
    event = audit.record(
        session,
        desk.envelope,
        kind,
        at=services.now(),
        actor=actor,
        ip=ip,
        browser=browser,
        data={"name": desk.me.name},
    )
    card = f"card:{desk.envelope.id}:{event.number}"
    services.jobs.enqueue(session, "card", card, desk.envelope.id)
