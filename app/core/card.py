"""A CRM record's card as the wizard's first screen sees it: papers, people, and layouts turned to this card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core import proposal, sources
from app.core.layout import LayoutSpec
from app.core.ours import NOTHING_SETTLED, OurSide
from app.core.proposal import Gap, PortalPaper
from app.core.record import RecordKey
from app.core.snapshot import CrmSnapshot, Person
from app.core.tongue import language_of
from app.errors import BadInput

Plans = tuple[proposal.Plan, proposal.Plan]
GONE = "This document is no longer there. Choose another one."
USUAL = "services_contract"
"""The template that is chosen where nothing else speaks for one."""
TOO_MANY = "An envelope holds up to {limit} documents."


@dataclass(frozen=True, slots=True)
class OurTemplate:
    """A .docx of ours or of the portal, at its current version."""

    id: str
    slug: str
    name: str
    lang: str


@dataclass(frozen=True, slots=True)
class PortalForm:
    """A template of the portal's own generator."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """A layout as it was kept."""

    id: str
    spec: LayoutSpec
    used_at: datetime
    used_on: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A remembered layout turned to this card: its source and people are read here and now."""

    layout: Remembered
    source: sources.Values
    plans: Plans
    gaps: tuple[Gap, ...]
    """What must be asked before it can be sent; empty: two clicks are enough."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the document comes from, as an envelope keeps it, and what people call it."""

    values: sources.Values
    title: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that is known when the sender opens a card."""

    record: RecordKey
    snapshot: CrmSnapshot
    asking_user: str
    colleagues: tuple[Person, ...]
    templates: tuple[OurTemplate, ...]
    papers: tuple[PortalPaper, ...]
    forms: tuple[PortalForm, ...]
    channels: frozenset[str]
    """What the operator set up: "email", "sms"."""
    remembered: tuple[Remembered, ...] = ()
    lead: Person | None = None
    """Whom a lead is about, who need not be a contact yet."""
    lead_company: str = ""
    wanted: str = ""
    """The portal's document under the cursor."""
    settled: OurSide = NOTHING_SETTLED
    """What our company of this record settled about signing."""

    @property
    def may_sign(self) -> tuple[Person, ...]:
        """Who may sign for us, the usual one first."""
        return self.settled.may_sign(self.colleagues)

    def plans(self, layout: LayoutSpec | None = None) -> Plans:
        """Return how ours and theirs are reached, by `layout` or by default."""
        return proposal.plans(
            self.snapshot,
            self.may_sign,
            asking_user=self.asking_user,
            ready=self.channels,
            layout=layout,
            settled=self.settled,
        )


def suggestions(card: Card) -> tuple[Suggestion, ...]:
    """Return the layouts that fit this card, in the client's language and the last used first.

    Under a document, those of its type.
    """
    found = (_turned(card, one) for one in card.remembered)
    spoken = language_of(card.snapshot)
    usable = sorted(
        (one for one in found if one.source), key=lambda one: not speaks(card, one, spoken)
    )
    wanted = wanted_source(card)
    if not wanted:
        return tuple(usable)
    kind = sources.document_type(wanted)
    return tuple(one for one in usable if sources.document_type(one.source) == kind)


def speaks(card: Card, one: Suggestion, lang: str) -> bool:
    """Whether a suggestion's text is in `lang`, as far as we know it; what is not ours may be in any."""
    known = {row.id: row.lang for row in card.templates}
    said = {known.get(part.get("template_id", ""), "") for part in sources.parts(one.source)}
    return not lang or not said - {"", lang}


def suggestion(card: Card, layout_id: str) -> Suggestion | None:
    """Return the one layout turned to this card, or None when it is not among those remembered."""
    known = (one for one in card.remembered if one.id == layout_id)
    return next((_turned(card, one) for one in known), None)


def first_source(card: Card, lang: str) -> dict[str, Any]:
    """Return the document that is chosen when the card opens: the one under the cursor, else that of the last
    layout, else our first template, in `lang` if there is one; {} when there is nothing of ours."""
    wanted = wanted_source(card)
    if wanted:
        return wanted
    offered = [one for one in suggestions(card) if one.source["kind"] != sources.UPLOAD]
    if offered and speaks(card, offered[0], lang):
        return dict(offered[0].source)
    ranked = sorted(
        card.templates, key=lambda one: (one.lang != lang, not one.slug.startswith(USUAL))
    )
    return template_source(ranked[0]) if ranked else {}


def wanted_source(card: Card) -> dict[str, Any]:
    """Return the source of the portal's document under the cursor, {} when there is none."""
    return next((paper_source(one) for one in card.papers if one.id == card.wanted), {})


def template_source(row: OurTemplate) -> dict[str, Any]:
    """Return a template of ours as a source."""
    return {"kind": "template", "template_id": row.id, "slug": row.slug}


def paper_source(paper: PortalPaper) -> dict[str, Any]:
    """Return a document of the portal as a source."""
    return {"kind": "portal_document", "id": paper.id, "template_id": paper.template_id}


def chosen_source(card: Card, kind: str, source_id: str) -> Source:
    """Return what the sender picked; raises BadInput when it is not (or no longer) on this card."""
    values: sources.Values = {}
    if kind == "template":
        values = next((template_source(t) for t in card.templates if t.id == source_id), {})
    elif kind == "portal_document":
        values = next((paper_source(p) for p in card.papers if p.id == source_id), {})
    elif kind == "portal_template" and any(form.id == source_id for form in card.forms):
        values = {"kind": "portal_template", "template_id": source_id}
    return named(card, values)


def named(card: Card, values: sources.Values, fallback: str = "") -> Source:
    """Return the source, of one document or several, by the name people know it by; raises BadInput for {}."""
    found = [_named(card, one, fallback) for one in sources.parts(values)] if values else []
    return together(found)


def together(found: Sequence[Source]) -> Source:
    """Return several documents as one source, named after the first; raises BadInput for none or too many."""
    if not found:
        raise BadInput(GONE, field="source")
    if len(found) > sources.MAX_DOCUMENTS:
        raise BadInput(TOO_MANY, field="more", limit=sources.MAX_DOCUMENTS)
    first, *others = found
    more = [{**one.values, "title": one.title} for one in others]
    return replace(first, values=sources.joined([first.values, *more]))


def _named(card: Card, values: sources.Values, fallback: str) -> Source:
    fallback = values.get("title") or fallback
    if values["kind"] == sources.UPLOAD:
        return Source(values, sources.title_of_upload(values["name"]))
    if values["kind"] == "template":
        row = next(one for one in card.templates if one.id == values["template_id"])
        return Source(values, row.name, row.lang)
    if values["kind"] == "portal_document":
        titles = (one.title for one in card.papers if one.id == values["id"])
        names = (one.name for one in card.forms if one.id == values["template_id"])
        values = {**values, "template_name": next(names, "")}
    else:
        titles = (one.name for one in card.forms if one.id == values["template_id"])
    return Source(values, next(titles, "") or fallback or card.snapshot.record.title)


def _turned(card: Card, one: Remembered) -> Suggestion:
    here = proposal.source_here(one.spec.source, card.papers, wanted=card.wanted)
    source = _at_current_version(card, here)
    plans = card.plans(one.spec)
    return Suggestion(one, source, plans, proposal.gaps(source, plans))


def _at_current_version(card: Card, source: sources.Values) -> dict[str, Any]:
    return sources.turned(source, lambda one: _one_at_current_version(card, one))


def _one_at_current_version(card: Card, source: sources.Values) -> dict[str, Any]:
    if source["kind"] != "template":
        return dict(source)
    # A layout that names no template is like one whose template is gone: it has no document here.
    current = (one for one in card.templates if one.slug == source.get("slug"))
    return next((template_source(one) for one in current), {})


def with_signer(card: Card, user_id: str) -> Card:
    """Return `card` as if `user_id` asked and were the only colleague: an automation rule names its signer."""
    chosen = tuple(one for one in card.colleagues if one.id == user_id)
    return replace(card, colleagues=chosen, asking_user=user_id) if chosen else card
