"""One value of one CRM record changed, and a contact added, with the caller's own rights.

Phones and e-mails are rows with ids of their own: the one that held the old value is changed, else one is added.
Sources: crm.item.get, crm.item.update, crm.item.add (`fm`).
"""

from __future__ import annotations

from app.core.corrections import CONTACT, Target
from app.crm.client import CrmClient
from app.crm.rows import ident, item, rows, text


def change(client: CrmClient, target: Target, *, before: str, after: str) -> None:
    """Set the target to `after`; raises PortalRefused without the right, else a PortalError."""
    fields: dict[str, object] = {target.name: after}
    if target.is_multiple:
        fields = {"fm": {_key(client, target, before): _value(target.name, after)}}
    params = {
        "entityTypeId": target.entity_type_id,
        "id": int(target.entity_id),
        "fields": fields,
    }
    client.call("crm.item.update", params)


def add_contact(client: CrmClient, *, name: str, email: str, company_id: str) -> str:
    """Add a contact of that name and address and return its id."""
    first, _, last = name.strip().rpartition(" ")
    fields: dict[str, object] = {
        "name": first or last,
        "lastName": last if first else "",
        "fm": {"n0": _value("EMAIL", email)},
    }
    if company_id:
        fields["companyId"] = int(company_id)
    answer = client.call("crm.item.add", {"entityTypeId": CONTACT, "fields": fields})
    return ident(item(answer), "id")


def _key(client: CrmClient, target: Target, before: str) -> str:
    """Return the id of the value that was shown, "n0" for a new one."""
    params = {"entityTypeId": target.entity_type_id, "id": int(target.entity_id)}
    record = item(client.call("crm.item.get", params))
    same = (
        ident(row, "id")
        for row in rows(record.get("fm"))
        if text(row, "typeId") == target.name and _plain(text(row, "value")) == _plain(before)
    )
    return next(same, "n0")


def _value(kind: str, text: str) -> dict[str, str]:
    return {"typeId": kind, "value": text, "valueType": "WORK"}


def _plain(text: str) -> str:
    """A phone is the same with and without spaces."""
    return "".join(c for c in text.casefold() if not c.isspace() and c not in "().-/\u00a0")
