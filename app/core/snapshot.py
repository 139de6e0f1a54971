"""A frozen, dated copy of the CRM data one envelope uses.

Built by `crm.records` from one batch; turned into placeholder values by `core.merge`. Everything is a
plain value: money is `Decimal`, absent text is "".
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    street: str = ""
    street2: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Bank:
    name: str = ""
    account: str = ""
    iban: str = ""
    swift: str = ""
    bik: str = ""
    correspondent: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A legal side named in the text. `fields` holds the requisite's own RQ_* values by lower-case name
    without the prefix ("siret", "vat_id", "inn"...)."""

    company_id: str = ""
    requisite_id: str = ""
    name: str = ""
    full_name: str = ""
    registration: str = ""
    """The number a contract names: SIRET, OGRN, company number..."""
    vat_id: str = ""
    director: str = ""
    phone: str = ""
    email: str = ""
    address: Address = Address()
    bank: Bank = Bank()
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact or an employee. Phones and e-mails as the CRM has them, first is the main one."""

    id: str
    name: str
    first_name: str = ""
    last_name: str = ""
    position: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    lang: str = ""
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class ProductRow:
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    """Net of tax, of one unit, after discount."""
    tax_rate: Decimal
    """Per cent; 0 when untaxed."""
    total: Decimal
    """Gross: quantity × price with tax."""


@dataclass(frozen=True, slots=True)
class Record:
    """The CRM record the envelope belongs to."""

    entity_type_id: int
    id: str
    title: str
    stage_id: str = ""
    category_id: int = 0
    amount: Decimal = Decimal(0)
    currency: str = ""
    assigned_by_id: str = ""
    custom: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrmSnapshot:
    taken_at: datetime
    record: Record
    us: Party
    client: Party
    contacts: tuple[Person, ...] = ()
    responsible: Person | None = None
    products: tuple[ProductRow, ...] = ()


def to_json(snapshot: CrmSnapshot) -> str:
    """Return `snapshot` as JSON text; `from_json` gives an equal one back. Decimals stay exact."""
    return json.dumps(asdict(snapshot), default=_plain, ensure_ascii=False, sort_keys=True)


def from_json(text: str | bytes) -> CrmSnapshot:
    """Return the snapshot kept as `text`; raises ValueError or KeyError when it is not one."""
    values = json.loads(text)
    responsible = values["responsible"]
    return CrmSnapshot(
        taken_at=datetime.fromisoformat(values["taken_at"]),
        record=Record(**{**values["record"], "amount": Decimal(values["record"]["amount"])}),
        us=_party(values["us"]),
        client=_party(values["client"]),
        contacts=tuple(_person(person) for person in values["contacts"]),
        responsible=_person(responsible) if responsible else None,
        products=tuple(_product(row) for row in values["products"]),
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a snapshot holds no {type(value).__name__}")


def _party(values: dict[str, Any]) -> Party:
    parts = {"address": Address(**values["address"]), "bank": Bank(**values["bank"])}
    return Party(**{**values, **parts})


def _person(values: dict[str, Any]) -> Person:
    lists = {"phones": tuple(values["phones"]), "emails": tuple(values["emails"])}
    return Person(**{**values, **lists})


def _product(values: dict[str, Any]) -> ProductRow:
    amounts = {name: Decimal(values[name]) for name in ("quantity", "price", "tax_rate", "total")}
    return ProductRow(**{**values, **amounts})
