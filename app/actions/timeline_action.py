"""A button of our timeline card was pressed. The event is a hint: the envelope is found by its own activity.

Every employee can learn the application token that such an event is believed by, so the person is proven by the
access token that came with it, and must be shown the record by the portal.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.crm.client import CrmClient
from app.crm.doors import PortalEvent
from app.crm.identity import ProvenCaller
from app.crm.oauth import direct_transport
from app.crm.rights import require_readable
from app.errors import NotAllowed, NotFound
from app.services import Services
from app.store import envelopes, installations
from app.store.tables import Envelope

FLOWS = {"remind": "remind", "extend": "extend", "void": "void"}


def take(services: Services, portal_id: str, event: PortalEvent) -> None:
    """Ask for the work behind a button, once per press and minute; unknown buttons are left alone.

    Event data: `id` of the action, `activityId` (ONCRMTIMELINEITEMACTION; its envelope is unconfirmed, so keys are
    looked for without regard to case). Raises NotAllowed, NotFound, PortalErrors.
    """
    told = _flat(event.data)
    flow = FLOWS.get(told.get("id", ""))
    if flow is None:
        return
    envelope, member_id = _found(services, portal_id, told.get("activityid", ""))
    person = _proven(services, event, member_id)
    client = CrmClient(
        direct_transport(
            services.portals.session,
            person.client_endpoint,
            event.auth.access if event.auth else "",
        )
    )
    require_readable(client, envelope.entity_type_id, envelope.entity_id)
    minute = services.now().strftime("%Y%m%d%H%M")
    with services.database.transaction() as session:
        key = f"{flow}:{envelope.id}:{minute}"
        services.jobs.enqueue(session, flow, key, envelope.id, minute, person.user_id)


def _flat(data: Mapping[str, object]) -> dict[str, str]:
    flat = {k.lower(): str(value) for k, value in data.items() if not isinstance(value, Mapping)}
    for value in data.values():
        if isinstance(value, Mapping):
            flat.update({str(key).lower(): str(inner) for key, inner in value.items()})
    return flat


def _found(services: Services, portal_id: str, activity_id: str) -> tuple[Envelope, str]:
    """Return the envelope behind the card, and the portal's own name."""
    with services.database.reading() as session:
        envelope = envelopes.by_activity(session, portal_id, activity_id)
        if envelope is None:
            raise NotFound
        return envelope, installations.get(session, portal_id).member_id


def _proven(services: Services, event: PortalEvent, member_id: str) -> ProvenCaller:
    if event.auth is None:
        raise NotAllowed
    person = services.portals.prover.prove(event.auth.access)
    if person.member_id != member_id:
        raise NotAllowed
    return person
