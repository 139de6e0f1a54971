"""What the sender typed because the card lacked it goes back to the contact, with the sender's own rights."""

from __future__ import annotations

from app.core.proposal import THEIRS
from app.core.record import PortalUser, RecordKey
from app.crm import contacts
from app.errors import PortalError
from app.services import Services
from app.store import drafts, envelopes

KEPT = "Kept on the contact in the CRM."
REFUSED = "The document goes on, but your Bitrix24 did not let you change the contact."


def keep(services: Services, who: PortalUser, record: RecordKey, envelope_id: str) -> str:
    """Add the draft's addresses to its contact; return what became of it (msgid), "" for nothing new.

    The draft never fails because of this.
    """
    with services.database.reading() as session:
        envelope = drafts.on_record(session, who, record, envelope_id)
        people = envelopes.recipients(session, envelope.id)
        theirs = next((one for one in people if one.role_key == THEIRS), None)
    if theirs is None or not theirs.contact_id:
        return ""
    client = services.portals.client(who.portal_id, who.user_id)
    try:
        is_new = contacts.add_addresses(
            client, theirs.contact_id, email=theirs.email, phone=theirs.phone
        )
    except PortalError:
        return REFUSED
    return KEPT if is_new else ""
