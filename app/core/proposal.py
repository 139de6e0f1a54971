"""What the sender is offered before they choose anything, and what is still missing.

The wizard starts with what is known: the layout used last, the contact of the card, the colleague who
signs. Rules only; the data comes from a snapshot and from what the portal lists beside it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.core import sources
from app.core.layout import LayoutSpec, role_of
from app.core.ours import NOTHING_SETTLED, OurSide
from app.core.snapshot import CrmSnapshot, Person

OURS, THEIRS = "us", "client"
ROLE_KEYS = (OURS, THEIRS)
CHANNELS = ("email", "sms", "link")


class Gap(StrEnum):
    """What keeps an envelope from being sent. The value is the input where it is asked."""

    DOCUMENT = "source"
    OUR_SIGNER = "our_user"
    CONTACT = "contact"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Plan:
    """How one role is going to be reached, with its person as the card knows them now."""

    key: str
    order: int
    person: Person | None
    channel: str
    needs_code: bool


@dataclass(frozen=True, slots=True)
class PortalPaper:
    """A document the portal's generator made for this record."""

    id: str
    template_id: str
    title: str = ""
    number: str = ""
    created: str = ""
    """ISO time; sorts."""


def source_here(
    source: sources.Values, papers: Sequence[PortalPaper], *, wanted: str = ""
) -> dict[str, Any]:
    """Return `source` of another card turned into a source on this one; {} when a document has nothing here.

    A portal document is never taken from another record: the one under the cursor (`wanted`) is used if it
    is of the same type, else the newest of that type here, else one is generated from the same template.
    """
    return sources.turned(source, lambda one: _one_here(one, papers, wanted=wanted))


def _one_here(
    source: sources.Values, papers: Sequence[PortalPaper], *, wanted: str
) -> dict[str, Any]:
    if source["kind"] in ("template", sources.UPLOAD):
        return dict(source)
    template_id = source.get("template_id", "")
    if source["kind"] == "portal_template":
        # The envelope it comes from also keeps which document was generated: that one is another record's.
        return _titled(source, {"kind": "portal_template", "template_id": template_id})
    same = [paper for paper in papers if template_id and paper.template_id == template_id]
    chosen = next((paper for paper in same if paper.id == wanted), None)
    if chosen is None and same:
        chosen = max(same, key=lambda paper: (paper.created, int(paper.id or 0)))
    if chosen:
        here = {"kind": "portal_document", "id": chosen.id, "template_id": template_id}
        return _titled(source, here)
    if not template_id:
        return {}
    return _titled(source, {"kind": "portal_template", "template_id": template_id})


def _titled(source: sources.Values, here: dict[str, Any]) -> dict[str, Any]:
    """A document that is not the first keeps the name people know it by."""
    return {**here, "title": source["title"]} if source.get("title") else here


def our_signer(
    colleagues: Sequence[Person],
    *,
    layout_user: str = "",
    director: str = "",
    asking_user: str = "",
) -> Person | None:
    """Return who signs for us: by layout, else the director the requisites name, else who asks."""
    by_id = {person.id: person for person in colleagues}
    chosen = by_id.get(layout_user) or next(
        (person for person in colleagues if is_named(person.name, director)), None
    )
    return chosen or by_id.get(asking_user) or next(iter(colleagues), None)


def contact_to_sign(contacts: Sequence[Person], wanted: str = "") -> Person | None:
    """Return the contact `wanted`, else the primary one, else the first, else None."""
    ranked = sorted(contacts, key=lambda p: (p.id != wanted, not p.is_primary))
    return ranked[0] if ranked else None


def channel_for(person: Person | None, wish: str, ready: Collection[str]) -> str:
    """Return how `person` is reached: as wished if that works, else by what is known; "" when by nothing.

    ready: the channels that the operator set up ("email", "sms"); a link by hand always works.
    """
    if wish == "link":
        return "link"
    known = {"email": bool(person and person.emails), "sms": bool(person and person.phones)}
    usable = [name for name in ("email", "sms") if known[name] and name in ready]
    if wish in usable:
        return wish
    return usable[0] if usable else ""


def plans(
    snapshot: CrmSnapshot,
    colleagues: Sequence[Person],
    *,
    asking_user: str,
    ready: Collection[str],
    layout: LayoutSpec | None = None,
    settled: OurSide = NOTHING_SETTLED,
) -> tuple[Plan, Plan]:
    """Return how ours and theirs are reached: by `layout`, else by what our company settled, else by default.

    colleagues: who may sign for us, the usual one first. By default we sign first, and a code is asked of them.
    """
    ours, theirs = (role_of(layout, key) if layout else None for key in ROLE_KEYS)
    signer = our_signer(
        colleagues,
        layout_user=ours.portal_user_id if ours else "",
        director="" if settled.signers else snapshot.us.director,
        asking_user="" if settled.signers else asking_user,
    )
    contact = contact_to_sign(snapshot.contacts)
    our_channel = channel_for(signer, ours.channel if ours else "email", ready) or "link"
    their_channel = channel_for(
        contact, theirs.channel if theirs else settled.channel or "email", ready
    )
    ours_at = 2 if settled.first == THEIRS else 1
    wants_code = theirs.needs_code if theirs else True
    return (
        Plan(
            OURS,
            ours.order if ours else ours_at,
            signer,
            our_channel,
            bool(ours and ours.needs_code),
        ),
        Plan(THEIRS, theirs.order if theirs else 3 - ours_at, contact, their_channel, wants_code),
    )


def gaps(source: sources.Values, people: Sequence[Plan]) -> tuple[Gap, ...]:
    """Return what must be asked before this can be sent, in the order it is asked."""
    found = [] if source else [Gap.DOCUMENT]
    for plan in people:
        if plan.person is None:
            found.append(Gap.OUR_SIGNER if plan.key == OURS else Gap.CONTACT)
        elif not plan.channel:
            found.append(Gap.ADDRESS)
    return tuple(found)


def with_signer_first(snapshot: CrmSnapshot, contact_id: str) -> CrmSnapshot:
    """Return `snapshot` with `contact_id` as the primary contact: the text names who signs it."""
    if not any(person.id == contact_id for person in snapshot.contacts):
        return snapshot
    marked = (replace(p, is_primary=p.id == contact_id) for p in snapshot.contacts)
    ordered = sorted(marked, key=lambda person: not person.is_primary)
    return replace(snapshot, contacts=tuple(ordered))


def is_named(name: str, text: str) -> bool:
    """Whether `text` ("Mme MOREL Claire, gérante") names the person called `name` ("Claire Morel")."""
    words = _words(name)
    return len(words) > 1 and words <= _words(text)


def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return frozenset(letters.split())
