"""Requisites, addresses and bank details as a `Party`. Source: api-reference/crm/requisites.

Every row is checked for its owner first: a reference that led nowhere in the batch may have left a list
unfiltered, and the wrong company must not get into a contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.snapshot import Address, Bank, Party
from app.crm.people import channels
from app.crm.rows import Row, first_text, ident, is_yes, text

CONTACT: Final = 3
COMPANY: Final = 4
REQUISITE: Final = 8

_ADDRESS_ORDER: Final = ("6", "4", "1", "9", "8", "11")
"""Legal, registered, physical, beneficiary, mailing, shipping: what a contract names comes first."""

_REGISTRATIONS: Final = (
    "RQ_SIRET", "RQ_SIREN", "RQ_OGRN", "RQ_OGRNIP", "RQ_EDRPOU", "RQ_BIN", "RQ_IIN", "RQ_KRS", "RQ_REGON",
    "RQ_CNPJ", "RQ_COMPANY_ID", "RQ_RCS", "RQ_INN",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose requisites are meant: a company (4) or a contact (3), with the CRM item's row."""

    type_id: int
    row: Row

    @property
    def id(self) -> str:
        return ident(self.row, "id")


@dataclass(frozen=True, slots=True)
class Details:
    """Candidates for one side, as the batch brought them, unchecked."""

    requisites: Sequence[Row] = ()
    addresses: Sequence[Row] = ()
    banks: Sequence[Row] = field(default_factory=tuple)


def party(owner: Owner, details: Details, *, requisite_id: str = "", bank_id: str = "") -> Party:
    """Return the legal side of `owner`.

    requisite_id, bank_id: what the record's link names, used when they are really the owner's; else the first
    active requisite by SORT and its first bank account.
    """
    requisite = _requisite(owner, details.requisites, requisite_id)
    found = ident(requisite, "ID")
    name = _name(owner, requisite)
    return Party(
        company_id=owner.id if owner.type_id == COMPANY else "",
        requisite_id=found,
        name=name,
        full_name=first_text(requisite, "RQ_COMPANY_FULL_NAME", "RQ_COMPANY_NAME", "RQ_NAME")
        or name,
        registration=first_text(requisite, *_REGISTRATIONS),
        vat_id=text(requisite, "RQ_VAT_ID"),
        director=first_text(requisite, "RQ_DIRECTOR", "RQ_CEO_NAME", "RQ_CONTACT"),
        phone=text(requisite, "RQ_PHONE") or next(iter(channels(owner.row, "PHONE")), ""),
        email=text(requisite, "RQ_EMAIL") or next(iter(channels(owner.row, "EMAIL")), ""),
        address=_address(details.addresses, found),
        bank=_bank(details.banks, found, bank_id),
        fields=_fields(requisite),
    )


def owned(requisites: Iterable[Row], owner: Owner) -> list[Row]:
    """Return the requisites that are really the owner's, each once, active ones first, by SORT."""
    mine: dict[str, Row] = {}
    for row in requisites:
        is_his = (
            text(row, "ENTITY_TYPE_ID") == str(owner.type_id)
            and ident(row, "ENTITY_ID") == owner.id
        )
        if owner.id and is_his and ident(row, "ID"):
            mine.setdefault(ident(row, "ID"), row)
    return sorted(mine.values(), key=lambda row: (not _is_active(row), _sort(row)))


def _requisite(owner: Owner, requisites: Iterable[Row], wanted: str) -> Row:
    mine = owned(requisites, owner)
    named = (row for row in mine if wanted and ident(row, "ID") == wanted)
    return next(named, mine[0] if mine else {})


def _name(owner: Owner, requisite: Row) -> str:
    title = text(owner.row, "title")
    if owner.type_id == CONTACT:
        title = " ".join(
            part for part in (text(owner.row, "name"), text(owner.row, "lastName")) if part
        )
    return first_text(requisite, "RQ_COMPANY_NAME", "RQ_NAME") or title


def _address(addresses: Iterable[Row], requisite_id: str) -> Address:
    mine = [
        row
        for row in addresses
        if requisite_id
        and text(row, "ENTITY_TYPE_ID") == str(REQUISITE)
        and ident(row, "ENTITY_ID") == requisite_id
    ]
    mine.sort(key=lambda row: _rank(text(row, "TYPE_ID")))
    row = mine[0] if mine else {}
    return Address(
        street=text(row, "ADDRESS_1"),
        street2=text(row, "ADDRESS_2"),
        postal_code=text(row, "POSTAL_CODE"),
        city=text(row, "CITY"),
        region=first_text(row, "REGION", "PROVINCE"),
        country=text(row, "COUNTRY"),
    )


def _rank(type_id: str) -> int:
    return _ADDRESS_ORDER.index(type_id) if type_id in _ADDRESS_ORDER else len(_ADDRESS_ORDER)


def _bank(banks: Iterable[Row], requisite_id: str, wanted: str) -> Bank:
    mine = [row for row in banks if requisite_id and ident(row, "ENTITY_ID") == requisite_id]
    mine.sort(key=lambda row: (ident(row, "ID") != wanted, not _is_active(row), _sort(row)))
    row = mine[0] if mine else {}
    return Bank(
        name=text(row, "RQ_BANK_NAME"),
        account=first_text(row, "RQ_ACC_NUM", "RQ_IIK"),
        iban=text(row, "RQ_IBAN"),
        swift=first_text(row, "RQ_SWIFT", "RQ_BIC"),
        bik=text(row, "RQ_BIK"),
        correspondent=text(row, "RQ_COR_ACC_NUM"),
    )


def _fields(requisite: Row) -> dict[str, str]:
    """Every filled RQ_ field by its lower-case name: which ones make sense depends on the country."""
    named = {key[3:].lower(): text(requisite, key) for key in requisite if key.startswith("RQ_")}
    return {key: value for key, value in named.items() if value}


def _is_active(row: Row) -> bool:
    return is_yes(row, "ACTIVE") or "ACTIVE" not in row


def _sort(row: Row) -> tuple[int, int]:
    sort, own = text(row, "SORT"), ident(row, "ID")
    return (int(sort) if sort.isdigit() else 500, int(own or 0))
