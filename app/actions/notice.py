"""Ask for the portal's bell when a message is to a colleague; it rings with the next call for the card."""

from __future__ import annotations

from app import bells
from app.services import Services
from app.store import deliveries, envelopes


def announce(services: Services, delivery_id: str) -> str:
    """Ask for a ring when this message is to a colleague; return whom it will reach, "" for nobody."""
    with services.database.transaction() as session:
        delivery = deliveries.get(session, delivery_id)
        envelope = envelopes.get(session, delivery.envelope_id)
        people = envelopes.recipients(session, envelope.id)
        user_id = bells.colleague(delivery, envelope, people)
        if user_id and not delivery.bell:
            delivery.bell = bells.ASKED
            key = f"card:{envelope.id}:bell:{delivery_id}"
            services.jobs.enqueue(session, "card", key, envelope.id)
    return user_id
