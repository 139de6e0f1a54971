"""Queries on deliveries: one attempt each to carry a message over a channel."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.store.tables import Delivery, Recipient, SigningLink


def get(session: Session, delivery_id: str) -> Delivery:
    """Return the delivery; raises NotFound."""
    found = session.get(Delivery, delivery_id)
    if found is None:
        raise NotFound
    return found


def find(session: Session, delivery_id: str) -> Delivery | None:
    """Return the delivery, None when there is none of this id."""
    return session.get(Delivery, delivery_id)


def reopen_fallback(session: Session, recipient_id: str) -> None:
    """Let the other channel be tried once more for this person: their address was corrected."""
    key = f"fallback:{recipient_id}"
    earlier = by_key(session, key)
    if earlier is not None:
        earlier.key = f"{key}:{earlier.id}"


def reopen_warnings(session: Session, envelope_id: str) -> None:
    """Let everyone be warned of the deadline once more: it was moved."""
    for one in of_envelope(session, envelope_id):
        if one.purpose in ("deadline", "ending") and not one.key.endswith(one.id):
            one.key = f"{one.key}:{one.id}"


def by_key(session: Session, key: str) -> Delivery | None:
    """Return the delivery that was made under `key`, if it was."""
    return session.execute(select(Delivery).where(Delivery.key == key)).scalar_one_or_none()


def of_envelope(session: Session, envelope_id: str) -> list[Delivery]:
    """Return the envelope's deliveries, oldest first."""
    query = select(Delivery).where(Delivery.envelope_id == envelope_id)
    return list(session.execute(query.order_by(Delivery.created_at, Delivery.id)).scalars())


def revoke_links(session: Session, recipient_id: str, now: datetime, *, purpose: str) -> None:
    """End the recipient's earlier links of this purpose: a new one replaces them."""
    session.execute(
        update(SigningLink)
        .where(
            SigningLink.recipient_id == recipient_id,
            SigningLink.purpose == purpose,
            SigningLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def by_provider_id(session: Session, channel: str, provider_id: str) -> Delivery | None:
    """Return the delivery that a provider knows by its own id, if it is one of ours."""
    query = select(Delivery).where(
        Delivery.provider_id == provider_id, Delivery.channel == channel, Delivery.provider_id != ""
    )
    return session.execute(query).scalars().first()


def calls_to(session: Session, recipient_id: str) -> list[Delivery]:
    """Return the messages that ask this person to sign, the newest first."""
    query = select(Delivery).where(
        Delivery.recipient_id == recipient_id,
        Delivery.purpose.in_(("invitation", "reminder", "deadline")),
    )
    return list(session.execute(query.order_by(Delivery.created_at.desc())).scalars())


def recipient(session: Session, recipient_id: str) -> Recipient:
    """Return the person of an envelope; raises NotFound."""
    found = session.get(Recipient, recipient_id)
    if found is None:
        raise NotFound
    return found
