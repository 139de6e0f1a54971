"""Deals to send to, many at once: the stages of the portal, and the deals of one with the contact who would sign.

Source: crm.status.list, crm.item.list.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from app.crm.client import CrmClient
from app.crm.people import channels
from app.crm.rows import Row, ident, rows, text

DEAL: Final = 2
CONTACT: Final = 3
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of the board of deals."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deal and who would be asked to sign it; empty where the CRM has nothing."""

    id: str
    title: str
    contact: str = ""
    email: str = ""
    phone: str = ""


def stages(client: CrmClient) -> tuple[Stage, ...]:
    """Return the stages of deals in the portal's order, of all pipelines."""
    asked = {"order": {"ENTITY_ID": "ASC", "SORT": "ASC"}}
    found = client.all_pages("crm.status.list", asked)
    return tuple(
        Stage(text(row, "STATUS_ID"), text(row, "NAME"))
        for row in found
        if text(row, "ENTITY_ID").startswith("DEAL_STAGE") and text(row, "STATUS_ID")
    )


def candidates(
    client: CrmClient, *, stage_id: str, words: str, limit: int
) -> tuple[Candidate, ...]:
    """Return up to `limit` deals of a stage that the caller may see, the oldest first.

    words: only deals with these in their title, "" for all. Two calls for fifty deals.
    """
    filters = {key: value for key, value in (("stageId", stage_id), ("%title", words)) if value}
    asked = {
        "entityTypeId": DEAL,
        "filter": filters,
        "order": {"id": "ASC"},
        "select": ["id", "title", "contactId"],
    }
    deals = list(itertools.islice(client.rows("crm.item.list", asked), limit))
    people: dict[str, Row] = {}
    wanted = list(
        dict.fromkeys(ident(one, "contactId") for one in deals if ident(one, "contactId"))
    )
    for start in range(0, len(wanted), PAGE):
        some = {"@id": wanted[start : start + PAGE]}
        answer = client.call(
            "crm.item.list", {"entityTypeId": CONTACT, "filter": some, "select": ["*"]}
        )
        people |= {ident(row, "id"): row for row in rows(answer, "items")}
    return tuple(_candidate(one, people.get(ident(one, "contactId"), {})) for one in deals)


def _candidate(deal: Row, person: Row) -> Candidate:
    names = (text(person, key) for key in ("name", "lastName"))
    return Candidate(
        id=ident(deal, "id"),
        title=text(deal, "title"),
        contact=" ".join(filter(None, names)),
        email=next(iter(channels(person, "EMAIL")), ""),
        phone=next(iter(channels(person, "PHONE")), ""),
    )
