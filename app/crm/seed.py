"""Fill a test portal with a demo company, contacts and deals, through an inbound webhook.

Look before write: what is there already, by its title, is left alone, so that a second run adds nothing.
Source: api-reference/crm/universal/crm-item-add.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.crm.client import CrmClient

DEAL, CONTACT, COMPANY = 2, 3, 4
_COMPANIES: Final = ("Maison Exemple", "Clinique du Parc Exemple")
_CONTACTS: Final = (
    ("Camille", "Exemple", "camille.exemple@example.com", "+33199000111"),
    ("Noé", "Modèle", "noe.modele@example.org", "+33199000112"),
)
_DEALS: Final = (("Éclairage de la boutique", "4800.00"), ("Rénovation du hall", "12500.00"))


def seed(client: CrmClient) -> int:
    """Add what is missing of the demo data; return how many records were made."""
    made = 0
    for name, person, (title, amount) in zip(_COMPANIES, _CONTACTS, _DEALS, strict=True):
        company, added = _put(client, COMPANY, {"title": name}, {"title": name})
        contact, added_contact = _put(client, CONTACT, _name(person), _contact(person, company))
        values = {
            "title": title,
            "opportunity": amount,
            "currencyId": "EUR",
            "companyId": company,
            "contactIds": [contact],
        }
        _, added_deal = _put(client, DEAL, {"title": title}, values)
        made += added + added_contact + added_deal
    return made


def _name(person: tuple[str, str, str, str]) -> dict[str, object]:
    return {"name": person[0], "lastName": person[1]}


def _contact(person: tuple[str, str, str, str], company: str) -> dict[str, object]:
    fm = [
        {"typeId": "EMAIL", "valueType": "WORK", "value": person[2]},
        {"typeId": "PHONE", "valueType": "MOBILE", "value": person[3]},
    ]
    return {**_name(person), "companyId": company, "fm": fm}


def _put(
    client: CrmClient, type_id: int, sign: Mapping[str, object], fields: Mapping[str, object]
) -> tuple[str, int]:
    """Return the record's id, and 1 when it was made now."""
    listed = client.call("crm.item.list", {"entityTypeId": type_id, "filter": dict(sign)})
    known = [item for item in listed["items"] if all(item.get(k) == v for k, v in sign.items())]
    if known:
        return str(known[0]["id"]), 0
    made = client.call("crm.item.add", {"entityTypeId": type_id, "fields": dict(fields)})
    return str(made["item"]["id"]), 1
