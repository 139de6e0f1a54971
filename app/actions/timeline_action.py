"""A button of our timeline card was pressed. The event is a hint: the envelope is found by its own activity."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import NotFound
from app.services import Services
from app.store import envelopes

FLOWS = {"remind": "remind", "void": "void"}


def take(services: Services, portal_id: str, data: Mapping[str, object]) -> None:
    """Ask for the work behind a button, once per press and minute; unknown buttons are left alone.

    data: `id` of the action, `activityId`, `userId` (ONCRMTIMELINEITEMACTION; its envelope is unconfirmed, so
    keys are looked for without regard to case).
    """
    flat = {
        str(key).lower(): str(value) for key, value in data.items() if not isinstance(value, dict)
    }
    for value in data.values():
        if isinstance(value, Mapping):
            flat.update({str(key).lower(): str(inner) for key, inner in value.items()})
    flow = FLOWS.get(flat.get("id", ""))
    if flow is None:
        return
    minute = services.now().strftime("%Y%m%d%H%M")
    with services.database.transaction() as session:
        envelope = envelopes.by_activity(session, portal_id, flat.get("activityid", ""))
        if envelope is None:
            raise NotFound
        key = f"{flow}:{envelope.id}:{minute}"
        services.jobs.enqueue(session, flow, key, envelope.id, minute, flat.get("userid", ""))
