"""Classic methods crm.deal.*, crm.contact.*, crm.company.*: UPPER_CASE keys, texts."""

from __future__ import annotations

import re
from typing import Any

from emulator.rest import filters, multifields
from emulator.rest.errors import RestError, untitled
from emulator.rest.methods import item
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int, iso, yn
from emulator.state import COMPANY, CONTACT, DEAL, Company, Contact, Deal, Multifield

CAMEL = re.compile(r"_([a-z0-9])")


def ident_of(call: Call) -> int:
    ident = as_int(call.any_case("id"))
    if ident < 1:
        raise untitled("ID is not defined or invalid.")
    return ident


def read(call: Call, kind: int) -> Any:
    try:
        return item.record_of(call, kind, ident_of(call))
    except RestError as error:
        raise untitled("Not found" if error.code == "NOT_FOUND" else "Access denied.") from error


@method("crm.deal.get", scope="crm")
def deal_get(call: Call) -> Any:
    return deal(call, read(call, DEAL))


@method("crm.deal.list", scope="crm")
def deal_list(call: Call) -> Any:
    rows = [deal(call, d) for d in item.deals(call)]
    found = filters.apply(rows, call.any_case("filter"), call.any_case("order"))
    page, total, following = paged(found, call.any_case("start", 0))
    chosen = call.any_case("select")
    return Page([filters.select(r, chosen, always=("ID",)) for r in page], total, following)


@method("crm.deal.update", scope="crm")
def deal_update(call: Call) -> Any:
    record = read(call, DEAL)
    values = {camel(k): classic_value(v) for k, v in call.map("fields").items()}
    item.write(call, record, values)
    return True


@method("crm.contact.get", scope="crm")
def contact_get(call: Call) -> Any:
    return contact(read(call, CONTACT))


@method("crm.contact.update", scope="crm")
def contact_update(call: Call) -> Any:
    return client_update(call, read(call, CONTACT))


@method("crm.company.update", scope="crm")
def company_update(call: Call) -> Any:
    return client_update(call, read(call, COMPANY))


def client_update(call: Call, record: Contact | Company) -> bool:
    """Change a client's fields; phones and e-mails come as rows of their own."""
    values = {str(k).upper(): v for k, v in call.map("fields").items()}
    for kind in multifields.KINDS:
        multifields.change_classic(call.state, record.fm, kind, values.pop(kind, []))
    item.write(call, record, {camel(k): classic_value(v) for k, v in values.items()})
    return True


@method("crm.company.get", scope="crm")
def company_get(call: Call) -> Any:
    return company(read(call, COMPANY))


@method("crm.deal.contact.items.get", scope="crm")
def deal_contacts(call: Call) -> Any:
    ident = as_int(call.any_case("id"))
    if ident < 1:
        raise untitled("The parameter ownerEntityID is invalid or not defined.")
    found = call.state.deals.get(ident)
    if found is None:
        raise untitled("Not found.")
    return [
        {
            "CONTACT_ID": contact_id,
            "SORT": 10 * position,
            "ROLE_ID": 0,
            "IS_PRIMARY": yn(position == 1),
        }
        for position, contact_id in enumerate(found.contact_ids, start=1)
    ]


@method("crm.deal.productrows.get", scope="crm")
def deal_products(call: Call) -> Any:
    rows = [item.product(r) for r in call.state.deal_products(ident_of(call))]
    return [{upper(k): v for k, v in row.items()} for row in rows]


def camel(name: str) -> str:
    """Return `stageId` for STAGE_ID; custom UF_CRM_1 becomes ufCrm_1."""
    lowered = name.lower()
    if lowered.startswith("uf_crm_"):
        return "ufCrm_" + lowered.removeprefix("uf_crm_")
    return CAMEL.sub(lambda m: m.group(1).upper(), lowered)


def upper(name: str) -> str:
    return item.UPPER.sub("_", name).upper()


def classic_value(value: Any) -> Any:
    """A classic file value is {fileData: [name, base64]}."""
    if isinstance(value, dict) and "fileData" in value:
        return value["fileData"]
    return value


def deal(call: Call, record: Deal) -> dict[str, Any]:
    stage = call.state.stages[record.stage_id]
    return {
        "ID": str(record.id),
        "TITLE": record.title,
        "TYPE_ID": "SALE",
        "STAGE_ID": record.stage_id,
        "STAGE_SEMANTIC_ID": stage.semantics or "P",
        "CATEGORY_ID": str(record.category_id),
        "CURRENCY_ID": record.currency_id,
        "OPPORTUNITY": f"{record.opportunity:.2f}",
        "IS_MANUAL_OPPORTUNITY": "N",
        "TAX_VALUE": "0.00",
        "COMPANY_ID": str(record.company_id),
        "CONTACT_ID": str(record.contact_id) if record.contact_id else None,
        "BEGINDATE": iso(record.begin),
        "CLOSEDATE": iso(record.close),
        "OPENED": "Y",
        "CLOSED": yn(stage.semantics),
        "COMMENTS": record.comments,
        "ASSIGNED_BY_ID": str(record.assigned_by_id),
        "CREATED_BY_ID": str(record.assigned_by_id),
        "DATE_CREATE": iso(record.created),
        "DATE_MODIFY": iso(record.updated),
        "MOVED_TIME": iso(record.moved),
        "MOVED_BY_ID": str(record.moved_by),
        **{upper(k): v for k, v in record.uf.items()},
    }


def multifields_of(found: list[Multifield]) -> dict[str, Any]:
    """Return PHONE, EMAIL...; a kind without values has no key at all."""
    groups: dict[str, Any] = {}
    for one in found:
        groups.setdefault(one.type_id, []).append(
            {
                "ID": str(one.id),
                "VALUE_TYPE": one.value_type,
                "VALUE": one.value,
                "TYPE_ID": one.type_id,
            }
        )
    return groups


def contact(record: Contact) -> dict[str, Any]:
    return {
        "ID": str(record.id),
        "HONORIFIC": record.honorific or None,
        "NAME": record.name,
        "SECOND_NAME": None,
        "LAST_NAME": record.last_name,
        "POST": record.post,
        "COMPANY_ID": str(record.company_id) if record.company_id else None,
        "TYPE_ID": "CLIENT",
        "OPENED": "Y",
        "HAS_PHONE": yn(record.first("PHONE")),
        "HAS_EMAIL": yn(record.first("EMAIL")),
        "ASSIGNED_BY_ID": str(record.assigned_by_id),
        "DATE_CREATE": iso(record.created),
        "DATE_MODIFY": iso(record.updated),
        **multifields_of(record.fm),
    }


def company(record: Company) -> dict[str, Any]:
    return {
        "ID": str(record.id),
        "TITLE": record.title,
        "COMPANY_TYPE": "CUSTOMER",
        "IS_MY_COMPANY": yn(record.is_my_company),
        "OPENED": "Y",
        "HAS_PHONE": yn(record.first("PHONE")),
        "HAS_EMAIL": yn(record.first("EMAIL")),
        "ASSIGNED_BY_ID": str(record.assigned_by_id),
        "DATE_CREATE": iso(record.created),
        "DATE_MODIFY": iso(record.updated),
        **multifields_of(record.fm),
    }
