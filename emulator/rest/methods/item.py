"""Methods crm.item.*: the universal records (deals, contacts, companies, leads, quotes...)."""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from emulator import automation, cards, events
from emulator.rest import filters, item_rows, multifields
from emulator.rest.errors import RestError, not_found
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int, as_time, number, yn
from emulator.state import COMPANY, CONTACT, DEAL, Company, Contact, ProductRow

EVENT_NAMES = {1: "LEAD", 2: "DEAL", 3: "CONTACT", 4: "COMPANY", 7: "QUOTE"}
OWNER_LETTERS = {"L": 1, "D": 2, "Q": 7, "SI": 31}
UPPER = re.compile(r"(?<!^)(?=[A-Z])")


def record_of(call: Call, entity_type_id: int, ident: int) -> Any:
    """Return a record the caller may read. Raises NOT_FOUND, ACCESS_DENIED."""
    found = item_rows.records(call.state, entity_type_id).get(ident)
    if found is None:
        raise not_found("Element not found")
    if not may_read(call, found):
        raise RestError("ACCESS_DENIED", "Access denied.")
    return found


def may_read(call: Call, record: Any) -> bool:
    """Whether the caller's rights cover a record: all of the CRM, or what they are responsible for.

    Companies of ours and client cards are everybody's [U]: deals, leads and the like have an owner.
    """
    user = call.caller.user
    has_owner = not isinstance(record, Company | Contact)
    is_other = has_owner and record.assigned_by_id != user.id
    return user.crm_access and not (user.own_only and is_other and not user.is_admin)


@method("crm.item.get", scope="crm")
def get(call: Call) -> Any:
    kind, ident = as_int(call.need("entityTypeId")), as_int(call.need("id"))
    return {"item": item_rows.row(call, kind, record_of(call, kind, ident))}


@method("crm.item.list", scope="crm")
def item_list(call: Call) -> Any:
    kind = as_int(call.need("entityTypeId"))
    found = [r for r in item_rows.records(call.state, kind).values() if may_read(call, r)]
    rows = [item_rows.row(call, kind, record) for record in found]
    kept = filters.apply(rows, call.get("filter"), call.get("order"), strict=True)
    page, total, following = paged(kept, call.get("start", 0))
    chosen = call.get("select")
    names = list(filters.as_map(chosen).values()) if not isinstance(chosen, str) else [chosen]
    items = [without_fm(filters.select(r, names, always=("id",)), names) for r in page]
    return Page({"items": items}, total, following)


def without_fm(row: dict[str, Any], names: list[Any]) -> dict[str, Any]:
    """Lists carry multifields only for an explicit `*` (or `fm`)."""
    if "*" in names or "fm" in names:
        return row
    return {k: v for k, v in row.items() if k != "fm"}


@method("crm.item.fields", scope="crm")
def fields(call: Call) -> Any:
    kind = as_int(call.need("entityTypeId"))
    found = list(item_rows.records(call.state, kind).values())
    names = list(item_rows.row(call, kind, found[0])) if found else ["id", "title"]
    kinds = item_rows.field_kinds()
    described = {n: describe(n, kinds.get(n, "string")) for n in names if n != "entityTypeId"}
    for name, custom in call.state.custom_fields.get(kind, {}).items():
        described[name] = {**describe(name, custom["type"]), "isDynamic": True, **custom}
    return {"fields": described}


def describe(name: str, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "isRequired": False,
        "isReadOnly": name in ("id", "createdTime", "updatedTime", "createdBy", "updatedBy"),
        "isImmutable": False,
        "isMultiple": name in ("contactIds", "fm"),
        "isDynamic": False,
        "title": name,
        "upperName": UPPER.sub("_", name).upper(),
    }


@method("crm.item.update", scope="crm")
def update(call: Call) -> Any:
    kind, ident = as_int(call.need("entityTypeId")), as_int(call.need("id"))
    record = record_of(call, kind, ident)
    write(call, record, dict(filters.as_map(call.need("fields"))))
    return {"item": item_rows.row(call, kind, record)}


@method("crm.item.delete", scope="crm")
def delete(call: Call) -> Any:
    """Remove a deal [U: other types are refused here]; the answer is an empty list."""
    kind, ident = as_int(call.need("entityTypeId")), as_int(call.need("id"))
    record_of(call, kind, ident)
    if kind != DEAL:
        raise RestError("ACCESS_DENIED", "Access denied.")
    cards.delete_deal(call.engine, ident, call.caller.user.id)
    return []


def write(call: Call, record: Any, values: dict[str, Any]) -> None:
    """Change a record's fields; a stage runs the stage's automation last."""
    stage = values.pop("stageId", None)
    for name, value in values.items():
        write_one(call, record, name, value)
    record.updated = call.state.now()
    call.state.touch()
    after(call, record, stage)


TEXTS = {"title": "title", "comments": "comments", "name": "name", "lastName": "last_name",
         "post": "post"}  # fmt: skip
NUMBERS = {"assignedById": "assigned_by_id", "companyId": "company_id"}


def write_one(call: Call, record: Any, name: str, value: Any) -> None:
    """Set one field; a name the record does not have is ignored, as the portal does."""
    if filters.is_custom(name):
        custom(record)[name] = kept(call, value)
    elif name == "fm" and hasattr(record, "fm"):
        multifields.change(call.state, record.fm, value)
    elif name in TEXTS and hasattr(record, TEXTS[name]):
        setattr(record, TEXTS[name], str(value or ""))
    elif name in NUMBERS and hasattr(record, NUMBERS[name]):
        setattr(record, NUMBERS[name], as_int(value))
    elif name == "opportunity" and hasattr(record, "opportunity"):
        record.opportunity = money(value)
    elif name == "contactIds" and hasattr(record, "contact_ids"):
        record.contact_ids = [as_int(v) for v in filters.as_map(value).values()]
    elif name == "closedate" and hasattr(record, "close"):
        record.close = as_time(value)


def after(call: Call, record: Any, stage: Any) -> None:
    kind = kind_of(record)
    if stage and hasattr(record, "moved"):
        if stage not in call.state.stages:
            raise RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", 'Invalid value for field "stageId"')
        if record.stage_id != stage:
            automation.move_deal(call.engine, record.id, str(stage), call.caller.user.id)
            return
    elif stage and hasattr(record, "stage_id"):
        record.stage_id = str(stage)
    name = "DEAL" if hasattr(record, "moved") else EVENT_NAMES.get(kind or 0, "")
    if name:
        data = {"FIELDS": {"ID": str(record.id)}}
        events.emit(call.engine, f"ONCRM{name}UPDATE", data, user_id=call.caller.user.id)


def kind_of(record: Any) -> int | None:
    """Return a record's entity type; None for a deal, which has events of its own."""
    if isinstance(record, Contact):
        return CONTACT
    if isinstance(record, Company):
        return COMPANY
    found: int | None = getattr(record, "entity_type_id", None)
    return found


def custom(record: Any) -> dict[str, Any]:
    found: dict[str, Any] = record.fields if hasattr(record, "fields") else record.uf
    return found


def money(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        text = 'Invalid value for field "opportunity"'
        raise RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", text) from error


def kept(call: Call, value: Any) -> Any:
    """Return a custom value as it is stored; [name, base64] becomes a file of the portal."""
    if is_pair(value):
        return {"file": stored(call, value)}
    if isinstance(value, list) and any(is_pair(v) for v in value):
        return [kept(call, v) for v in value]
    if isinstance(value, dict) and set(value) == {"id"}:
        return {"file": as_int(value["id"])}
    return value


def is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value)


def stored(call: Call, pair: list[str]) -> int:
    """Return the id of a new file from [name, base64]. Raises when it is not base64."""
    try:
        content = base64.b64decode(pair[1], validate=False)
    except (binascii.Error, ValueError) as error:
        raise RestError("100", "Could not decode the file's content") from error
    return call.state.add_file(pair[0], content).id


@method("crm.item.productrow.list", scope="crm")
def productrow_list(call: Call) -> Any:
    """Both `=ownerType` (D) and `=ownerId` are required in the filter."""
    conditions = filters.as_map(call.get("filter", {}))
    plain = {filters.split(k)[1]: v for k, v in conditions.items()}
    if not plain.get("ownerType") or not plain.get("ownerId"):
        raise RestError("100", "Required parameters not provided")
    if not call.caller.user.crm_access:
        raise RestError("ACCESS_DENIED", "Access denied")
    rows = [product(r) for r in call.state.product_rows]
    kept_rows = filters.apply(rows, conditions, call.get("order", {"sort": "ASC"}))
    page, total, following = paged(kept_rows, call.get("start", 0))
    return Page({"productRows": page}, total, following)


def product(row: ProductRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "ownerId": row.owner_id,
        "ownerType": row.owner_type,
        "productId": 0,
        "productName": row.product_name,
        "price": number(row.price_brutto),
        "priceAccount": number(row.price_brutto),
        "priceExclusive": number(row.price_exclusive),
        "priceNetto": number(row.price_exclusive),
        "priceBrutto": number(row.price_brutto),
        "quantity": number(row.quantity),
        "discountTypeId": 2,
        "discountRate": number(row.discount_rate),
        "discountSum": 0,
        "taxRate": number(row.tax_rate),
        "taxIncluded": yn(row.tax_included),
        "customized": "Y",
        "measureCode": row.measure_code,
        "measureName": row.measure_name,
        "sort": row.sort,
        "xmlId": "",
        "type": 7,
        "storeId": None,
    }


def deals(call: Call) -> list[Any]:
    """Return the deals the caller may read."""
    return [r for r in item_rows.records(call.state, DEAL).values() if may_read(call, r)]
