"""From a CRM snapshot to the plain values a Word template may name, and which of them are empty.

Names are the template author's vocabulary: deal, us, client, contact, products, totals... Values are text,
Decimal, date, lists and dicts only. Amounts and dates get their form in the template's filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from app.core.snapshot import Address, Bank, CrmSnapshot, Party, Person, ProductRow, Record

Values = dict[str, object]
_CENT = Decimal("0.01")
_CITY_FIRST_REGION = frozenset({"US", "USA", "UNITED STATES", "CANADA", "AUSTRALIA"})
_POSTCODE_LAST = frozenset({"GB", "UK", "UNITED KINGDOM", "GREAT BRITAIN", "IRELAND"})


def merge_values(snapshot: CrmSnapshot, *, number: str = "", today: date | None = None) -> Values:
    """Return every value a template may name, by name.

    number: the document's own number. today: the date written in the text, else the snapshot's day (UTC).
    """
    primary = primary_contact(snapshot.contacts)
    rows = [_row(index, row) for index, row in enumerate(snapshot.products, 1)]
    abroad = _differ(snapshot.us.address.country, snapshot.client.address.country)
    record = _record(snapshot.record)
    return {
        "number": number or snapshot.record.id,
        "today": today or snapshot.taken_at.astimezone(UTC).date(),
        "currency": snapshot.record.currency,
        "deal": record,
        "record": record,
        "us": _party(snapshot.us, None, show_country=abroad),
        "client": _party(snapshot.client, primary, show_country=abroad),
        "contact": _person(primary),
        "contacts": [_person(person) for person in snapshot.contacts],
        "responsible": _person(snapshot.responsible),
        "products": rows,
        "totals": _totals(snapshot),
    }


def blank_values() -> Values:
    """Return every name a template may use, with empty values: what an upload is checked against."""
    nothing = Decimal(0)
    snapshot = CrmSnapshot(
        taken_at=datetime(2000, 1, 1, tzinfo=UTC),
        record=Record(entity_type_id=2, id="", title=""),
        us=Party(),
        client=Party(),
        contacts=(Person(id="", name=""),),
        products=(ProductRow("", nothing, "", nothing, nothing, nothing),),
    )
    return merge_values(snapshot)


def missing_values(values: Mapping[str, object], placeholders: Iterable[str]) -> list[str]:
    """Return the names among `placeholders` ("client.bank.iban", "products[].name") that are empty.

    A bank account has one number, in one of two forms: the other form is not missed.
    """
    missing = [
        path
        for path in dict.fromkeys(placeholders)
        if _is_empty_at(values, path.split(".")) and not _is_said_otherwise(path, values)
    ]
    return [path.replace("[]", "") for path in missing]


def _is_said_otherwise(path: str, values: Mapping[str, object]) -> bool:
    head, _, last = path.rpartition(".")
    other = {"account": "iban", "iban": "account"}.get(last)
    return other is not None and not _is_empty_at(values, f"{head}.{other}".split("."))


def primary_contact(contacts: Iterable[Person]) -> Person | None:
    """Return the contact marked primary, else the first, else None."""
    people = list(contacts)
    return next((person for person in people if person.is_primary), people[0] if people else None)


def address_lines(address: Address, *, show_country: bool) -> list[str]:
    """Return the lines of `address` in the order of its country; empty lines are left out."""
    country = address.country.strip().upper()
    if country in _CITY_FIRST_REGION:
        town = ", ".join(
            p for p in (address.city, f"{address.region} {address.postal_code}".strip()) if p
        )
        lines = [address.street, address.street2, town]
    elif country in _POSTCODE_LAST:
        lines = [address.street, address.street2, address.city, address.region, address.postal_code]
    else:
        lines = [address.street, address.street2, f"{address.postal_code} {address.city}"]
    if show_country:
        lines.append(address.country)
    return [line.strip() for line in lines if line.strip()]


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one.strip().casefold() != other.strip().casefold()


def _record(record: Record) -> Values:
    return {
        "id": record.id,
        "title": record.title,
        "amount": record.amount,
        "currency": record.currency,
        "custom": dict(record.custom),
    }


def _party(party: Party, person: Person | None, *, show_country: bool) -> Values:
    fallback = person or Person(id="", name="")
    return {
        "name": party.name or party.full_name or fallback.name,
        "full_name": party.full_name or party.name or fallback.name,
        "registration": party.registration,
        "vat_id": party.vat_id,
        "director": party.director or fallback.name,
        "phone": party.phone or _first(fallback.phones),
        "email": party.email or _first(fallback.emails),
        "address": _address(party.address, show_country=show_country),
        "bank": _bank(party.bank),
        "fields": dict(party.fields),
    }


def _address(address: Address, *, show_country: bool) -> Values:
    lines = address_lines(address, show_country=show_country)
    return {
        "street": address.street,
        "street2": address.street2,
        "postal_code": address.postal_code,
        "city": address.city,
        "region": address.region,
        "country": address.country,
        "lines": lines,
        "line": ", ".join(lines),
    }


def _bank(bank: Bank) -> Values:
    return {
        "name": bank.name,
        "account": bank.account,
        "iban": bank.iban,
        "swift": bank.swift,
        "bik": bank.bik,
        "correspondent": bank.correspondent,
    }


def _person(person: Person | None) -> Values:
    known = person or Person(id="", name="")
    return {
        "name": known.name,
        "first_name": known.first_name,
        "last_name": known.last_name,
        "position": known.position,
        "phone": _first(known.phones),
        "email": _first(known.emails),
    }


def _first(many: tuple[str, ...]) -> str:
    return many[0] if many else ""


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _net(row: ProductRow) -> Decimal:
    return _cents(row.quantity * row.price)


def _row(index: int, row: ProductRow) -> Values:
    return {
        "number": index,
        "name": row.name,
        "quantity": row.quantity,
        "unit": row.unit,
        "price": row.price,
        "tax_rate": row.tax_rate,
        "net": _net(row),
        "tax": _cents(row.total) - _net(row),
        "total": _cents(row.total),
    }


def _totals(snapshot: CrmSnapshot) -> Values:
    """Without product rows the record's amount is the gross total."""
    rows = snapshot.products
    gross = sum((_cents(row.total) for row in rows), Decimal(0)) if rows else snapshot.record.amount
    net = sum((_net(row) for row in rows), Decimal(0)) if rows else gross
    rates = sorted({row.tax_rate for row in rows if row.tax_rate})
    return {
        "net": net,
        "tax": gross - net,
        "gross": gross,
        "quantity": sum((row.quantity for row in rows), Decimal(0)),
        "taxes": [_tax(rate, rows) for rate in rates]
        or [{"rate": Decimal(0), "amount": Decimal(0)}],
    }


def _tax(rate: Decimal, rows: Iterable[ProductRow]) -> Values:
    amount = sum((_cents(r.total) - _net(r) for r in rows if r.tax_rate == rate), Decimal(0))
    return {"rate": rate, "amount": amount}


def _is_empty_at(value: object, parts: list[str]) -> bool:
    if not parts:
        return value is None or value == "" or value == [] or value == {}
    name, many = parts[0].removesuffix("[]"), parts[0].endswith("[]")
    if isinstance(value, list) and name.isdigit():
        inner = value[int(name)] if int(name) < len(value) else None
        return _is_empty_at(inner, parts[1:])
    inner = value.get(name) if isinstance(value, Mapping) else None
    if many:
        items = inner if isinstance(inner, list) else []
        return not items or any(_is_empty_at(item, parts[1:]) for item in items)
    return _is_empty_at(inner, parts[1:])
