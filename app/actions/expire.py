"""Deadlines: put off by one press. An envelope past its own is expired: nobody can sign, who waits is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.envelope import Act, RecipientState, Role, Status, advance
from app.core.evidence import EventKind
from app.errors import WrongState
from app.services import Services
from app.store import audit, envelopes, signing_links
from app.store.database import Session
from app.store.tables import Delivery, Envelope

A_WEEK = timedelta(days=7)


def expire_due(services: Services) -> int:
    """Expire every sent envelope whose deadline has passed; return how many."""
    now = services.now()
    with services.database.reading() as session:
        due = envelopes.past_deadline(session, now)
    return sum(_expire(services, envelope_id) for envelope_id in due)


def put_off(services: Services, envelope_id: str, *, actor: str, press: str) -> datetime:
    """Give everyone a week more than the present deadline, links included; return the new one.

    press: names the wish; the same one again changes nothing. Raises WrongState when it is over.
    """
    now = services.now()
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status != Status.SENT:
            raise WrongState
        done = (event.data.get("press") for event in audit.events(session, envelope_id))
        deadline = envelope.deadline or now
        if press in done:
            return deadline
        envelope.deadline = max(deadline, now) + A_WEEK
        people = [person.id for person in envelopes.recipients(session, envelope_id)]
        signing_links.prolong(session, people, envelope.deadline)
        data = {"until": envelope.deadline.date().isoformat(), "press": press}
        audit.record(session, envelope, EventKind.EXTENDED, at=now, actor=actor, data=data)
        return envelope.deadline


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
        if not address:
            continue
        delivery = Delivery(
            id=services.new_id(),
            key=f"expired:{envelope.id}:{recipient_id or 'sender'}",
            portal_id=envelope.portal_id,
            envelope_id=envelope.id,
            recipient_id=recipient_id,
            purpose="expired",
            channel=channel,
            address=address,
            created_at=services.now(),
        )
        session.add(delivery)
        services.jobs.enqueue(session, "message", f"message:{delivery.id}", delivery.id)
