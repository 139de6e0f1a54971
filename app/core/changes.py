"""What changed in the CRM since a document was filled: the same record, read twice."""

from __future__ import annotations

from dataclasses import replace

from app.core.snapshot import CrmSnapshot, Party, Person

AMOUNT, PRODUCTS, REQUISITES, CONTACT = "amount", "products", "requisites", "contact"


def changes(before: CrmSnapshot, now: CrmSnapshot) -> tuple[str, ...]:
    """Return what differs, of amount, products, requisites (ours or theirs) and contact, in this order.

    A snapshot puts the signing contact first; it is compared with the same person as the CRM knows them now.
    """
    money = (before.record.amount, before.record.currency)
    found = {
        AMOUNT: money != (now.record.amount, now.record.currency),
        PRODUCTS: before.products != now.products,
        REQUISITES: _sides(before) != _sides(now),
        CONTACT: _has_changed(before, now),
    }
    return tuple(name for name, differs in found.items() if differs)


def _sides(one: CrmSnapshot) -> tuple[Party, Party]:
    """How a company is reached is not what a contract says of it."""
    return replace(one.us, phone="", email=""), replace(one.client, phone="", email="")


def _has_changed(before: CrmSnapshot, now: CrmSnapshot) -> bool:
    if not before.contacts:
        return False
    signer = before.contacts[0]
    same = next((one for one in now.contacts if one.id == signer.id), None)
    return same is None or _known(signer) != _known(same)


def _known(person: Person) -> tuple[object, ...]:
    return person.name, person.position, person.emails, person.phones
