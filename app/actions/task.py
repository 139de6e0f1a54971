"""A task for the responsible: somebody could not be reached by any channel, and a person must help."""

from __future__ import annotations

from datetime import timedelta

from app.core.envelope import RecipientState, Status
from app.crm.todo import Todo, put_todo
from app.errors import PortalRefused
from app.services import Services
from app.store import deliveries, envelopes, installations
from app.texts import best_language, translator

WITHIN = timedelta(days=1)


def add_task(services: Services, recipient_id: str) -> str:
    """Put the task on the record, once; return its id, "" when it is not needed or the portal refuses."""
    with services.database.reading() as session:
        person = deliveries.recipient(session, recipient_id)
        envelope = envelopes.get(session, person.envelope_id)
        lang = best_language(installations.get(session, envelope.portal_id).lang)
    if envelope.status != Status.SENT or person.state != RecipientState.INVITED:
        return ""
    say = translator(lang)
    ways = ", ".join(way for way in (person.email, person.phone) if way)
    todo = Todo(
        entity_type_id=envelope.entity_type_id,
        entity_id=envelope.entity_id,
        responsible_id=envelope.created_by,
        title=say("Reach {name}: “{title}” did not arrive").format(
            name=person.name, title=envelope.title
        ),
        description=say(
            "Our message could not be delivered to {ways}. "
            "Ask for the right address, or hand the link over yourself."
        ).format(ways=ways or person.name),
        deadline=services.now() + WITHIN,
        mark=f"{envelope.number} / {person.name}",
    )
    try:
        return put_todo(services.portals.client(envelope.portal_id), todo)
    except PortalRefused:
        return ""
