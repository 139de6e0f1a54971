"""Directories of the CRM: stages, pipelines, enumerations."""

from __future__ import annotations

from typing import Any

from emulator.rest import filters
from emulator.rest.errors import RestError, not_found
from emulator.rest.registry import Call, Page, method
from emulator.rest.values import as_int
from emulator.state import DEAL, INVOICE, QUOTE

OWNER_TYPES = (
    (1, "Lead", "LEAD"), (2, "Deal", "DEAL"), (3, "Contact", "CONTACT"),
    (4, "Company", "COMPANY"), (5, "Invoice", "INVOICE"), (7, "Estimate", "QUOTE"),
    (8, "Requisite", "REQUISITE"), (31, "Smart invoice", "SMART_INVOICE"),
)  # fmt: skip
ADDRESS_TYPES = (
    (1, "Physical address"), (4, "Registered address"), (6, "Legal address"),
    (8, "Mailing address"), (9, "Beneficiary address"), (11, "Delivery address"),
)  # fmt: skip
ACTIVITY_TYPES = ((1, "Meeting"), (2, "Call"), (3, "Task"), (4, "E-mail"), (6, "User action"))


@method("crm.status.list", scope="crm")
def status_list(call: Call) -> Any:
    rows = [
        {
            "ID": str(100 + position),
            "ENTITY_ID": "DEAL_STAGE",
            "STATUS_ID": stage.id,
            "NAME": stage.name,
            "NAME_INIT": stage.name if stage.id in ("NEW", "WON", "LOSE") else "",
            "SORT": str(stage.sort),
            "SYSTEM": "Y" if stage.id in ("NEW", "WON", "LOSE") else "N",
            "CATEGORY_ID": None,
            "COLOR": stage.color,
            "SEMANTICS": stage.semantics or None,
            "EXTRA": {"SEMANTICS": semantics(stage.semantics), "COLOR": stage.color},
        }
        for position, stage in enumerate(call.state.ordered_stages(), start=1)
    ]
    order = call.any_case("order") or {"SORT": "ASC"}
    found = filters.apply(rows, call.any_case("filter"), order)
    return Page(found, len(found))


def semantics(value: str) -> str:
    return {"S": "success", "F": "failure"}.get(value, "process")


@method("crm.category.list", scope="crm")
def category_list(call: Call) -> Any:
    kind = as_int(call.need("entityTypeId"))
    if kind not in (DEAL, QUOTE, INVOICE) and kind < 128:
        text = "Entity type is not supported"
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", text)
    if kind >= 128:
        raise not_found("Smart process not found")
    row = {"id": 0, "name": "Général", "sort": 300, "entityTypeId": kind, "isDefault": "Y"}
    return Page({"categories": [row]}, 1)


@method("crm.enum.ownertype", scope="crm")
def owner_type(call: Call) -> Any:
    return [{"ID": i, "NAME": name, "SYMBOL_CODE": code} for i, name, code in OWNER_TYPES]


@method("crm.enum.addresstype", scope="crm")
def address_type(call: Call) -> Any:
    return [{"ID": i, "NAME": name} for i, name in ADDRESS_TYPES]


@method("crm.enum.activitytype", scope="crm")
def activity_type(call: Call) -> Any:
    return [{"ID": i, "NAME": name} for i, name in ACTIVITY_TYPES]


@method("crm.enum.activitydirection", scope="crm")
def activity_direction(call: Call) -> Any:
    return [{"ID": 1, "NAME": "Incoming"}, {"ID": 2, "NAME": "Outgoing"}]


@method("crm.enum.contenttype", scope="crm")
def content_type(call: Call) -> Any:
    return [
        {"ID": 1, "NAME": "Plain text"},
        {"ID": 2, "NAME": "BBCode"},
        {"ID": 3, "NAME": "HTML"},
    ]


@method("crm.currency.list", scope="crm")
def currency_list(call: Call) -> Any:
    return [{"CURRENCY": "EUR", "AMOUNT": "1.0000", "BASE": "Y", "FULL_NAME": "Euro", "LANG": "fr"}]
