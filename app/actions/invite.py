"""Invite whose turn it is: a new signing link and a message each, in the same breath.

The token itself rides encrypted on the delivery, so that a message that has to be repeated carries the same
link as before.
"""

from __future__ import annotations

from datetime import timedelta

from app.core import reminders as policy
from app.core.envelope import BY_HAND, RecipientState, Status, whose_turn
from app.delivery import phones
from app.delivery.channel import Kind
from app.services import Services
from app.store import deliveries, envelopes, reminders
from app.store.database import Session
from app.store.tables import Delivery, Envelope, Recipient, SigningLink

PAUSE = timedelta(minutes=5)
"""Two presses within this time are one wish to remind."""


def invite(services: Services, envelope_id: str) -> list[str]:
    """Make the invitations that are due and ask for their messages; return the deliveries' ids.

    Safe to repeat: whoever is invited already is left alone.
    """
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        due = [
            person
            for person in _whose_turn(session, envelope)
            if person.state == RecipientState.WAITING
        ]
        return [made for person in due for made in _invite(services, session, envelope, person)]


def remind(services: Services, envelope_id: str, recipient_id: str, key: str) -> list[str]:
    """Send the recipient a new link, ending the old one, if it is still their turn; return the delivery's id.

    key: names the wish to remind; the same key reminds once.
    """
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        return [
            made
            for person in _whose_turn(session, envelope)
            if person.id == recipient_id
            for made in _remind(services, session, envelope, person, key)
        ]


def remind_waiting(services: Services, envelope_id: str, key: str) -> list[str]:
    """Remind everyone the envelope waits for; return the deliveries' ids. The same key reminds once."""
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        return [
            made
            for person in _whose_turn(session, envelope)
            if not _was_just_reminded(services, session, person)
            for made in _remind(services, session, envelope, person, key)
        ]


def remind_due(services: Services) -> int:
    """Remind who has not signed after two, five and ten days, in their waking hours; return how many.

    A deadline two days away is recalled instead of that day's reminder.
    """
    now, made = services.now(), 0
    with services.database.reading() as session:
        due = [
            (f"deadline:{person.id}", "deadline", person)
            for person, envelope in reminders.before_deadline(session, now)
            if envelope.sent_at and envelope.deadline
            if policy.warns(envelope.sent_at, envelope.deadline, now)
        ]
        for day, after, until in policy.spans(now):
            found = reminders.invited_between(
                session, after, until, key=f"day{day}", quiet_since=now - policy.BREATH
            )
            due += [(f"reminder:{one.id}:day{day}", "reminder", one) for one, _ in found]
    seen: set[str] = set()
    for key, purpose, person in due:
        zone = phones.zone_of(person.phone) or person.zone or services.settings.time_zone
        reads = person.viewed_at is not None and person.viewed_at > now - policy.READING
        if person.id not in seen and not reads and policy.is_awake(now, zone):
            seen.add(person.id)
            made += _call_again(services, person, key, purpose)
    return made


def _call_again(services: Services, person: Recipient, key: str, purpose: str) -> bool:
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, person.envelope_id)
        for one in _whose_turn(session, envelope):
            if one.id == person.id and deliveries.by_key(session, key) is None:
                _message(services, session, envelope, one, key, purpose)
                return True
    return False


def fall_back(services: Services, delivery_id: str) -> str:
    """Reach by their other channel, once, who was not reached by this message; else ask for a task.

    Return "moved", "task", or "left" when there is nothing to do: seen or signed meanwhile, or called again.
    """
    with services.database.transaction() as session:
        failed = deliveries.get(session, delivery_id)
        envelope = envelopes.lock(session, failed.envelope_id)
        person = next(
            (one for one in _whose_turn(session, envelope) if one.id == failed.recipient_id), None
        )
        calls = deliveries.calls_to(session, failed.recipient_id) if person else []
        if person is None or not calls or calls[0].id != delivery_id:
            return "left"
        if person.viewed_at and person.viewed_at > failed.created_at:
            return "left"  # Whatever the gateway says: a new link would end the one being read.
        key = f"fallback:{person.id}"
        other = _other_channel(services, person)
        if other and deliveries.by_key(session, key) is None:
            person.channel = other
            _message(services, session, envelope, person, key, "invitation")
            return "moved"
        services.jobs.enqueue(session, "task", f"task:{person.id}", person.id)
        return "task"


def _other_channel(services: Services, person: Recipient) -> str:
    """Return the other way that this person has and the operator set up, "" when there is none."""
    other = Kind.EMAIL if person.channel == Kind.SMS else Kind.SMS
    address = person.email if other is Kind.EMAIL else person.phone
    return other.value if address and other in services.channels.kinds else ""


def _whose_turn(session: Session, envelope: Envelope) -> list[Recipient]:
    if envelope.status != Status.SENT:
        return []
    people = envelopes.recipients(session, envelope.id)
    turn = {seat.id for seat in whose_turn(envelopes.seats(people))}
    return [person for person in people if person.id in turn]


def _remind(
    services: Services, session: Session, envelope: Envelope, person: Recipient, key: str
) -> list[str]:
    name = f"reminder:{person.id}:{key}"
    if person.channel == BY_HAND or deliveries.by_key(session, name) is not None:
        return []
    return [_message(services, session, envelope, person, name, "reminder")]


def _was_just_reminded(services: Services, session: Session, person: Recipient) -> bool:
    """Whether the last message to this person was a reminder, moments ago."""
    calls = deliveries.calls_to(session, person.id)
    if not calls or calls[0].purpose != "reminder":
        return False
    return calls[0].created_at > services.now() - PAUSE


def _invite(
    services: Services, session: Session, envelope: Envelope, person: Recipient
) -> list[str]:
    person.state = RecipientState.INVITED
    if person.channel == BY_HAND:
        person.invited_at = services.now()
        return []
    key = f"invitation:{person.id}"
    return [_message(services, session, envelope, person, key, "invitation")]


def _message(
    services: Services,
    session: Session,
    envelope: Envelope,
    person: Recipient,
    key: str,
    purpose: str,
) -> str:
    """Make the link and the delivery that carries it; return the delivery's id."""
    now, token, delivery_id = services.now(), services.secrets.token(), services.new_id()
    deliveries.revoke_links(session, person.id, now, purpose="sign")
    session.add(
        SigningLink(
            id=services.new_id(),
            portal_id=envelope.portal_id,
            recipient_id=person.id,
            purpose="sign",
            token_hash=services.secrets.keyed_hash("signing_link", token),
            created_at=now,
            expires_at=envelope.deadline or now + timedelta(days=services.settings.link_days),
        )
    )
    session.add(
        Delivery(
            id=delivery_id,
            key=key,
            portal_id=envelope.portal_id,
            envelope_id=envelope.id,
            recipient_id=person.id,
            purpose=purpose,
            channel=person.channel,
            address=person.phone if person.channel == "sms" else person.email,
            secret_enc=services.secrets.encrypt(f"delivery:{delivery_id}", token),
            created_at=now,
        )
    )
    services.jobs.enqueue(session, "message", f"message:{delivery_id}", delivery_id)
    return delivery_id
