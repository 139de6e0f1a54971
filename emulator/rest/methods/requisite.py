"""Methods crm.requisite.*, crm.address.list: legal details of companies and contacts."""

from __future__ import annotations

from typing import Any

from emulator.rest import filters
from emulator.rest.errors import RestError, untitled
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int, iso, yn
from emulator.state import Address, BankDetail, Requisite

PRESETS = (
    {"ID": "1", "NAME": "Organisation", "COUNTRY_ID": "132", "SORT": "500"},
    {"ID": "2", "NAME": "Personne physique", "COUNTRY_ID": "132", "SORT": "510"},
    {"ID": "3", "NAME": "Company", "COUNTRY_ID": "122", "SORT": "520"},
)
PRESET_FIELDS = {
    1: ("RQ_COMPANY_NAME", "RQ_COMPANY_FULL_NAME", "RQ_LEGAL_FORM", "RQ_CAPITAL", "RQ_SIREN",
        "RQ_SIRET", "RQ_RCS", "RQ_VAT_ID", "RQ_DIRECTOR"),
    2: ("RQ_NAME", "RQ_FIRST_NAME", "RQ_LAST_NAME", "RQ_PHONE", "RQ_EMAIL"),
    3: ("RQ_COMPANY_NAME", "RQ_COMPANY_ID", "RQ_VAT_ID", "RQ_DIRECTOR"),
}  # fmt: skip
COUNTRIES = (
    (1, "RU", "Russia"), (4, "BY", "Belarus"), (6, "KZ", "Kazakhstan"), (14, "UA", "Ukraine"),
    (34, "BR", "Brazil"), (46, "DE", "Germany"), (77, "CO", "Colombia"), (110, "PL", "Poland"),
    (122, "US", "United States"), (132, "FR", "France"),
)  # fmt: skip
RQ_NAMES = (
    "RQ_NAME", "RQ_FIRST_NAME", "RQ_LAST_NAME", "RQ_COMPANY_NAME", "RQ_COMPANY_FULL_NAME",
    "RQ_COMPANY_ID", "RQ_DIRECTOR", "RQ_CEO_NAME", "RQ_CEO_WORK_POS", "RQ_ACCOUNTANT",
    "RQ_CONTACT", "RQ_EMAIL", "RQ_PHONE", "RQ_INN", "RQ_KPP", "RQ_OGRN", "RQ_VAT_ID",
    "RQ_LEGAL_FORM", "RQ_SIRET", "RQ_SIREN", "RQ_CAPITAL", "RQ_RCS", "RQ_IDENT_DOC",
)  # fmt: skip
BANK_NAMES = (
    "RQ_BANK_NAME", "RQ_BANK_ADDR", "RQ_BIK", "RQ_ACC_NAME", "RQ_ACC_NUM", "RQ_ACC_CURRENCY",
    "RQ_COR_ACC_NUM", "RQ_IBAN", "RQ_SWIFT", "RQ_BIC", "RQ_IIK", "RQ_RIB",
)  # fmt: skip


def listing(call: Call, rows: list[dict[str, Any]]) -> Page:
    found = filters.apply(rows, call.any_case("filter"), call.any_case("order"))
    page, total, following = paged(found, call.any_case("start", 0))
    chosen = call.any_case("select")
    return Page([filters.select(r, chosen) for r in page], total, following)


def requisite(found: Requisite) -> dict[str, Any]:
    return {
        "ID": str(found.id),
        "ENTITY_TYPE_ID": str(found.entity_type_id),
        "ENTITY_ID": str(found.entity_id),
        "PRESET_ID": str(found.preset_id),
        "DATE_CREATE": iso(found.created),
        "DATE_MODIFY": "",
        "CREATED_BY_ID": "1",
        "MODIFY_BY_ID": None,
        "NAME": found.name,
        "CODE": None,
        "XML_ID": None,
        "ORIGINATOR_ID": None,
        "ACTIVE": yn(found.active),
        "ADDRESS_ONLY": "N",
        "SORT": str(found.sort),
        **dict.fromkeys(RQ_NAMES),
        **found.rq,
    }


def bank(found: BankDetail) -> dict[str, Any]:
    return {
        "ID": str(found.id),
        "ENTITY_TYPE_ID": "8",
        "ENTITY_ID": str(found.entity_id),
        "COUNTRY_ID": str(found.country_id),
        "NAME": found.name,
        "ACTIVE": yn(found.active),
        "SORT": str(found.sort),
        "COMMENTS": None,
        **dict.fromkeys(BANK_NAMES),
        "RQ_ACC_CURRENCY": found.currency_id,
        **found.rq,
    }


def address(found: Address) -> dict[str, Any]:
    return {
        "TYPE_ID": str(found.type_id),
        "ENTITY_TYPE_ID": str(found.entity_type_id),
        "ENTITY_ID": str(found.entity_id),
        "ADDRESS_1": found.address_1,
        "ADDRESS_2": found.address_2 or None,
        "CITY": found.city,
        "POSTAL_CODE": found.postal_code,
        "REGION": found.region or None,
        "PROVINCE": found.province or None,
        "COUNTRY": found.country,
        "COUNTRY_CODE": found.country_code or None,
        "LOC_ADDR_ID": "0",
        "ANCHOR_TYPE_ID": str(found.anchor_type_id),
        "ANCHOR_ID": str(found.anchor_id),
    }


@method("crm.requisite.list", scope="crm")
def requisite_list(call: Call) -> Any:
    return listing(call, [requisite(r) for r in call.state.requisites.values()])


@method("crm.requisite.get", scope="crm")
def requisite_get(call: Call) -> Any:
    return requisite(by_id(call, call.state.requisites, "Requisite"))


def by_id(call: Call, found: dict[int, Any], kind: str) -> Any:
    given = call.any_case("id", "")
    record = found.get(as_int(given))
    if record is None:
        raise untitled(f"The {kind} with ID '{as_int(given)}' is not found")
    return record


@method("crm.requisite.bankdetail.list", scope="crm")
def bank_list(call: Call) -> Any:
    return listing(call, [bank(b) for b in call.state.bank_details.values()])


@method("crm.requisite.bankdetail.get", scope="crm")
def bank_get(call: Call) -> Any:
    return bank(by_id(call, call.state.bank_details, "BankDetail"))


@method("crm.address.list", scope="crm")
def address_list(call: Call) -> Any:
    return listing(call, [address(a) for a in call.state.addresses])


@method("crm.requisite.link.get", scope="crm")
def link_get(call: Call) -> Any:
    """No link is an error with the text "Not found"."""
    kind, ident = as_int(call.any_case("entityTypeId")), as_int(call.any_case("entityId"))
    if kind < 1:
        raise untitled("entityTypeId is not defined or invalid")
    if ident < 1:
        raise untitled("entityId is not defined or invalid")
    link = call.state.link_of(kind, ident)
    if link is None:
        raise untitled("Not found")
    return {
        "ENTITY_TYPE_ID": link.entity_type_id,
        "ENTITY_ID": link.entity_id,
        "REQUISITE_ID": str(link.requisite_id),
        "BANK_DETAIL_ID": str(link.bank_detail_id),
        "MC_REQUISITE_ID": str(link.mc_requisite_id),
        "MC_BANK_DETAIL_ID": str(link.mc_bank_detail_id),
    }


@method("crm.requisite.link.list", scope="crm")
def link_list(call: Call) -> Any:
    rows = [
        {
            "ENTITY_TYPE_ID": str(k.entity_type_id),
            "ENTITY_ID": str(k.entity_id),
            "REQUISITE_ID": str(k.requisite_id),
            "BANK_DETAIL_ID": str(k.bank_detail_id),
            "MC_REQUISITE_ID": str(k.mc_requisite_id),
            "MC_BANK_DETAIL_ID": str(k.mc_bank_detail_id),
        }
        for k in call.state.links
    ]
    return listing(call, rows)


def preset(row: dict[str, str]) -> dict[str, Any]:
    return {
        **row,
        "ENTITY_TYPE_ID": "8",
        "DATE_CREATE": "2024-05-24T15:45:44+02:00",
        "DATE_MODIFY": "",
        "CREATED_BY_ID": "1",
        "MODIFY_BY_ID": None,
        "XML_ID": None,
        "ACTIVE": "Y",
    }


@method("crm.requisite.preset.list", scope="crm")
def preset_list(call: Call) -> Any:
    return listing(call, [preset(p) for p in PRESETS])


@method("crm.requisite.preset.get", scope="crm")
def preset_get(call: Call) -> Any:
    found = by_id(call, {int(p["ID"]): p for p in PRESETS}, "Preset")
    return preset(found)


@method("crm.requisite.preset.countries", scope="crm")
def preset_countries(call: Call) -> Any:
    return [{"ID": i, "CODE": code, "TITLE": title} for i, code, title in COUNTRIES]


@method("crm.requisite.preset.field.list", scope="crm")
def preset_fields(call: Call) -> Any:
    chosen = call.any_case("preset", {})
    ident = as_int(chosen.get("ID") if isinstance(chosen, dict) else 0)
    if ident not in PRESET_FIELDS:
        raise RestError("", f"The Preset with ID '{ident}' is not found")
    return [
        {"ID": i, "FIELD_NAME": name, "FIELD_TITLE": "", "IN_SHORT_LIST": "Y", "SORT": 500 + 10 * i}
        for i, name in enumerate(PRESET_FIELDS[ident], start=1)
    ]
