"""What the wizard's and the lists' templates need, out of what actions return: words, initials, dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from babel.dates import format_date, format_datetime
from flask import g
from markupsafe import Markup, escape

from app.actions import desk
from app.actions.review import PlacedField, Review
from app.actions.tab import Row
from app.card_words import changed
from app.core import card as cards
from app.core.card import Card, Suggestion
from app.core.envelope import BY_HAND, RecipientState, Status, is_final
from app.core.proposal import OURS, Gap
from app.core.record import PortalUser, RecordKey, record_path
from app.core.snapshot import Person
from app.core.tongue import language_of
from app.delivery import phones
from app.http.context import services
from app.http.pages import page_language
from app.store.tables import FieldRow, Recipient
from app.texts import Translate, translator

STATES = {
    Status.DRAFT: ("Draft", "quiet"),
    Status.SENT: ("Waiting for signatures", "active"),
    Status.SIGNED: ("Being sealed", "active"),
    Status.SEALED: ("Signed and sealed", "good"),
    Status.DECLINED: ("Declined", "bad"),
    Status.EXPIRED: ("Expired", "bad"),
    Status.VOIDED: ("Voided", "quiet"),
}
"""Sentence (msgid) and tone of each status."""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One party in a list: who, what happened, and how it looks."""

    id: str
    name: str
    detail: str
    tone: str
    """waiting, turn, good or bad."""
    side: str
    initials: str
    can_copy: bool
    can_correct: bool
    email: str
    phone: str
    channel: str
    needs_code: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One envelope in a list."""

    row: Row
    state: str
    tone: str
    waits: str
    people: tuple[PersonLine, ...]
    when: str
    can_sign: bool
    can_remind: bool
    can_void: bool
    record_path: str
    changed: str
    answers: bool
    """Whether this person answers for the envelope: for how people are reached and who signs."""
    deadline: str
    """The day it must be signed by, for people; "" when it is not on its way."""


def first_screen(card: Card, *, layout_id: str = "", activity_id: str = "") -> dict[str, Any]:
    """Return the values of the first screen; `layout_id` fills the form with that layout."""
    offered = cards.suggestions(card)
    applied = next((one for one in offered if one.layout.id == layout_id), None)
    spoken = language_of(card.snapshot)
    top = [] if applied else [one for one in offered[:1] if cards.speaks(card, one, spoken)]
    ours, theirs = applied.plans if applied else card.plans()
    return {
        "card": card,
        "top": top[0] if top else None,
        "others": [] if applied else [one for one in offered if one not in top],
        "applied": applied,
        "source": applied.source
        if applied
        else cards.first_source(card, spoken or page_language()),
        "ours": ours,
        "theirs": theirs,
        "activity_id": activity_id,
        "title_of": lambda one: cards.named(card, one.source, one.layout.spec.title).title,
        "gap_sentence": gap_sentence,
        "initials": initials,
        "pretty": phones.pretty,
        "day": day,
        "people_json": [
            _person_values(one, card.snapshot.contacts) for one in card.snapshot.contacts
        ],
    }


def review_values(
    review: Review, empty: Sequence[str], offered: Sequence[PlacedField]
) -> dict[str, Any]:
    """Return the values of the page where fields are placed; `offered`: where signatures seem to be wanted."""
    return {
        "review": review,
        "empty": empty,
        "initials": initials,
        "fields": [_field_values(row) for row in review.fields],
        "offered": [_offer(one) for one in offered],
    }


def sent_values(row: Row, who: PortalUser) -> dict[str, Any]:
    """Return the values of the last page: what happens next, and whether the sender signs now."""
    return {"line": line(row, who), "mine": row.seat_of(who.user_id), "initials": initials}


def list_values(
    rows: Sequence[Row], who: PortalUser, *, is_responsible: bool = False
) -> dict[str, Any]:
    """Return the values of a list of envelopes; is_responsible: this person is, for the record they are on."""
    return {
        "lines": [line(row, who, is_responsible=is_responsible) for row in rows],
        "asked": desk.asked(services(), [row.envelope.id for row in rows]),
        "initials": initials,
        "portal": g.portal_origin,
    }


def qr_picture(address: str) -> str:
    """Return `address` as a QR code, a PNG in a data address."""
    return str(segno.make(address, error="m").png_data_uri(scale=5, border=2))


def line(row: Row, who: PortalUser, *, is_responsible: bool = False) -> Line:
    """Return what one envelope's line says."""
    say = translator(page_language())
    answers = is_responsible or who.is_admin or row.envelope.created_by == who.user_id
    status = Status(row.envelope.status)
    label, tone = STATES[status]
    is_sent = status is Status.SENT
    return Line(
        row=row,
        state=say(label),
        tone=tone,
        waits=_waits(row, status, say, who),
        people=tuple(_person(row, person, say, answers=answers) for person in row.people),
        when=day(row.envelope.finished_at or row.envelope.sent_at or row.envelope.created_at),
        can_sign=row.seat_of(who.user_id) is not None,
        can_remind=is_sent and any(_can_be_called(row, p, who) for p in row.people),
        can_void=status in (Status.SENT, Status.DRAFT),
        changed=changed(row.envelope, say),
        answers=answers,
        deadline=day(row.envelope.deadline) if is_sent else "",
        record_path=record_path(RecordKey(row.envelope.entity_type_id, row.envelope.entity_id)),
    )


def _can_be_called(row: Row, person: Recipient, who: PortalUser) -> bool:
    """Whether a message helps: nobody reminds themselves."""
    is_waited_for = person.id in row.turn and person.channel != BY_HAND
    return is_waited_for and person.portal_user_id != who.user_id


def initials(name: str) -> str:
    """Return one or two letters that stand for a person."""
    words = [word for word in name.split() if word[:1].isalpha()]
    return "".join(
        word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)
    ).upper()


def day(at: datetime | None) -> str:
    """Return a date as people write it, in the reader's language."""
    return format_date(at, format="medium", locale=page_language()) if at else ""


def gap_sentence(one: Suggestion) -> str:
    """Return what is missing before this layout can be sent at once (English msgid), or ""."""
    sentences = {
        Gap.DOCUMENT: "The document of this layout is not on this card.",
        Gap.OUR_SIGNER: "Choose who signs for your company.",
        Gap.CONTACT: "This card has no contact yet.",
        Gap.ADDRESS: "The contact has neither e-mail nor phone.",
    }
    return sentences[one.gaps[0]] if one.gaps else ""


def _waits(row: Row, status: Status, say: Translate, who: PortalUser) -> str:
    if status is Status.DRAFT:
        failed = row.envelope.prepare_state == "failed"
        return say("The document could not be prepared.") if failed else say("Not sent yet.")
    if status is Status.SIGNED:
        return say("Everyone has signed. The document is being sealed.")
    if status in (Status.DECLINED, Status.VOIDED):
        return row.envelope.reason
    if status is not Status.SENT:
        return ""
    if row.seat_of(who.user_id):
        return say("Waiting for your signature.")
    names = ", ".join(person.name for person in row.people if person.id in row.turn)
    return say("Waiting for {names}.").format(names=names)


def _person(row: Row, person: Recipient, say: Translate, *, answers: bool) -> PersonLine:
    detail, tone = _person_state(row, person, say)
    is_sent = row.envelope.status == Status.SENT
    return PersonLine(
        id=person.id,
        name=person.name,
        detail=detail,
        tone=tone,
        side="ours" if person.role_key == OURS else "theirs",
        initials=initials(person.name),
        can_copy=answers and is_sent and person.id in row.turn,
        can_correct=answers
        and is_sent
        and person.state in (RecipientState.WAITING, RecipientState.INVITED),
        email=person.email,
        phone=phones.pretty(person.phone),
        channel=person.channel,
        needs_code=person.needs_code,
    )


def _person_state(row: Row, person: Recipient, say: Translate) -> tuple[str, str]:
    if person.state == RecipientState.SIGNED:
        return _when(say("Signed {when}"), person.signed_at), "good"
    if person.state == RecipientState.DECLINED:
        return say("Declined"), "bad"
    if row.envelope.status != Status.SENT:
        return _off_the_way(row, person, say), "waiting"
    return _on_the_way(row, person, say)


def _on_the_way(row: Row, person: Recipient, say: Translate) -> tuple[str, str]:
    """What is known of somebody who may still sign."""
    if person.id in row.failed:
        return say("The message could not be delivered"), "bad"
    if person.viewed_at:
        return _when(say("Opened {when}"), person.viewed_at), "turn"
    if person.invited_at and person.channel == BY_HAND:
        return say("Hand over the link: Copy link"), "turn"
    if person.invited_at:
        return _when(say("Invited {when}"), person.invited_at), "turn"
    if person.id in row.turn:
        return say("Being invited"), "turn"
    return say("Signs later"), "waiting"


def _off_the_way(row: Row, person: Recipient, say: Translate) -> str:
    """What there is to say of somebody on a draft, or on a document that ended without their signature."""
    if is_final(Status(row.envelope.status)):
        return say("Has not signed")
    is_first = person.order == min(one.order for one in row.people)
    return say("Signs first") if is_first else say("Signs later")


def _when(sentence: str, at: datetime | None) -> Markup:
    """Return `sentence` with the moment in it; the page's script shows it in the reader's own time zone."""
    if at is None:
        return escape(sentence.format(when=""))
    shown = format_datetime(at, format="short", locale=page_language())
    moment = Markup('<time datetime="{}">{} UTC</time>').format(at.isoformat(), shown)
    return escape(sentence).format(when=moment)


def _person_values(person: Person, everybody: Sequence[Person]) -> dict[str, Any]:
    mine = {one.lower() for one in person.emails}
    others = [
        p.name for p in everybody if p.id != person.id and mine & {e.lower() for e in p.emails}
    ]
    return {
        "shared_with": ", ".join(others),
        "id": person.id,
        "name": person.name,
        "email": next(iter(person.emails), ""),
        "phone": phones.pretty(next(iter(person.phones), "")),
        "initials": initials(person.name),
        "position": person.position,
    }


def _field_values(row: FieldRow) -> dict[str, Any]:
    names = ["key", "kind", "role", "page", "x", "y", "w", "h", "required", "label", "question"]
    names += ["help", "format", "crm_name"]
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    more = {"options": list(row.options or ()), "document": row.document_id, "tag": row.from_tag}
    return {**values, **more}


def _offer(one: PlacedField) -> dict[str, Any]:
    names = ("kind", "role", "page", "x", "y", "w", "h")
    return {**{name: getattr(one.field, name) for name in names}, "document": one.document_id}
