"""The status card in the record's timeline: who signed, who is next, what it waits for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_date

from app.core.envelope import BY_HAND, RecipientState, Role, Status, is_final, whose_turn
from app.core.evidence import AuditEvent, EventKind
from app.crm import timeline
from app.crm.cards import CardButton, CardParty, StatusCard
from app.crm.client import Command
from app.errors import PortalRefused, PortalUnavailable
from app.services import Services
from app.store import audit, deliveries, envelopes, installations, tokens
from app.store.tables import Delivery, Envelope, Recipient
from app.texts import Translate, best_language, translator

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

TRIGGERS = {
    EventKind.SENT: "paraph_sent",
    EventKind.VIEWED: "paraph_opened",
    EventKind.SIGNED: "paraph_signed",
    EventKind.DECLINED: "paraph_declined",
    EventKind.EXPIRED: "paraph_expired",
    EventKind.SEALED: "paraph_completed",
}
"""What the portal's own automation is told. Opened and signed count for the other side only."""


def refresh_card(services: Services, envelope_id: str, *, holder: str) -> str:
    """Show the card anew even when nothing changed: a pressed button stays blocked until then."""
    return show_card(services, envelope_id, holder=holder, anew=True)


def show_card(services: Services, envelope_id: str, *, holder: str, anew: bool = False) -> str:
    """Make the card show the envelope as it is now; return the activity's id, "" when the portal refuses cards.

    One at a time per envelope, so that two never put up a card each. `holder` names who asks and stays the same
    when a killed process begins again: its own lease is no obstacle to it. A refusal is kept as the report's state
    and never stops a signer.
    """
    name = f"card:{envelope_id}"
    holder = hashlib.sha256(holder.encode()).hexdigest()[:32]
    if not tokens.take_lease(services.database, name, holder, services.now()):
        raise PortalUnavailable(code="CARD_BUSY")
    try:
        return _show(services, envelope_id, anew=anew)
    finally:
        tokens.give_lease(services.database, name, holder)


def _show(services: Services, envelope_id: str, *, anew: bool) -> str:
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        events = audit.events(session, envelope_id)
        people = envelopes.recipients(session, envelope_id)
        sent = deliveries.of_envelope(session, envelope_id)
        portal = installations.get(session, envelope.portal_id)
    if portal.state == "closed":
        return envelope.activity_id
    unseen = [event for event in events if event.number > envelope.card_number]
    if envelope.activity_id and not unseen and not anew:
        return envelope.activity_id
    card = _card(services, envelope, people, sent, best_language(portal.lang))
    client = services.portals.client(envelope.portal_id)
    triggers = _triggers(envelope, people, unseen)
    if not (envelope.activity_id or envelope.card_tried):
        _note_try(services, envelope_id)
    try:
        activity_id = timeline.put_card(
            client,
            entity_type_id=envelope.entity_type_id,
            entity_id=envelope.entity_id,
            card=card,
            activity_id=envelope.activity_id or None,
            look=envelope.card_tried,
            then=triggers,
        )
    except PortalRefused as error:
        client.batch(triggers)
        return _refused(services, envelope_id, error)
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        row.activity_id = activity_id
        row.card_number = max(row.card_number, *(event.number for event in events))
    return activity_id


def _note_try(services: Services, envelope_id: str) -> None:
    """Remember that a card is asked for: should the answer be lost, the next try looks for it first."""
    with services.database.transaction() as session:
        envelopes.lock(session, envelope_id).card_tried = True


def _triggers(
    envelope: Envelope, people: Sequence[Recipient], events: Sequence[AuditEvent]
) -> dict[str, Command]:
    """Return our triggers for what happened, as commands; a portal whose plan has none refuses them alone."""
    ours = {f"recipient:{person.id}" for person in people if person.role_key == "us"}
    codes = [TRIGGERS[e.kind] for e in events if e.kind in TRIGGERS and e.actor not in ours]
    record = (envelope.entity_type_id, envelope.entity_id)
    return {code: timeline.trigger_command(code, record) for code in dict.fromkeys(codes)}


def _refused(services: Services, envelope_id: str, error: PortalRefused) -> str:
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        row.report_state, row.report_error = "refused", error.code
        return row.activity_id


def _card(
    services: Services,
    envelope: Envelope,
    people: Sequence[Recipient],
    sent: Sequence[Delivery],
    lang: str,
) -> StatusCard:
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
        parties=[_party(person, sent, say, lang) for person in people],
        waits_for=" ".join(filter(None, (waits_for(status, people, say), changed(envelope, say)))),
        buttons=_buttons(status, say),
        is_done=is_final(status),
        deadline=envelope.deadline,
        responsible_id=envelope.created_by,
        number_label=say("Number"),
        waits_label=say("Next"),
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


def _party(person: Recipient, sent: Sequence[Delivery], say: Translate, lang: str) -> CardParty:
    if person.role != Role.SIGNER:
        return CardParty(person.name, say("gets a copy"))
    if person.state == RecipientState.SIGNED:
        return CardParty(
            person.name, _on(say("signed on {date}"), person.signed_at, lang), "success"
        )
    if person.state == RecipientState.DECLINED:
        return CardParty(person.name, say("declined"), "failure")
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
    """Sentence (msgid) and day. A mail server only accepts: whether the e-mail arrives, nobody tells us."""
    if last.state == "delivered":
        return "SMS delivered on {date}", last.settled_at
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
            CardButton("void", say("Void")),
        ]
    return [CardButton("open", say("Open"))]
