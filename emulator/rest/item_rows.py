"""CRM records as `crm.item.*` writes them: camelCase keys, numbers as numbers.

Contacts and companies carry `fm` in `get`, and in `list` only when `*` is selected.
"""

from __future__ import annotations

from typing import Any

from emulator import signed_files
from emulator.rest.errors import not_found
from emulator.rest.registry import Call
from emulator.rest.values import iso, iso_or_null, number, yn
from emulator.state import (
    COMPANY,
    CONTACT,
    DEAL,
    INVOICE,
    LEAD,
    QUOTE,
    Company,
    Contact,
    Deal,
    Item,
    Multifield,
    State,
)

SYSTEM_TYPES = (LEAD, DEAL, CONTACT, COMPANY, QUOTE, INVOICE)


def records(state: State, entity_type_id: int) -> dict[int, Any]:
    """Return the records of a type by id. Raises NOT_FOUND for a type the portal lacks."""
    if entity_type_id == DEAL:
        return dict(state.deals)
    if entity_type_id == CONTACT:
        return dict(state.contacts)
    if entity_type_id == COMPANY:
        return dict(state.companies)
    found = {i: item for (kind, i), item in state.items.items() if kind == entity_type_id}
    if entity_type_id not in (*SYSTEM_TYPES, *state.smart_types):
        raise not_found("Smart process not found")
    return found


def row(call: Call, entity_type_id: int, record: Any) -> dict[str, Any]:
    """Return a record as `crm.item.get` shows it, with its custom fields."""
    if isinstance(record, Deal):
        values, custom = deal(call.state, record), record.uf
    elif isinstance(record, Contact):
        values, custom = contact(record), record.uf
    elif isinstance(record, Company):
        values, custom = company(call, record), record.uf
    else:
        values, custom = other(call.state, record), record.fields
    return {**values, "entityTypeId": entity_type_id, **custom_values(call, custom)}


def custom_values(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    """Return custom fields; a file field (kept as {"file": id}) becomes id and addresses."""
    return {name: shown(call, value) for name, value in values.items()}


def shown(call: Call, value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"file"}:
        return file_value(call, int(value["file"]))
    if isinstance(value, list):
        return [shown(call, v) for v in value]
    return value


def file_value(call: Call, file_id: int) -> dict[str, Any] | None:
    if not file_id:
        return None
    url = signed_files.machine_url(
        call.state, "crm.controller.item.getFile", file_id, call.caller.access_token
    )
    return {
        "id": file_id,
        "url": signed_files.browser_url(call.state, "crm.controller.item.getFile", file_id),
        "urlMachine": url,
    }


def multifields(found: list[Multifield]) -> list[dict[str, Any]]:
    return [
        {"id": m.id, "valueType": m.value_type, "value": m.value, "typeId": m.type_id}
        for m in found
    ]


def deal(state: State, record: Deal) -> dict[str, Any]:
    stage = state.stages[record.stage_id]
    return {
        "id": record.id,
        "createdTime": iso(record.created),
        "updatedTime": iso(record.updated),
        "createdBy": record.assigned_by_id,
        "updatedBy": record.assigned_by_id,
        "assignedById": record.assigned_by_id,
        "opened": "Y",
        "leadId": None,
        "companyId": record.company_id,
        "contactId": record.contact_id,
        "contactIds": record.contact_ids,
        "quoteId": None,
        "title": record.title,
        "categoryId": record.category_id,
        "stageId": record.stage_id,
        "stageSemanticId": stage.semantics or "P",
        "isNew": yn(record.stage_id == "NEW"),
        "closed": yn(stage.semantics),
        "typeId": "SALE",
        "opportunity": number(record.opportunity),
        "isManualOpportunity": "N",
        "taxValue": 0,
        "currencyId": record.currency_id,
        "comments": record.comments,
        "begindate": iso_or_null(record.begin),
        "closedate": iso_or_null(record.close),
        "sourceId": "",
        "movedBy": record.moved_by,
        "movedTime": iso(record.moved),
        "lastActivityTime": iso(record.updated),
    }


def contact(record: Contact) -> dict[str, Any]:
    return {
        "id": record.id,
        "createdTime": iso(record.created),
        "updatedTime": iso(record.updated),
        "createdBy": record.assigned_by_id,
        "updatedBy": record.assigned_by_id,
        "assignedById": record.assigned_by_id,
        "opened": "Y",
        "companyId": record.company_id,
        "companyIds": [record.company_id] if record.company_id else [],
        "name": record.name,
        "lastName": record.last_name,
        "secondName": None,
        "honorific": record.honorific or None,
        "post": record.post,
        "typeId": "CLIENT",
        "hasPhone": yn(record.first("PHONE")),
        "hasEmail": yn(record.first("EMAIL")),
        "comments": "",
        "fm": multifields(record.fm),
    }


def company(call: Call, record: Company) -> dict[str, Any]:
    return {
        "id": record.id,
        "createdTime": iso(record.created),
        "updatedTime": iso(record.updated),
        "createdBy": record.assigned_by_id,
        "updatedBy": record.assigned_by_id,
        "assignedById": record.assigned_by_id,
        "opened": "Y",
        "title": record.title,
        "companyType": "CUSTOMER",
        "isMyCompany": yn(record.is_my_company),
        "hasPhone": yn(record.first("PHONE")),
        "hasEmail": yn(record.first("EMAIL")),
        "currencyId": "EUR",
        "comments": "",
        "ufLogo": file_value(call, record.logo_file_id),
        "ufStamp": file_value(call, record.stamp_file_id),
        "ufDirectorSign": file_value(call, record.director_sign_file_id),
        "ufAccountantSign": None,
        "fm": multifields(record.fm),
    }


def other(state: State, record: Item) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": record.id,
        "createdTime": iso(record.created),
        "updatedTime": iso(record.updated),
        "createdBy": record.assigned_by_id,
        "assignedById": record.assigned_by_id,
        "companyId": record.company_id,
        "contactId": record.contact_ids[0] if record.contact_ids else 0,
        "contactIds": record.contact_ids,
        "title": record.title,
        "stageId": record.stage_id,
        "opportunity": number(record.opportunity),
        "currencyId": record.currency_id,
    }
    if record.entity_type_id != LEAD:
        values["mycompanyId"] = record.my_company_id
    if record.entity_type_id == LEAD:
        values["fm"] = multifields(record.fm)
    return values


def field_kinds() -> dict[str, str]:
    """Return the type of the standard fields, for crm.item.fields; the rest are strings."""
    integers = ("id", "categoryId", "leadId", "quoteId")
    kinds = dict.fromkeys(integers, "integer")
    kinds |= dict.fromkeys(
        ("createdTime", "updatedTime", "movedTime", "lastActivityTime"), "datetime"
    )
    kinds |= dict.fromkeys(("createdBy", "updatedBy", "assignedById", "movedBy"), "user")
    kinds |= dict.fromkeys(("begindate", "closedate"), "date")
    kinds |= {"companyId": "crm_company", "mycompanyId": "crm_company", "contactId": "crm_contact",
              "contactIds": "crm_contact", "stageId": "crm_status", "opportunity": "double",
              "currencyId": "crm_currency", "fm": "crm_multifield", "isMyCompany": "boolean",
              "opened": "boolean", "ufLogo": "file", "ufStamp": "file", "ufDirectorSign": "file",
              "ufAccountantSign": "file"}  # fmt: skip
    return kinds
