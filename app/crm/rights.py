"""May this person see that record? Asked of the portal, with the person's own token. Source: crm.item.get."""

from __future__ import annotations

from typing import Any

from app.crm.client import CrmClient
from app.crm.rows import ident
from app.errors import NotFound


def require_readable(client: CrmClient, entity_type_id: int, entity_id: str) -> None:
    """Pass when the portal shows the record to the person behind `client`. Raises NotFound, PortalErrors."""
    _item(client, entity_type_id, entity_id)


def responsible_for(client: CrmClient, entity_type_id: int, entity_id: str) -> str:
    """Return the id of the employee who is responsible for a record that the portal shows to this person.

    Raises NotFound, PortalErrors.
    """
    return ident(_item(client, entity_type_id, entity_id), "assignedById")


def _item(client: CrmClient, entity_type_id: int, entity_id: str) -> dict[str, Any]:
    found = client.call("crm.item.get", {"entityTypeId": entity_type_id, "id": int(entity_id)})
    item = found.get("item") if isinstance(found, dict) else None
    if not isinstance(item, dict) or str(item.get("id")) != entity_id:
        raise NotFound
    return item
