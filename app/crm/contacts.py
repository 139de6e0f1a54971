"""Phones and e-mails of a contact, written with the caller's own rights. Source: crm.item.update (fm)."""

from __future__ import annotations

from app.crm.client import CrmClient
from app.crm.parties import CONTACT
from app.crm.people import contact_person
from app.crm.rows import item


def add_addresses(client: CrmClient, contact_id: str, *, email: str = "", phone: str = "") -> bool:
    """Add what the contact does not have yet; return whether anything was added.

    phone: in E.164. Raises PortalRefused when this person may not change the contact, and other PortalErrors.
    """
    asked = {"entityTypeId": CONTACT, "id": int(contact_id)}
    known = contact_person(item(client.call("crm.item.get", asked)))
    new = []
    if email and email.lower() not in {one.lower() for one in known.emails}:
        new.append({"typeId": "EMAIL", "valueType": "WORK", "value": email})
    if phone and _digits(phone) not in {_digits(one) for one in known.phones}:
        new.append({"typeId": "PHONE", "valueType": "MOBILE", "value": phone})
    if new:
        fm = {f"n{number}": one for number, one in enumerate(new)}
        client.call("crm.item.update", {**asked, "fields": {"fm": fm}})
    return bool(new)


def _digits(phone: str) -> str:
    return "".join(char for char in phone if char.isdigit())
