"""The one batch that reads everything an envelope needs from a CRM record.

Commands run in order and may point at earlier answers. A `get` on id 0 fails alone, as expected.
Source: the methods' pages under api-reference/crm; settings/how-to-call-rest-api/batch.
"""

from __future__ import annotations

from typing import Final

from app.crm.client import Command
from app.crm.parties import COMPANY, CONTACT, REQUISITE
from app.crm.people import COLLEAGUES

LEAD: Final = 1
DEAL: Final = 2
QUOTE: Final = 7
INVOICE: Final = 31
FIRST_DYNAMIC: Final = 128
CONTACT_PLACES: Final = 8
"""Contacts read in the same batch; a record with more costs a second call."""

_OWNER_CODES: Final = {LEAD: "L", DEAL: "D", CONTACT: "C", COMPANY: "CO", QUOTE: "Q", INVOICE: "SI"}


def owner_code(entity_type_id: int) -> str:
    """Return the short code of a CRM type in product rows: D for a deal, Tb1 for type 177."""
    return _OWNER_CODES.get(entity_type_id, f"T{entity_type_id:x}")


def has_requisite_link(entity_type_id: int) -> bool:
    """Whether requisites can be chosen on records of this type."""
    return entity_type_id in (DEAL, QUOTE, INVOICE) or entity_type_id >= FIRST_DYNAMIC


def commands(entity_type_id: int, entity_id: str) -> dict[str, Command]:
    """Return the commands by key; at most 50."""
    company = entity_id if entity_type_id == COMPANY else "$result[rec][item][companyId]"
    contact = entity_id if entity_type_id == CONTACT else "$result[rec][item][contactId]"
    found: dict[str, Command] = {"rec": _item(entity_type_id, entity_id)}
    if has_requisite_link(entity_type_id):
        found["link"] = (
            "crm.requisite.link.get",
            {"entityTypeId": entity_type_id, "entityId": entity_id},
        )
    if entity_type_id == DEAL:
        found["dcont"] = ("crm.deal.contact.items.get", {"id": entity_id})
    found["comp"] = _item(COMPANY, company)
    found["cont"] = _item(CONTACT, contact)
    if entity_type_id not in (CONTACT, COMPANY):
        places = [f"$result[rec][item][contactIds][{n}]" for n in range(CONTACT_PLACES)]
        found["people"] = contacts(places)
    found |= _side("c", COMPANY, company) | _side("p", CONTACT, contact)
    if "link" in found:
        found |= _linked("l", "$result[link][REQUISITE_ID]", "$result[link][BANK_DETAIL_ID]")
    return (
        found | _ours(entity_type_id, linked="link" in found) | _around(entity_type_id, entity_id)
    )


def contacts(ids: list[str]) -> Command:
    """Return the command that lists contacts by id; `*` brings their phones and e-mails."""
    return ("crm.item.list", {"entityTypeId": CONTACT, "select": ["*"], "filter": {"@id": ids}})


def _item(entity_type_id: int, item_id: str) -> Command:
    return ("crm.item.get", {"entityTypeId": entity_type_id, "id": item_id})


def _side(prefix: str, owner_type: int, owner: str) -> dict[str, Command]:
    """Requisites of an owner, with address and bank of the first."""
    first = f"$result[{prefix}req][0][ID]"
    filters = {"ENTITY_TYPE_ID": owner_type, "ENTITY_ID": owner}
    return {
        f"{prefix}req": (
            "crm.requisite.list",
            {"filter": filters, "order": {"SORT": "ASC", "ID": "ASC"}},
        ),
        f"{prefix}addr": _addresses(first),
        f"{prefix}bank": _banks(first),
    }


def _linked(prefix: str, requisite: str, bank: str) -> dict[str, Command]:
    """A requisite the record names, with its address and accounts."""
    return {
        f"{prefix}req": ("crm.requisite.get", {"id": requisite}),
        f"{prefix}addr": _addresses(requisite),
        f"{prefix}bank": _banks(requisite),
        f"{prefix}acc": ("crm.requisite.bankdetail.get", {"id": bank}),
    }


def _ours(entity_type_id: int, *, linked: bool) -> dict[str, Command]:
    """Our own companies, and the requisites of the one meant by the link, the record, or else the first."""
    found: dict[str, Command] = {
        "mycos": (
            "crm.item.list",
            {
                "entityTypeId": COMPANY,
                "filter": {"isMyCompany": "Y"},
                "select": ["*"],
                "order": {"id": "ASC"},
            },
        )
    }
    if linked:
        found |= _linked("m", "$result[link][MC_REQUISITE_ID]", "$result[link][MC_BANK_DETAIL_ID]")
        found["mcomp"] = _item(COMPANY, "$result[mreq][ENTITY_ID]")
        if entity_type_id != DEAL:
            found |= _side("o", COMPANY, "$result[rec][item][mycompanyId]")
    return found | _side("d", COMPANY, "$result[mycos][items][0][id]")


def _around(entity_type_id: int, entity_id: str) -> dict[str, Command]:
    """Product rows, the responsible, colleagues, and what the portal's document generator holds."""
    rows = {"=ownerType": owner_code(entity_type_id), "=ownerId": entity_id}
    documents = {"entityTypeId": entity_type_id, "entityId": entity_id}
    return {
        "prod": (
            "crm.item.productrow.list",
            {"filter": rows, "order": {"sort": "ASC", "id": "ASC"}},
        ),
        "user": ("user.get", {"FILTER": {"ID": "$result[rec][item][assignedById]"}}),
        "staff": COLLEAGUES,
        "docs": (
            "crm.documentgenerator.document.list",
            {"select": ["*"], "filter": documents, "order": {"id": "DESC"}},
        ),
        "tmpl": (
            "crm.documentgenerator.template.list",
            {
                "select": ["id", "name", "entityTypeId"],
                "filter": {"active": "Y"},
                "order": {"sort": "ASC"},
            },
        ),
    }


def _addresses(requisite: str) -> Command:
    return ("crm.address.list", {"filter": {"ENTITY_TYPE_ID": REQUISITE, "ENTITY_ID": requisite}})


def _banks(requisite: str) -> Command:
    return (
        "crm.requisite.bankdetail.list",
        {"filter": {"ENTITY_ID": requisite}, "order": {"SORT": "ASC"}},
    )
