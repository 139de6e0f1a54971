"""Who signs for the client when nobody sits before the form: the main contact, all of them, or one by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.core import draft
from app.core.card import Card
from app.core.draft import Chosen
from app.core.fields import Field, FieldKind
from app.core.proposal import THEIRS, channel_for, with_signer_first
from app.core.record import ENTITY_TYPES
from app.core.rule import Wishes
from app.core.snapshot import CrmSnapshot, Party, Person
from app.errors import BadInput

MOST: Final = 4
"""Contacts who sign one envelope: so many share the place that the document has for the client."""
GAP: Final = 0.01
"""Page fraction between two who share a place."""
NOBODY: Final = (
    "No contact of this record has “{position}” in their position. "
    "Add it to a contact, or change the rule."
)
TOO_MANY: Final = (
    "This record has {count} contacts, and at most {limit} can sign together. "
    "Let the rule ask the main contact instead."
)


def with_client(card: Card, wishes: Wishes) -> Card:
    """Return `card` with the contact who signs in front.

    A lead without contacts is signed by the person it is about. Raises BadInput when nobody has the position.
    """
    found = _with_lead(card)
    if wishes.client != "position" or not wishes.client_position:
        return replace(card, snapshot=found)
    wanted = wishes.client_position.casefold()
    fits = (one for one in found.contacts if wanted in one.position.casefold())
    chosen = next(fits, None)
    if chosen is None:
        raise BadInput(NOBODY, field="contact", position=wishes.client_position)
    return replace(card, snapshot=with_signer_first(found, chosen.id))


def everyone(card: Card, people: list[Chosen], wishes: Wishes) -> list[Chosen]:
    """Return `people` and, if the rule asks all contacts, the others of the card beside the first one.

    Raises BadInput for a contact without an address, and for more of them than find room.
    """
    first = next((one for one in people if one.plan.key == THEIRS), None)
    if wishes.client != "all" or first is None:
        return people
    known = first.plan.person.id if first.plan.person else ""
    others = [one for one in card.snapshot.contacts if one.id != known]
    if len(others) >= MOST:
        raise BadInput(TOO_MANY, field="contact", count=len(others) + 1, limit=MOST)
    return [*people, *(_beside(card, first, one, n) for n, one in enumerate(others, start=2))]


def shared(fields: Sequence[tuple[Field, str]], roles: Sequence[str]) -> list[tuple[Field, str]]:
    """Return a document's fields, the client's place to sign shared by those of `roles` who have none there.

    fields: each with its question. Two lie side by side, three or four in two rows, within the place there was.
    """
    have = {one.role for one, _ in fields if one.kind is FieldKind.SIGNATURE}
    without = sorted(one for one in roles if one.startswith(THEIRS) and one not in have)
    found: list[tuple[Field, str]] = []
    for one, question in fields:
        if one.kind is FieldKind.SIGNATURE and one.role == THEIRS and without:
            found += [(part, question) for part in _parts(one, [THEIRS, *without])]
        else:
            found.append((one, question))
    return found


def _with_lead(card: Card) -> CrmSnapshot:
    found, person = card.snapshot, card.lead
    if found.contacts or person is None or found.record.entity_type_id != ENTITY_TYPES["LEAD"]:
        return found
    company = card.lead_company or person.name
    client = found.client if found.client.name else _party(company, person)
    return replace(found, contacts=(replace(person, is_primary=True),), client=client)


def _party(name: str, person: Person) -> Party:
    return Party(
        name=name,
        full_name=name,
        phone=next(iter(person.phones), ""),
        email=next(iter(person.emails), ""),
    )


def _beside(card: Card, first: Chosen, person: Person, number: int) -> Chosen:
    channel = channel_for(person, first.plan.channel, card.channels)
    plan = replace(first.plan, key=f"{THEIRS}{number}", person=person, channel=channel)
    return draft.chosen(plan, card.snapshot)


def _parts(place: Field, roles: Sequence[str]) -> list[Field]:
    rows = 1 if len(roles) <= 2 else 2
    across = -(-len(roles) // rows)
    w, h = place.w / across, place.h / rows
    gap = min(GAP, w / 10)
    return [
        replace(
            place,
            key=place.key if role == THEIRS else f"{place.key[:60]}-{role}",
            role=role,
            x=place.x + w * (n % across),
            y=place.y + h * (n // across),
            w=w - gap,
            h=h,
        )
        for n, role in enumerate(roles)
    ]
