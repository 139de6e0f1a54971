"""Values of the pretend CRM: people, companies, deals, requisites.

Plain mutable dataclasses; whoever reads or writes them holds `State.lock`.
Times are aware UTC, money is `Decimal`, ids are integers
(REST turns them into strings where PHP does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

LEAD, DEAL, CONTACT, COMPANY, ACTIVITY, QUOTE, REQUISITE, INVOICE = 1, 2, 3, 4, 6, 7, 8, 31


@dataclass(slots=True)
class User:
    """One employee. `lang` is a Bitrix24 language code; `can_edit_templates` is a docgen right.

    `crm_access`: may see the CRM at all; `own_only`: only records they are responsible for.
    """

    id: int
    name: str
    last_name: str
    email: str
    phone: str
    position: str = ""
    is_admin: bool = False
    active: bool = True
    can_edit_templates: bool = False
    crm_access: bool = True
    own_only: bool = False
    lang: str = "fr"

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


@dataclass(slots=True)
class Multifield:
    """One phone, e-mail or web address. type_id: PHONE, EMAIL, WEB, IM."""

    id: int
    type_id: str
    value: str
    value_type: str = "WORK"


@dataclass(slots=True)
class Contact:
    id: int
    name: str
    last_name: str
    fm: list[Multifield] = field(default_factory=list)
    company_id: int = 0
    post: str = ""
    honorific: str = ""
    lang: str = "fr"
    assigned_by_id: int = 1
    created: datetime | None = None
    updated: datetime | None = None
    uf: dict[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()

    def first(self, type_id: str) -> str:
        """Return the first PHONE or EMAIL, empty when there is none."""
        return next((m.value for m in self.fm if m.type_id == type_id), "")


@dataclass(slots=True)
class Company:
    """A client company, or one of ours (`is_my_company`). File fields hold ids of `State.files`."""

    id: int
    title: str
    fm: list[Multifield] = field(default_factory=list)
    is_my_company: bool = False
    assigned_by_id: int = 1
    created: datetime | None = None
    updated: datetime | None = None
    logo_file_id: int = 0
    stamp_file_id: int = 0
    director_sign_file_id: int = 0
    uf: dict[str, Any] = field(default_factory=dict)

    def first(self, type_id: str) -> str:
        """Return the first PHONE or EMAIL, empty when there is none."""
        return next((m.value for m in self.fm if m.type_id == type_id), "")


@dataclass(slots=True)
class Stage:
    """One column of the board. semantics: "" in work, S won, F lost (as STATUS SEMANTICS)."""

    id: str
    name: str
    sort: int
    color: str
    semantics: str = ""


@dataclass(slots=True)
class ProductRow:
    """One line of an order. price: final unit price, tax included when `tax_included`."""

    id: int
    owner_type: str
    owner_id: int
    product_name: str
    price: Decimal
    quantity: Decimal
    tax_rate: Decimal = Decimal(20)
    tax_included: bool = False
    measure_name: str = "pièce"
    measure_code: int = 796
    discount_rate: Decimal = Decimal(0)
    sort: int = 10

    @property
    def price_exclusive(self) -> Decimal:
        if not self.tax_included:
            return self.price
        return (self.price / (1 + self.tax_rate / 100)).quantize(Decimal("0.01"))

    @property
    def price_brutto(self) -> Decimal:
        """Unit price with tax."""
        if self.tax_included:
            return self.price
        return (self.price * (1 + self.tax_rate / 100)).quantize(Decimal("0.01"))

    @property
    def total(self) -> Decimal:
        """Line total, tax included."""
        return (self.price_brutto * self.quantity).quantize(Decimal("0.01"))


@dataclass(slots=True)
class Deal:
    id: int
    title: str
    stage_id: str
    company_id: int = 0
    contact_ids: list[int] = field(default_factory=list)
    opportunity: Decimal = Decimal(0)
    currency_id: str = "EUR"
    category_id: int = 0
    assigned_by_id: int = 1
    comments: str = ""
    begin: datetime | None = None
    close: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None
    moved: datetime | None = None
    moved_by: int = 1
    uf: dict[str, Any] = field(default_factory=dict)

    @property
    def contact_id(self) -> int:
        return self.contact_ids[0] if self.contact_ids else 0


@dataclass(slots=True)
class SmartType:
    """A smart process: a kind of record that the portal's administrator made up."""

    id: int
    entity_type_id: int
    title: str
    created: datetime | None = None


@dataclass(slots=True)
class Item:
    """A lead (1), quote (7), smart invoice (31) or smart-process item; the rest in `fields`."""

    id: int
    entity_type_id: int
    title: str
    stage_id: str = "NEW"
    company_id: int = 0
    contact_ids: list[int] = field(default_factory=list)
    opportunity: Decimal = Decimal(0)
    currency_id: str = "EUR"
    my_company_id: int = 0
    assigned_by_id: int = 1
    created: datetime | None = None
    updated: datetime | None = None
    fm: list[Multifield] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Requisite:
    """Legal details. entity_type_id 3 or 4; `rq` maps RQ_* names to texts."""

    id: int
    entity_type_id: int
    entity_id: int
    preset_id: int
    name: str
    rq: dict[str, str] = field(default_factory=dict)
    sort: int = 500
    active: bool = True
    created: datetime | None = None


@dataclass(slots=True)
class BankDetail:
    """entity_id is the requisite's id (ENTITY_TYPE_ID 8)."""

    id: int
    entity_id: int
    name: str
    rq: dict[str, str] = field(default_factory=dict)
    country_id: int = 132
    currency_id: str = "EUR"
    sort: int = 500
    active: bool = True


@dataclass(slots=True)
class Address:
    """entity_id is the requisite's id. type_id: 1 physical, 4, 6 legal, 8, 9, 11."""

    type_id: int
    entity_id: int
    address_1: str
    postal_code: str
    city: str
    country: str
    country_code: str
    address_2: str = ""
    region: str = ""
    province: str = ""
    entity_type_id: int = REQUISITE
    anchor_type_id: int = COMPANY
    anchor_id: int = 0


@dataclass(slots=True)
class RequisiteLink:
    """Which requisites a deal (or quote, invoice) uses; 0 = not chosen. mc_ = my company."""

    entity_type_id: int
    entity_id: int
    requisite_id: int = 0
    bank_detail_id: int = 0
    mc_requisite_id: int = 0
    mc_bank_detail_id: int = 0
