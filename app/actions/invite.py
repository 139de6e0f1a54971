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
        if envelope.status != Status.SENT:
            return []
        people = envelopes.recipients(session, envelope_id)
        turn = {seat.id for seat in whose_turn(envelopes.seats(people))}
        due = [p for p in people if p.id in turn and p.state == RecipientState.WAITING]
        return [made for person in due for made in _invite(services, session, envelope, person)]


def remind(services: Services, envelope_id: str, recipient_id: str, key: str) -> list[str]:
    """Send the recipient a new link, ending the old one, if it is still their turn.

    key: names the wish to remind; the same key reminds once.
    """
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        people = envelopes.recipients(session, envelope_id)
        turn = {seat.id for seat in whose_turn(envelopes.seats(people))}
        person = next((p for p in people if p.id == recipient_id and p.id in turn), None)
        known = deliveries.by_key(session, f"reminder:{key}")
        if envelope.status != Status.SENT or person is None or known or person.channel == BY_HAND:
            return []
        return [_message(services, session, envelope, person, f"reminder:{key}", "reminder")]


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
