"""Invite whose turn it is: a new signing link and a message each, in the same breath.

The token itself rides encrypted on the delivery, so that a message that has to be repeated carries the same
link as before.
"""

from __future__ import annotations

from datetime import timedelta

from app.core.envelope import RecipientState, Status, whose_turn
from app.services import Services
from app.store import deliveries, envelopes
from app.store.database import Session
from app.store.tables import Delivery, Envelope, Recipient, SigningLink

BY_HAND = "link"
"""The channel of a link that the sender hands over."""


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
            for made in _remind(services, session, envelope, person, key)
        ]


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
