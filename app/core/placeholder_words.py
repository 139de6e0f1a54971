"""Placeholders as people call them: "client.email" is "Client: e-mail"."""

from __future__ import annotations

from collections.abc import Callable

HEADS = {
    "deal": "CRM record",
    "record": "CRM record",
    "us": "Your company",
    "client": "Client",
    "contact": "Contact",
    "contacts": "Contacts",
    "responsible": "Responsible colleague",
    "products": "Product rows",
    "totals": "Totals",
}
"""First part of a placeholder's name; msgids."""
MIDDLES = {"address": "address", "bank": "bank", "taxes": "taxes", "custom": "", "fields": ""}
WORDS = {
    "name": "name",
    "full_name": "full name",
    "registration": "registration number",
    "vat_id": "VAT number",
    "director": "director",
    "phone": "phone",
    "email": "e-mail",
    "address": "address",
    "street": "street",
    "street2": "second line",
    "postal_code": "postal code",
    "city": "town",
    "region": "region",
    "country": "country",
    "line": "on one line",
    "lines": "in lines",
    "account": "account number",
    "iban": "IBAN",
    "swift": "BIC (SWIFT)",
    "bik": "BIK",
    "correspondent": "correspondent account",
    "first_name": "first name",
    "last_name": "last name",
    "position": "position",
    "title": "title",
    "amount": "amount",
    "currency": "currency",
    "id": "number in the CRM",
    "number": "number",
    "quantity": "quantity",
    "unit": "unit",
    "price": "price",
    "tax_rate": "tax rate",
    "net": "net",
    "tax": "tax",
    "total": "total",
    "gross": "total with tax",
    "rate": "rate",
    "today": "today’s date",
}
"""Last part; msgids."""


def spoken(name: str, say: Callable[[str], str]) -> str:
    """Return what `name` ("client.bank.iban") is called, in the language of `say`: "Client: bank, IBAN".

    Parts that are the portal's own (custom fields) keep their name.
    """
    first, *others = name.replace("[]", "").split(".")
    if not others:
        head = WORDS.get(first)
        return (
            _capital(say(head)) if head else _capital(say(HEADS[first])) if first in HEADS else name
        )
    words = [say(MIDDLES[part]) if MIDDLES[part] else "" for part in others[:-1] if part in MIDDLES]
    last = say(WORDS[others[-1]]) if others[-1] in WORDS else others[-1]
    said = ", ".join(one for one in (*words, last) if one)
    if first not in HEADS:
        return name
    return say("{group}: {name}").format(group=say(HEADS[first]), name=said)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
