"""Records to choose from: the newest ones, by title. Source: api-reference/crm/universal/crm-item-list."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from app.crm.client import CrmClient
from app.crm.rows import ident, text

SHOWN = 20


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A CRM record in a list."""

    entity_type_id: int
    id: str
    title: str


def latest_records(
    client: CrmClient, entity_type_id: int, *, limit: int = SHOWN
) -> tuple[RecordLine, ...]:
    """Return the newest records of a type that this caller may see. Raises PortalErrors."""
    asked = {
        "entityTypeId": entity_type_id,
        "order": {"id": "DESC"},
        "select": ["id", "title"],
    }
    rows = itertools.islice(client.rows("crm.item.list", asked), limit)
    return tuple(RecordLine(entity_type_id, ident(row, "id"), text(row, "title")) for row in rows)
