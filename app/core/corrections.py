"""Corrections: where in the CRM a value belongs that a signer corrected, and what is proposed at all."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.snapshot import CrmSnapshot, Person

CONTACT, COMPANY = 3, 4
_OF_CONTACT = {"position": "post", "first_name": "name", "last_name": "lastName"}
_MULTIPLE = {"phone": "PHONE", "email": "EMAIL"}


@dataclass(frozen=True, slots=True)
class Target:
    """One field of one CRM record, as crm.item.update names it."""

    entity_type_id: int
    entity_id: str
    name: str
    """A field's name, or the kind of a multiple one: PHONE, EMAIL."""

    @property
    def is_multiple(self) -> bool:
        """Whether a record holds several of it, each with an id of its own."""
        return self.name in _MULTIPLE.values()


def is_correction(crm_name: str, before: str, after: str) -> bool:
    """Whether a signer's value says something else than the CRM did. Nothing is proposed to be emptied."""
    same = " ".join(before.split()) == " ".join(after.split())
    return bool(crm_name and after.strip()) and not same


def target(crm_name: str, snapshot: CrmSnapshot, *, contact_id: str) -> Target | None:
    """Return where the value of the placeholder `crm_name` is kept, None where we cannot change it.

    contact_id: the contact who signs, "" when the card did not know them.
    """
    side, _, name = crm_name.partition(".")
    if side == "contact":
        return _of_person(contact_id, name)
    if side == "client":
        return _of_client(snapshot, contact_id, name)
    if side in ("deal", "record"):
        return _of_record(snapshot, name)
    return None


def _of_person(contact_id: str, name: str) -> Target | None:
    field = _MULTIPLE.get(name) or _OF_CONTACT.get(name)
    return Target(CONTACT, contact_id, field) if field and contact_id else None


def _of_client(snapshot: CrmSnapshot, contact_id: str, name: str) -> Target | None:
    """A company's own phone stands before its contact's: the one shown is the one changed."""
    company, field = snapshot.client.company_id, _MULTIPLE.get(name)
    if name == "name" and company:
        return Target(COMPANY, company, "title")
    if field is None:
        return None
    own = snapshot.client.phone if name == "phone" else snapshot.client.email
    is_companys = company and own and own not in _theirs(snapshot.contacts, name)
    return Target(COMPANY, company, field) if is_companys else _of_person(contact_id, name)


def _theirs(people: tuple[Person, ...], name: str) -> set[str]:
    return {
        one for person in people for one in (person.phones if name == "phone" else person.emails)
    }


def _of_record(snapshot: CrmSnapshot, name: str) -> Target | None:
    record = snapshot.record
    group, _, custom = name.partition(".")
    if group == "custom" and custom in record.custom:
        return Target(record.entity_type_id, record.id, custom)
    return Target(record.entity_type_id, record.id, "title") if name == "title" else None
