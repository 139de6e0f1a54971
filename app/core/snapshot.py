"""A frozen, dated copy of the CRM data one envelope uses.

Built by `crm.records` from one batch; turned into placeholder values by `core.merge`. Everything is a
plain value: money is `Decimal`, absent text is "".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


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
