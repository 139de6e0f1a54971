"""Receipts: what became of a message after its provider accepted it, asked for or brought to our door.

A mail server can only be heard: what comes back is told by a notification. SMS gateways are asked; one that says
nothing within a quarter of an hour is not waited for.
"""

from __future__ import annotations

from datetime import timedelta

from app.core.evidence import EventKind
from app.delivery.bounces import Returned
from app.delivery.channel import Kind, Outcome, Report
from app.errors import DeliveryFailed
from app.services import Services
from app.store import audit, deliveries, envelopes, reminders
from app.store.database import Session
from app.store.tables import Delivery

LATE = timedelta(minutes=15)
CHECKS = tuple(timedelta(minutes=m) for m in (0, 3, 7, 15, 60, 360, 1440, 2880))
"""How long after it was accepted a message is asked about."""
UNDELIVERED = "The gateway could not deliver this SMS."
BOUNCED = "The e-mail came back."


def ask_for_receipts(services: Services) -> int:
    """Have the gateway asked about every SMS that is due for it; return how many."""
    now = services.now()
    with services.database.reading() as session:
        open_ones = reminders.unsettled(session, Kind.SMS, now - CHECKS[-1] - LATE)
    due = [one for one in open_ones if _is_due(one, services)]
    minute = now.strftime("%Y%m%d%H%M")
    with services.database.transaction() as session:
        for one in due:
            services.jobs.enqueue(session, "receipt", f"receipt:{one.id}:{minute}", one.id)
    return len(due)


def look(services: Services, delivery_id: str) -> str:
    """Ask what became of the message; return "delivered", "failed", "late" or "accepted".

    A gateway that is away is asked again at the next minute.
    """
    with services.database.reading() as session:
        delivery = deliveries.get(session, delivery_id)
    if delivery.state != "accepted":
        return delivery.state
    try:
        report = services.channels.report(Kind(delivery.channel), delivery.provider_id)
    except DeliveryFailed:
        return "accepted"
    state = settle(services, delivery_id, report, asked=True)
    late = delivery.accepted_at is not None and services.now() >= delivery.accepted_at + LATE
    return "late" if state == "accepted" and report is not None and late else state


def take_receipt(services: Services, provider_id: str, report: Report) -> bool:
    """Keep a receipt that a gateway brought; return whether the message is one of ours."""
    with services.database.reading() as session:
        delivery = deliveries.by_provider_id(session, Kind.SMS, provider_id)
    if delivery is None:
        return False
    settle(services, delivery.id, report)
    return True


def take_returned(services: Services, returned: Returned) -> bool:
    """Keep what was told about a mail; return whether it is one of ours. A bounce goes on to another channel."""
    with services.database.reading() as session:
        known = deliveries.find(session, returned.delivery_id)
    if known is None or known.channel != Kind.EMAIL:
        return False
    settle(services, known.id, returned.report)
    return True


def settle(
    services: Services, delivery_id: str, report: Report | None, *, asked: bool = False
) -> str:
    """Keep what is known of a message, once; return its state. A failed one goes on to another channel."""
    with services.database.transaction() as session:
        delivery = deliveries.get(session, delivery_id)
        envelopes.lock(session, delivery.envelope_id)
        session.refresh(delivery)
        delivery.checks += asked
        if report is None or delivery.state != "accepted":
            return delivery.state
        delivery.told = report.words
        if report.outcome is not Outcome.UNDER_WAY:
            _close(services, session, delivery, report)
        return delivery.state


def _close(services: Services, session: Session, delivery: Delivery, report: Report) -> None:
    now, envelope = services.now(), envelopes.get(session, delivery.envelope_id)
    delivery.state, delivery.settled_at = report.outcome.value, now
    name = f"card:{envelope.id}:receipt:{delivery.id}"
    if report.outcome is Outcome.DELIVERED:
        services.jobs.enqueue(session, "card", name, envelope.id, "anew")
        return
    delivery.error = BOUNCED if delivery.channel == Kind.EMAIL else UNDELIVERED
    audit.record(
        session,
        envelope,
        EventKind.DELIVERY_FAILED,
        at=now,
        actor=f"recipient:{delivery.recipient_id}" if delivery.recipient_id else "system",
        data={
            "channel": delivery.channel,
            "purpose": delivery.purpose,
            "to": delivery.address,
            "error": delivery.error,
            "told": report.words,
        },
    )
    services.jobs.enqueue(session, "card", name, envelope.id)
    services.jobs.enqueue(session, "receipt", f"receipt:{delivery.id}:failed", delivery.id)


def _is_due(delivery: Delivery, services: Services) -> bool:
    if delivery.accepted_at is None:
        return False
    step = min(delivery.checks, len(CHECKS) - 1)
    return services.now() >= delivery.accepted_at + CHECKS[step]
