"""Deadlines: the sender is warned, and puts one off by one press. An envelope past its own is expired: nobody can
sign, who waits is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import reminders as policy
from app.core.envelope import Act, RecipientState, Role, Status, advance
from app.core.evidence import EventKind
from app.errors import LinkExpired, NotFound, WrongState
from app.services import Services
from app.store import audit, deliveries, envelopes, installations, reminders, signing_links
from app.store.database import Session
from app.store.tables import Delivery, Envelope, Recipient, SigningLink

A_WEEK = timedelta(days=7)
LATER = "extend"
"""Purpose of the link by which a sender puts the deadline off."""
LATER_HASH = "deadline_link"
"""Its own, so that it opens no document and a signer's link puts nothing off."""


@dataclass(frozen=True, slots=True)
class Later:
    """What the holder of a sender's link is asked: whether everyone gets a week more."""

    link_id: str
    envelope: Envelope
    waiting: tuple[Recipient, ...]
    lang: str
    until: datetime
    """The deadline that a yes sets."""
    is_done: bool
    """Whether this link put it off already."""

    @property
    def is_open(self) -> bool:
        """Whether there is something to put off."""
        return self.envelope.status == Status.SENT


def expire_due(services: Services) -> int:
    """Expire every sent envelope whose deadline has passed; return how many."""
    now = services.now()
    with services.database.reading() as session:
        due = envelopes.past_deadline(session, now)
    return sum(_expire(services, envelope_id) for envelope_id in due)


def warn_senders(services: Services) -> int:
    """Tell the senders of what ends in two days and is not signed by everyone, by day, once a deadline.

    Return how many. A deadline that was short from the start is not recalled.
    """
    now = services.now()
    if not policy.is_awake(now, services.settings.time_zone):
        return 0
    with services.database.reading() as session:
        due = [
            one.id
            for one in reminders.ending(session, now)
            if one.sent_at and one.deadline and policy.warns(one.sent_at, one.deadline, now)
        ]
    return sum(_warn_sender(services, envelope_id) for envelope_id in due)


def put_off(services: Services, envelope_id: str, *, actor: str, press: str) -> datetime:
    """Give everyone a week more than the present deadline, links included; return the new one.

    press: names the wish; the same one again changes nothing. Raises WrongState when it is over.
    """
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        _put_off(services, session, envelope, actor=actor, press=press)
        return envelope.deadline or services.now()


def later(services: Services, token: str) -> Later:
    """Return what the holder of a sender's link is asked; raises NotFound, LinkExpired."""
    hashed = services.secrets.keyed_hash(LATER_HASH, token)
    with services.database.reading() as session:
        return _later(services, session, signing_links.by_hash(session, hashed))


def later_again(services: Services, link_id: str) -> Later:
    """Return the same by the link's id; raises NotFound, LinkExpired."""
    with services.database.reading() as session:
        return _later(services, session, session.get(SigningLink, link_id))


def put_off_by_link(services: Services, link_id: str, *, ip: str, browser: str) -> Later:
    """Count the sender's yes, once a link, and show it on the card. Raises NotFound, LinkExpired, WrongState."""
    with services.database.transaction() as session:
        asked = _later(services, session, session.get(SigningLink, link_id))
        envelope = envelopes.lock(session, asked.envelope.id)
        actor = f"portal_user:{envelope.created_by}"
        number = _put_off(
            services, session, envelope, actor=actor, press=link_id, ip=ip, browser=browser
        )
        if number:
            services.jobs.enqueue(session, "card", f"card:{envelope.id}:{number}", envelope.id)
        return _later(services, session, session.get(SigningLink, link_id))


def _put_off(
    services: Services,
    session: Session,
    envelope: Envelope,
    *,
    actor: str,
    press: str,
    ip: str = "",
    browser: str = "",
) -> int:
    """Return the number of the event, 0 when this press was counted before."""
    now = services.now()
    if envelope.status != Status.SENT:
        raise WrongState
    if _is_counted(session, envelope, press):
        return 0
    envelope.deadline = max(envelope.deadline or now, now) + A_WEEK
    people = [person.id for person in envelopes.recipients(session, envelope.id)]
    signing_links.prolong(session, people, envelope.deadline)
    deliveries.reopen_warnings(session, envelope.id)
    data = {"until": envelope.deadline.date().isoformat(), "press": press}
    kind = EventKind.EXTENDED
    event = audit.record(
        session, envelope, kind, at=now, actor=actor, ip=ip, browser=browser, data=data
    )
    return event.number


def _is_counted(session: Session, envelope: Envelope, press: str) -> bool:
    return press in (event.data.get("press") for event in audit.events(session, envelope.id))


def _later(services: Services, session: Session, link: SigningLink | None) -> Later:
    if link is None or link.purpose != LATER:
        raise NotFound
    if link.expires_at <= services.now():
        raise LinkExpired("This link is no longer valid. You can still act on the record.")
    person = deliveries.recipient(session, link.recipient_id)
    envelope = envelopes.get(session, person.envelope_id)
    is_done = _is_counted(session, envelope, link.id)
    deadline = envelope.deadline or services.now()
    return Later(
        link_id=link.id,
        envelope=envelope,
        waiting=tuple(_waiting(session, envelope)),
        lang=installations.get(session, envelope.portal_id).lang,
        until=deadline if is_done else max(deadline, services.now()) + A_WEEK,
        is_done=is_done,
    )


def _waiting(session: Session, envelope: Envelope) -> list[Recipient]:
    """Return who may still sign."""
    states = (RecipientState.WAITING, RecipientState.INVITED)
    people = envelopes.recipients(session, envelope.id)
    return [one for one in people if one.role == Role.SIGNER and one.state in states]


def _warn_sender(services: Services, envelope_id: str) -> bool:
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        waiting = _waiting(session, envelope)
        key = f"ending:{envelope.id}"
        is_over = envelope.status != Status.SENT or not waiting or not envelope.sender_email
        if is_over or deliveries.by_key(session, key) is not None:
            return False
        token, delivery_id = services.secrets.token(), services.new_id()
        session.add(
            SigningLink(
                id=services.new_id(),
                portal_id=envelope.portal_id,
                recipient_id=waiting[0].id,
                purpose=LATER,
                token_hash=services.secrets.keyed_hash(LATER_HASH, token),
                created_at=now,
                expires_at=envelope.deadline or now,
            )
        )
        secret = services.secrets.encrypt(f"delivery:{delivery_id}", token)
        _ask(
            services,
            session,
            envelope,
            key=key,
            purpose="ending",
            id=delivery_id,
            secret_enc=secret,
        )
    return True


def _expire(services: Services, envelope_id: str) -> bool:
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status != Status.SENT or envelope.deadline is None or envelope.deadline > now:
            return False
        envelope.status = advance(Status(envelope.status), Act.EXPIRE)
        envelope.finished_at = now
        event = audit.record(session, envelope, EventKind.EXPIRED, at=now, actor="system")
        _tell(services, session, envelope)
        services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)
    return True


def _tell(services: Services, session: Session, envelope: Envelope) -> None:
    """Ask for a message to the sender, and to everyone who had been asked to sign."""
    told = {"": ("email", envelope.sender_email)}
    for person in envelopes.recipients(session, envelope.id):
        was_asked = person.state in (RecipientState.INVITED, RecipientState.SIGNED)
        if person.role == Role.SIGNER and was_asked and person.email != envelope.sender_email:
            by_sms = not person.email or (person.channel == "sms" and person.phone)
            told[person.id] = ("sms", person.phone) if by_sms else ("email", person.email)
    for recipient_id, (channel, address) in told.items():
        if address:
            _ask(
                services,
                session,
                envelope,
                key=f"expired:{envelope.id}:{recipient_id or 'sender'}",
                purpose="expired",
                recipient_id=recipient_id,
                channel=channel,
                address=address,
            )


def _ask(
    services: Services, session: Session, envelope: Envelope, *, key: str, **values: str
) -> None:
    """Ask for a message, by e-mail to the sender unless `values` (columns of Delivery) say otherwise."""
    delivery = Delivery(
        **{
            "id": services.new_id(),
            "key": key,
            "portal_id": envelope.portal_id,
            "envelope_id": envelope.id,
            "channel": "email",
            "address": envelope.sender_email,
            **values,
        },
        created_at=services.now(),
    )
    session.add(delivery)
    services.jobs.enqueue(session, "message", f"message:{delivery.id}", delivery.id)
