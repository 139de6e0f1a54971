"""Queries for what time brings: whom to remind or to warn, and which SMS to ask about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.core.envelope import RecipientState, Status
from app.core.reminders import WARNED_BEFORE
from app.store.tables import Delivery, Envelope, Recipient

LIMIT = 200
CALLS = ("invitation", "reminder", "deadline")
"""Purposes of the messages that ask for a signature."""


def invited_between(
    session: Session, after: datetime, until: datetime, *, key: str, quiet_since: datetime
) -> list[tuple[Recipient, Envelope]]:
    """Return whom to remind: invited after `after`, at `until` at the latest, not signed yet.

    Left out: who has a delivery under "reminder:<id>:<key>", and whom we wrote to after `quiet_since`.
    """
    query = (
        select(Recipient, Envelope)
        .join(Envelope, Envelope.id == Recipient.envelope_id)
        .where(
            *_waits(),
            Recipient.invited_at > after,
            Recipient.invited_at <= until,
            ~_has(Delivery.key == "reminder:" + Recipient.id + ":" + key),
            ~_has(Delivery.created_at > quiet_since),
        )
        .order_by(Recipient.invited_at)
        .limit(LIMIT)
    )
    return [(person, envelope) for person, envelope in session.execute(query)]


def before_deadline(session: Session, now: datetime) -> list[tuple[Recipient, Envelope]]:
    """Return who has not signed and was not warned, where the deadline is near."""
    query = (
        select(Recipient, Envelope)
        .join(Envelope, Envelope.id == Recipient.envelope_id)
        .where(
            *_waits(),
            Envelope.deadline > now,
            Envelope.deadline <= now + WARNED_BEFORE,
            ~_has(Delivery.key == "deadline:" + Recipient.id),
        )
        .limit(LIMIT)
    )
    return [(person, envelope) for person, envelope in session.execute(query)]


def ending(session: Session, now: datetime) -> list[Envelope]:
    """Return what is on its way and ends soon, where the sender was not warned yet."""
    warned = exists().where(Delivery.key == "ending:" + Envelope.id)
    query = (
        select(Envelope)
        .where(
            Envelope.status == Status.SENT,
            Envelope.deadline > now,
            Envelope.deadline <= now + WARNED_BEFORE,
            Envelope.sender_email != "",
            ~warned,
        )
        .order_by(Envelope.deadline)
        .limit(LIMIT)
    )
    return list(session.execute(query).scalars())


def unsettled(session: Session, channel: str, since: datetime) -> list[Delivery]:
    """Return the messages of `channel` accepted after `since` of whose arrival nothing is known."""
    query = (
        select(Delivery)
        .where(
            Delivery.channel == channel,
            Delivery.state == "accepted",
            Delivery.accepted_at > since,
        )
        .order_by(Delivery.accepted_at)
        .limit(LIMIT * 5)
    )
    return list(session.execute(query).scalars())


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (
        Envelope.status == Status.SENT,
        Envelope.reminds.is_(True),
        Recipient.state == RecipientState.INVITED,
        Recipient.role == "signer",
        Recipient.channel != "link",
    )


def _has(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Delivery.recipient_id == Recipient.id, Delivery.purpose.in_(CALLS), condition
    )
