"""The portal's bell: colleagues are told there too, beside their e-mail, and without waiting for a mail server.

Between the tools and the actions, as card_words.py is: a message asks for its bell, and the next call for the
envelope's card takes it along. A notice carries no signing link: its reader opens the record and signs from there
or from the mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.core.record import RecordKey, record_path
from app.crm import timeline
from app.crm.client import Command
from app.errors import PortalError
from app.services import Services
from app.store import deliveries
from app.store.tables import Delivery, Envelope, Recipient
from app.texts import Translate, translator

ASKED: Final = "asked"
TO_SIGNER = frozenset({"invitation", "reminder", "deadline"})
TO_SENDER = frozenset({"copy", "declined", "ending", "expired"})


def colleague(delivery: Delivery, envelope: Envelope, people: Sequence[Recipient]) -> str:
    """Return the portal user that a message goes to, "" for people outside and for what needs no bell."""
    if not delivery.recipient_id and delivery.purpose in TO_SENDER:
        return envelope.created_by
    if delivery.purpose in TO_SIGNER and envelope.status == "sent":
        waits = (p for p in people if p.id == delivery.recipient_id and p.state == "invited")
        return next((p.portal_user_id for p in waits), "")
    return ""


def due(
    asked: Sequence[Delivery], envelope: Envelope, people: Sequence[Recipient], lang: str
) -> dict[str, Command]:
    """Return the commands of the bells to ring, by delivery; what nobody waits for any more is left out.

    An equal notice replaces the earlier one, so that a second try does no harm.
    """
    say = translator(lang)
    found = {one.id: (one, colleague(one, envelope, people)) for one in asked}
    return {
        key: timeline.notify_command(
            user_id, _text(delivery, envelope, people, say), f"paraph:{key}"
        )
        for key, (delivery, user_id) in found.items()
        if user_id
    }


def settle(
    services: Services, asked: Sequence[Delivery], errors: Mapping[str, PortalError | None]
) -> None:
    """Keep what became of these bells; those that failed for a time stay asked for. errors: by delivery."""
    outcomes = {one.id: _outcome(errors.get(one.id)) for one in asked}
    if not outcomes:
        return
    with services.database.transaction() as session:
        for key, outcome in outcomes.items():
            deliveries.get(session, key).bell = outcome


def _outcome(error: PortalError | None) -> str:
    if error is None:
        return "rung"
    return ASKED if error.retryable else "refused"


def _text(
    delivery: Delivery, envelope: Envelope, people: Sequence[Recipient], say: Translate
) -> str:
    names = {
        "title": envelope.title,
        "sender": envelope.sender_name,
        "name": next((p.name for p in people if p.state == "declined"), ""),
    }
    path = record_path(RecordKey(envelope.entity_type_id, envelope.entity_id))
    return f"{_sentence(delivery, say).format(**names)}\n[URL={path}]{envelope.record_title}[/URL]"


def _sentence(delivery: Delivery, say: Translate) -> str:
    if delivery.purpose == "copy":
        return say("“{title}” is signed by everyone and sealed.")
    if delivery.purpose == "declined":
        return say("{name} has declined to sign “{title}”.")
    if delivery.purpose == "ending":
        return say("The deadline of “{title}” is near, and not everyone has signed.")
    if delivery.purpose == "expired":
        return say("The deadline of “{title}” has passed before everyone had signed.")
    return say("{sender} asks you to sign “{title}”.")
