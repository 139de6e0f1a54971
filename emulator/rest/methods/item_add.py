"""crm.item.add for contacts: what an application adds to a client's card."""

from __future__ import annotations

from typing import Any

from emulator.rest import filters, item_rows, multifields
from emulator.rest.errors import RestError
from emulator.rest.methods.item import write
from emulator.rest.registry import Call, method
from emulator.rest.values import as_int
from emulator.state import CONTACT, Contact


@method("crm.item.add", scope="crm")
def add(call: Call) -> Any:
    """Add a contact [U: other types are refused here]; `fm` as in crm.item.update."""
    if as_int(call.need("entityTypeId")) != CONTACT:
        raise RestError("ACCESS_DENIED", "Access denied.")
    values = dict(filters.as_map(call.need("fields")))
    state = call.state
    record = Contact(state.next_id("contact"), "", "", created=state.now())
    record.assigned_by_id = call.caller.user.id
    multifields.change(state, record.fm, values.pop("fm", {}))
    state.contacts[record.id] = record
    write(call, record, values)
    return {"item": item_rows.row(call, CONTACT, record)}
