"""What the sender's form says, and the rules that turn it into people and a source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.core.card import Source
from app.core.proposal import CHANNELS, OURS, THEIRS, Plan
from app.core.record import RecordKey
from app.core.snapshot import CrmSnapshot, Person
from app.core.sources import UploadedFile
from app.core.tongue import language_of
from app.core.zones import zone_of_country
from app.errors import BadInput

MAX_MESSAGE = 2_000
_MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")


@dataclass(frozen=True, slots=True)
class DraftForm:
    """The sender's choices, as typed. `key` is made by the page: the same key makes one draft."""

    key: str
    source_kind: str = ""
    source_id: str = ""
    """For an upload its digest, found in `uploads`."""
    more: tuple[tuple[str, str], ...] = ()
    """Kind and id of each further document of the envelope, in their order."""
    uploads: Mapping[str, UploadedFile] = field(default_factory=dict)
    """The files the sender brought, by digest."""
    our_user: str = ""
    contact: str = ""
    name: str = ""
    """Typed when the card has no contact."""
    email: str | None = None
    phone: str | None = None
    """Typed when the contact has none, or in place of what the card has. "": cleared; None: as on the card."""
    channel: str = ""
    needs_code: bool = True
    first: str = OURS
    message: str = ""
    layout_id: str = ""
    at_once: bool = False
    """"Use this layout": everything by the layout and the card, and it is sent without a look."""
    activity_id: str = ""
    replaces: str = ""
    """The draft that this one takes the place of, after "Back"."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Someone on the envelope-to-be."""

    plan: Plan
    name: str
    email: str
    phone: str
    company: str
    position: str = ""
    lang: str = ""
    """What they speak, "" when the CRM does not tell."""
    zone: str = ""
    """Their time zone (IANA), "" when their country tells none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An envelope before it is sent: everything its rows are made from."""

    id: str
    portal_id: str
    record: RecordKey
    record_title: str
    source: Source
    people: tuple[Chosen, ...]
    snapshot_digest: str
    lang: str
    message: str
    layout_id: str
    at_once: bool
    origin: str
    """person or rule."""
    created_by: str
    sender_name: str
    sender_email: str
    company_name: str
    activity_id: str
    created_at: datetime
    deadline_days: int = 0
    """0: as long as everywhere."""
    reminds: bool = True


def people(form: DraftForm, snapshot: CrmSnapshot, colleagues: Sequence[Person]) -> list[Chosen]:
    """Return both signers as the form says; raises BadInput naming the input to correct."""
    signer = next((one for one in colleagues if one.id == form.our_user), None)
    if signer is None:
        raise BadInput("Choose who signs for your company.", field="our_user")
    order = {OURS: 1, THEIRS: 2} if form.first == OURS else {OURS: 2, THEIRS: 1}
    our_channel = "email" if signer.emails else "link"
    ours = Plan(OURS, order[OURS], signer, our_channel, needs_code=False)
    contact = _contact(form, snapshot)
    channel = form.channel if form.channel in CHANNELS else ""
    theirs = Plan(THEIRS, order[THEIRS], contact, channel, _can_have_code(form.needs_code, contact))
    return [chosen(ours, snapshot), chosen(theirs, snapshot)]


def chosen(plan: Plan, snapshot: CrmSnapshot) -> Chosen:
    """Return the person of `plan` with one address each; raises BadInput when the channel has none."""
    if plan.person is None and plan.key == OURS:
        raise BadInput("Choose who signs for your company.", field="our_user")
    if plan.person is None:
        raise BadInput("Tell us who signs for the client.", field="name")
    if not plan.channel or (plan.channel == "email" and not plan.person.emails):
        raise BadInput("This contact has no e-mail address. Add one here.", field="email")
    if plan.channel == "sms" and not plan.person.phones:
        raise BadInput("This contact has no phone number. Add one here.", field="phone")
    party = snapshot.us if plan.key == OURS else snapshot.client
    company = "" if party.name == plan.person.name else party.name
    return Chosen(
        plan=replace(plan, needs_code=_can_have_code(plan.needs_code, plan.person)),
        name=plan.person.name,
        email=next(iter(plan.person.emails), ""),
        phone=next(iter(plan.person.phones), ""),
        company=company,
        position=plan.person.position,
        lang=plan.person.lang or ("" if plan.key == OURS else language_of(snapshot)),
        zone=zone_of_country(party.address.country),
    )


def check_email(text: str) -> str:
    """Return `text` without blanks if it looks like an e-mail address; raises BadInput."""
    address = text.strip()
    if not _MAIL.fullmatch(address) or len(address) > 254:
        raise BadInput("This is not an e-mail address.", field="email")
    return address


def _contact(form: DraftForm, snapshot: CrmSnapshot) -> Person:
    """The contact of the card, with what was typed here before what the card has."""
    known = next((one for one in snapshot.contacts if one.id == form.contact), None)
    if known is None and not form.name.strip():
        raise BadInput("Tell us who signs for the client.", field="name")
    person = known or Person(id="", name=form.name.strip()[:200])
    emails, phones = _typed(form.email, person.emails), _typed(form.phone, person.phones)
    if emails and form.email:
        emails = (check_email(emails[0]), *emails[1:])
    return replace(person, emails=emails, phones=phones)


def _typed(text: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """What was typed comes before what the card has; what was cleared is not used at all."""
    if text is None:
        return known
    return tuple(dict.fromkeys((text.strip(), *known))) if text.strip() else ()


def _can_have_code(wish: bool, person: Person | None) -> bool:
    """A code needs an address to go to."""
    return wish and bool(person and (person.emails or person.phones))
