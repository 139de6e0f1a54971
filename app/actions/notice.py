"""The portal's bell: colleagues are told there too, beside their e-mail, and without waiting for a mail server.

A notice carries no signing link: its reader opens the record and signs from there or from the mail.
"""

from __future__ import annotations

from app.core.record import RecordKey, record_path
from app.crm import timeline
from app.errors import PortalRefused
from app.services import Services
from app.store import deliveries, envelopes, installations
from app.store.tables import Delivery, Envelope, Recipient
from app.texts import Translate, best_language, translator

TO_SIGNER = frozenset({"invitation", "reminder", "deadline"})
TO_SENDER = frozenset({"copy", "declined", "expired"})


def announce(services: Services, delivery_id: str) -> str:
    """Ask for a ring when this message is to a colleague; return whom it will reach, "" for nobody."""
    with services.database.transaction() as session:
        delivery = deliveries.get(session, delivery_id)
        envelope = envelopes.get(session, delivery.envelope_id)
        people = envelopes.recipients(session, envelope.id)
        user_id = _colleague(delivery, envelope, people)
        if user_id:
            services.jobs.enqueue(session, "notice", f"notice:{delivery_id}", delivery_id)
    return user_id


def ring(services: Services, delivery_id: str) -> bool:
    """Ring once more or for the first time: an equal notice replaces the earlier one. Return whether it rang."""
    with services.database.reading() as session:
        delivery = deliveries.get(session, delivery_id)
        envelope = envelopes.get(session, delivery.envelope_id)
        people = envelopes.recipients(session, envelope.id)
        portal = installations.get(session, envelope.portal_id)
    user_id = _colleague(delivery, envelope, people)
    if not user_id:
        return False
    say = translator(best_language(portal.lang))
    names = {
        "title": envelope.title,
        "sender": envelope.sender_name,
        "name": next((p.name for p in people if p.state == "declined"), ""),
    }
    path = record_path(RecordKey(envelope.entity_type_id, envelope.entity_id))
    text = f"{_sentence(delivery, say).format(**names)}\n[URL={path}]{envelope.record_title}[/URL]"
    try:
        timeline.notify(
            services.portals.client(envelope.portal_id), user_id, text, f"paraph:{delivery.id}"
        )
    except PortalRefused:
        return False
    return True


def _colleague(delivery: Delivery, envelope: Envelope, people: list[Recipient]) -> str:
    """Return the portal user that a message goes to, "" for people outside and for what needs no bell."""
    if not delivery.recipient_id and delivery.purpose in TO_SENDER:
        return envelope.created_by
    if delivery.purpose in TO_SIGNER and envelope.status == "sent":
        waits = (p for p in people if p.id == delivery.recipient_id and p.state == "invited")
        return next((p.portal_user_id for p in waits), "")
    return ""


def _sentence(delivery: Delivery, say: Translate) -> str:
    if delivery.purpose == "copy":
        return say("“{title}” is signed by everyone and sealed.")
    if delivery.purpose == "declined":
        return say("{name} has declined to sign “{title}”.")
    if delivery.purpose == "expired":
        return say("The deadline of “{title}” has passed before everyone had signed.")
    return say("{sender} asks you to sign “{title}”.")
