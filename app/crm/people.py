"""Contacts and employees as `Person`. Source: crm.item.get (fm), user.get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.core.snapshot import Person
from app.crm.client import CrmClient
from app.crm.rows import Row, ident, is_yes, item, rows, text

COLLEAGUES: Final = (
    "user.get",
    {"FILTER": {"ACTIVE": "true", "USER_TYPE": "employee"}, "sort": "LAST_NAME", "order": "ASC"},
)


def contact_person(row: Row, *, is_primary: bool = False) -> Person:
    """Return a contact of the CRM; phones and e-mails in the CRM's order, without repeats."""
    first, last = text(row, "name"), text(row, "lastName")
    return Person(
        id=ident(row, "id"),
        name=" ".join(part for part in (first, last) if part),
        first_name=first,
        last_name=last,
        position=text(row, "post"),
        phones=channels(row, "PHONE"),
        emails=channels(row, "EMAIL"),
        is_primary=is_primary,
    )


def channels(row: Row, kind: str) -> tuple[str, ...]:
    """Return the values of the multifield `kind` (PHONE, EMAIL); () when the portal left `fm` out."""
    found = (text(one, "value") for one in rows(row.get("fm")) if text(one, "typeId") == kind)
    return tuple(dict.fromkeys(value for value in found if value))


def employee(row: Row) -> Person:
    """Return a portal user. E-mail and phone are there with scope user_basic only."""
    first, last = text(row, "NAME"), text(row, "LAST_NAME")
    phones = (text(row, key) for key in ("PERSONAL_MOBILE", "WORK_PHONE"))
    email = text(row, "EMAIL")
    return Person(
        id=ident(row, "ID"),
        name=" ".join(part for part in (first, last) if part) or email,
        first_name=first,
        last_name=last,
        position=text(row, "WORK_POSITION"),
        phones=tuple(dict.fromkeys(phone for phone in phones if phone)),
        emails=(email,) if email else (),
    )


def own_name(client: CrmClient) -> str:
    """Return the name of the person whose rights the client has."""
    return employee(item(client.call("user.current"))).name


def colleagues(result: object) -> tuple[Person, ...]:
    """Return the active employees with an e-mail address out of a user.get answer."""
    people = (employee(row) for row in rows(result) if is_yes(row, "ACTIVE"))
    return tuple(person for person in people if person.id and person.emails)


def search_colleagues(client: CrmClient, words: str) -> tuple[Person, ...]:
    """Return up to 50 active employees whose name or address matches `words`. One call."""
    filters: Mapping[str, Any] = {"NAME_SEARCH": words, "ACTIVE": True, "USER_TYPE": "employee"}
    return colleagues(client.call("user.get", {"FILTER": filters}))


def colleague(client: CrmClient, user_id: str) -> Person | None:
    """Return one active employee, None when they have left the portal. One call."""
    return next(iter(colleagues(client.call("user.get", {"FILTER": {"ID": user_id}}))), None)
