"""E-mail through the CRM: sent by the portal from one of its mailboxes, and logged on the contact and the record.

An activity sends only with all three flags (e-mail, outgoing, completed). When the portal's mailbox fails, the
activity stands and no mail went: it is deleted before the next try. A try whose answer was lost is told by our
origin id, deleted and repeated, so a mail may come twice, never not at all.
Source: tutorials/crm/how-to-add-crm-objects/how-to-send-email, api-reference/crm/timeline/activities.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.crm.cards import ORIGINATOR
from app.crm.client import CrmClient
from app.crm.faults import NOT_JSON, fault
from app.crm.rows import ident, rows, text
from app.errors import PortalRefused

EMAIL: Final = 4
OUTGOING: Final = 2
HTML: Final = 3
CONTACT: Final = 3


@dataclass(frozen=True, slots=True)
class CrmMail:
    """One e-mail to one contact. `origin_id` is ours and stable: the same id is the same mail."""

    entity_type_id: int
    entity_id: str
    contact_id: str
    to: str
    sender: str
    """ "Name <address>" of a mailbox that the portal has."""
    responsible_id: str
    subject: str
    html: str
    origin_id: str
    at: datetime
    files: Sequence[tuple[str, bytes]] = field(default=())


def send_mail(client: CrmClient, mail: CrmMail) -> str:
    """Return the id of the activity that sent the mail. Raises PortalErrors; what failed leaves nothing behind."""
    _remove(client, mail)
    try:
        result = client.call("crm.activity.add", {"fields": _fields(mail)})
    except PortalRefused:
        _remove(client, mail)
        raise
    found = ident({"id": result}, "id")
    if not found:
        raise fault(NOT_JSON, method="crm.activity.add")
    return found


def _remove(client: CrmClient, mail: CrmMail) -> None:
    """Delete what an earlier try left: nobody can tell whether its mail went."""
    filters = {"ORIGINATOR_ID": ORIGINATOR, "ORIGIN_ID": mail.origin_id}
    params = {"filter": filters, "select": ["ID", "ORIGIN_ID"]}
    for row in rows(client.call("crm.activity.list", params)):
        if text(row, "ORIGIN_ID") == mail.origin_id:
            client.call("crm.activity.delete", {"id": ident(row, "ID")})


def _fields(mail: CrmMail) -> dict[str, object]:
    at = mail.at.isoformat(timespec="seconds")
    found: dict[str, object] = {
        "OWNER_TYPE_ID": mail.entity_type_id,
        "OWNER_ID": mail.entity_id,
        "TYPE_ID": EMAIL,
        "DIRECTION": OUTGOING,
        "COMPLETED": "Y",
        "SUBJECT": mail.subject,
        "DESCRIPTION": mail.html,
        "DESCRIPTION_TYPE": HTML,
        "RESPONSIBLE_ID": mail.responsible_id,
        "START_TIME": at,
        "END_TIME": at,
        "COMMUNICATIONS": [
            {"VALUE": mail.to, "ENTITY_ID": mail.contact_id, "ENTITY_TYPE_ID": CONTACT}
        ],
        "SETTINGS": {"MESSAGE_FROM": mail.sender, "DISABLE_SENDING_MESSAGE_COPY": "Y"},
        "ORIGINATOR_ID": ORIGINATOR,
        "ORIGIN_ID": mail.origin_id,
    }
    if mail.files:
        found["FILES"] = [
            {"fileData": [name, base64.b64encode(content).decode()]} for name, content in mail.files
        ]
    return found
