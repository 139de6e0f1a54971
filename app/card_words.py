"""What the status card says: each party's state, what is waited for, and the milestones of the record's log.

Between the tools and the actions, as portals.py is: rows of the store become the texts of a timeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_date

from app.core.envelope import BY_HAND, RecipientState, Role, Status, is_final, whose_turn
from app.core.evidence import AuditEvent, EventKind
from app.crm.badges import BADGE_OF
from app.crm.cards import CardButton, CardParty, StatusCard
from app.store import envelopes
from app.store.tables import Delivery, Envelope, Recipient
from app.texts import Translate, translator

STATES: dict[Status, tuple[str, str]] = {
    Status.DRAFT: ("Draft", "secondary"),
    Status.SENT: ("Waiting for signatures", "primary"),
    Status.SIGNED: ("Being sealed", "primary"),
    Status.SEALED: ("Signed and sealed", "success"),
    Status.DECLINED: ("Declined", "failure"),
    Status.EXPIRED: ("Expired", "failure"),
    Status.VOIDED: ("Voided", "failure"),
}
"""Sentence (msgid) and style of each status."""


CALLS = frozenset({"invitation", "reminder", "deadline"})
"""Purposes of the messages that ask for a signature."""
MOVED_FROM = {
    "sms": "the SMS did not arrive",
    "email": "the e-mail could not be delivered",
}

MILESTONES: dict[EventKind, str] = {
    EventKind.SENT: "Sent for signature: {title}, no. {number}",
    EventKind.SIGNED: "{name} has signed: {title}, no. {number}",
    EventKind.DECLINED: "{name} has declined to sign: {title}, no. {number}",
    EventKind.SEALED: "Signed by everyone and sealed: {title}, no. {number}",
    EventKind.EXPIRED: "The deadline has passed: {title}, no. {number}",
    EventKind.VOIDED: "Voided: {title}, no. {number}",
}
"""What the record's log keeps, as sentences (msgid)."""


def milestones(
    envelope: Envelope, people: Sequence[Recipient], events: Sequence[AuditEvent], lang: str
) -> dict[str, str]:
    """Return a line of the record's log for each milestone, by a key that tells it from all others."""
    say, names = translator(lang), {f"recipient:{one.id}": one.name for one in people}
    return {
        f"log_{event.number}": say(MILESTONES[event.kind]).format(
            name=names.get(event.actor, ""), title=envelope.title, number=envelope.number
        )
        for event in events
        if event.kind in MILESTONES
    }


ARRIVED_BY_SMS = "SMS delivered on {date}"


def status_card(
    envelope: Envelope, people: Sequence[Recipient], sent: Sequence[Delivery], lang: str
) -> StatusCard:
    """Return the card that shows the envelope as it is, for a reader of `lang`."""
    say = translator(lang)
    status = Status(envelope.status)
    label, style = STATES[status]
    if status is Status.SENT and envelope.changed:
        style = "warning"
    return StatusCard(
        envelope_id=envelope.id,
        number=envelope.number,
        title=envelope.title,
        state=say(label),
        style=style,  # type: ignore[arg-type]
        parties=[_party(person, sent, say, lang, is_over=is_final(status)) for person in people],
        waits_for=" ".join(filter(None, (waits_for(status, people, say), changed(envelope, say)))),
        buttons=_buttons(status, say),
        is_done=is_final(status),
        deadline=envelope.deadline,
        responsible_id=envelope.created_by,
        number_label=say("Number"),
        waits_label=say("Next"),
        badge=BADGE_OF.get(status, ""),
    )


def waits_for(status: Status, people: Sequence[Recipient], say: Translate) -> str:
    """Return who or what the envelope waits for, "" when it is over."""
    if status is Status.SIGNED:
        return say("The document is being sealed.")
    if status is not Status.SENT:
        return ""
    turn = {seat.id for seat in whose_turn(envelopes.seats(people))}
    names = ", ".join(person.name for person in people if person.id in turn)
    return say("Signature of {names}").format(names=names)


def changed(envelope: Envelope, say: Translate) -> str:
    """Return the sentence that the CRM changed while this is unsigned, "" when it did not."""
    if envelope.status != Status.SENT or not envelope.changed:
        return ""
    names = {
        "amount": say("amount"),
        "products": say("products"),
        "requisites": say("requisites"),
        "contact": say("contact"),
    }
    what = ", ".join(names[one] for one in envelope.changed.split(","))
    return say("Changed in the CRM since it was sent: {what}.").format(what=what)


def _party(
    person: Recipient, sent: Sequence[Delivery], say: Translate, lang: str, *, is_over: bool
) -> CardParty:
    if person.role != Role.SIGNER:
        return CardParty(person.name, say("gets a copy"))
    if person.state == RecipientState.SIGNED:
        return CardParty(
            person.name, _on(say("signed on {date}"), person.signed_at, lang), "success"
        )
    if person.state == RecipientState.DECLINED:
        return CardParty(person.name, say("declined"), "failure")
    if is_over:
        return CardParty(person.name, say("has not signed"))
    return _awaited(person, sent, say, lang)


def _awaited(person: Recipient, sent: Sequence[Delivery], say: Translate, lang: str) -> CardParty:
    """What is known of somebody who may still sign."""
    calls = [d for d in sent if d.recipient_id == person.id and d.purpose in CALLS]
    if person.viewed_at and not (calls and calls[-1].state == "failed"):
        return CardParty(person.name, say("has opened the document"), "primary")
    if calls:
        return _called(person, calls, say, lang)
    if person.invited_at and person.channel == BY_HAND:
        return CardParty(person.name, say("waits for the link that you hand over"), "warning")
    if person.invited_at:
        return CardParty(
            person.name, _on(say("invited on {date}"), person.invited_at, lang), "warning"
        )
    return CardParty(person.name, say("signs later"))


def _called(person: Recipient, calls: Sequence[Delivery], say: Translate, lang: str) -> CardParty:
    """What is known of our messages to a person; never more than their provider told."""
    last, earlier = calls[-1], calls[:-1]
    moved = any(d.channel != last.channel for d in earlier)
    if last.state == "failed":
        both = say("reached neither by e-mail nor by SMS: please help")
        return CardParty(
            person.name, both if moved else say("the message could not be delivered"), "failure"
        )
    state, at = _arrival(last)
    text = _on(say(state), at, lang)
    if moved:
        text = f"{text} ({say(MOVED_FROM[earlier[-1].channel])})"
    return CardParty(person.name, text, "warning")


def _arrival(last: Delivery) -> tuple[str, datetime | None]:
    """Sentence (msgid) and day; no more than was told. A mail server that accepts seldom tells what follows."""
    if last.state == "delivered":
        arrived = "e-mail delivered on {date}" if last.channel == "email" else ARRIVED_BY_SMS
        return arrived, last.settled_at
    if last.state == "accepted":
        by_mail = last.channel == "email"
        return (
            "sent by e-mail on {date}" if by_mail else "sent by SMS on {date}"
        ), last.accepted_at
    return "the message waits to leave", last.created_at


def _on(sentence: str, at: datetime | None, lang: str) -> str:
    return sentence.format(date=format_date(at, format="medium", locale=lang) if at else "")


def _buttons(status: Status, say: Translate) -> list[CardButton]:
    if status is Status.SENT:
        return [
            CardButton("open", say("Open")),
            CardButton("remind", say("Remind")),
            CardButton("extend", say("A week more")),
            CardButton("void", say("Void")),
        ]
    return [CardButton("open", say("Open"))]
