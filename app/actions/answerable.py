"""Who answers for an envelope: whatever touches who signs, or how, is not for every reader of a record."""

from __future__ import annotations

from app.core.record import PortalUser, RecordKey
from app.crm import identity
from app.crm.rights import responsible_for
from app.errors import NotAllowed
from app.services import Services
from app.store import drafts

NOT_YOURS = "Only who sent this document, who is responsible for the record, or an administrator can do this."


def require(services: Services, who: PortalUser, record: RecordKey, envelope_id: str) -> None:
    """Pass for who sent the envelope, who is responsible for its record, and administrators of the portal.

    The portal is asked now, with the person's own token; it has no method that says who may edit a record, so
    those are not counted who merely may. Raises NotAllowed, NotFound, PortalErrors.
    """
    with services.database.reading() as session:
        envelope = drafts.on_record(session, who, record, envelope_id)
        sender = envelope.created_by
    if sender == who.user_id:
        return
    client = services.portals.client(who.portal_id, who.user_id)
    responsible = responsible_for(client, record.entity_type_id, record.entity_id)
    if responsible != who.user_id and not identity.is_admin(client):
        raise NotAllowed(NOT_YOURS)
