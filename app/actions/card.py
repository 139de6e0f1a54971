"""The status card in the record's timeline: who signed, who is next, what it waits for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from app.card_words import milestones, status_card
from app.core.evidence import AuditEvent, EventKind
from app.crm import badges, timeline
from app.crm.cards import StatusCard
from app.crm.client import Command, CrmClient
from app.errors import PortalRefused, PortalUnavailable
from app.services import Services
from app.store import audit, deliveries, envelopes, installations, tokens
from app.store.tables import Envelope, Installation
from app.texts import best_language, translator

TRIGGERS = {
    EventKind.SENT: "paraph_sent",
    EventKind.VIEWED: "paraph_opened",
    EventKind.SIGNED: "paraph_signed",
    EventKind.DECLINED: "paraph_declined",
    EventKind.EXPIRED: "paraph_expired",
    EventKind.SEALED: "paraph_completed",
    EventKind.DELIVERY_FAILED: "paraph_undelivered",
}
"""What the portal's own automation is told. Opened and signed count for the other side only."""


BADGES = "badges"
"""The preference that tells whether a portal knows our badges: yes, no (it would not have them), or not yet."""


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
    ours = {f"recipient:{person.id}" for person in people if person.role_key == "us"}
    if envelope.activity_id and not anew and all(_can_wait(event, ours) for event in unseen):
        return envelope.activity_id
    lang = best_language(portal.lang)
    client = services.portals.client(envelope.portal_id)
    lines = _new_lines(client, envelope, milestones(envelope, people, unseen, lang))
    then = {**lines, **_triggers(envelope, ours, unseen)}
    _note_try(services, envelope, unseen)
    card = status_card(envelope, people, sent, lang)
    if not _knows_badges(services, client, portal):
        card = replace(card, badge="")
    try:
        activity_id = _put(services, client, envelope, card, then)
    except PortalRefused as error:
        client.batch(then)
        return _refused(services, envelope_id, error)
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        row.activity_id = activity_id
        row.card_number = max(row.card_number, *(event.number for event in events))
    return activity_id


def _put(
    services: Services,
    client: CrmClient,
    envelope: Envelope,
    card: StatusCard,
    then: Mapping[str, Command],
) -> str:
    """Show `card`; once more without its badge where the portal has forgotten that."""
    try:
        return _put_once(client, envelope, card, then)
    except PortalRefused as error:
        if not card.badge or error.code != badges.UNKNOWN:
            raise
    _keep_badges(services, envelope.portal_id, "")
    return _put_once(client, envelope, replace(card, badge=""), then)


def _put_once(
    client: CrmClient, envelope: Envelope, card: StatusCard, then: Mapping[str, Command]
) -> str:
    return timeline.put_card(
        client,
        entity_type_id=envelope.entity_type_id,
        entity_id=envelope.entity_id,
        card=card,
        activity_id=envelope.activity_id or None,
        look=envelope.card_tried,
        then=then,
    )


def _knows_badges(services: Services, client: CrmClient, portal: Installation) -> bool:
    """Whether the portal has our badges; they are registered with its first card, in one call, once.

    Only an administrator of the CRM may: who is refused gets cards without them.
    """
    known = portal.preferences.get(BADGES, "")
    if not known:
        made = client.batch(badges.commands(translator(best_language(portal.lang))))
        known = "no" if made.errors else "yes"
        _keep_badges(services, portal.portal_id, known)
    return bool(known == "yes")


def _keep_badges(services: Services, portal_id: str, known: str) -> None:
    with services.database.transaction() as session:
        row = installations.get(session, portal_id)
        row.preferences = {**row.preferences, BADGES: known}


def _new_lines(
    client: CrmClient, envelope: Envelope, lines: Mapping[str, str]
) -> dict[str, Command]:
    """Return the lines of the log to write, as commands; after a try that was cut short, only those not there."""
    record = (envelope.entity_type_id, envelope.entity_id)
    tried = {key for key in lines if int(key.removeprefix("log_")) <= envelope.log_number}
    there = timeline.log_texts(client, *record) if tried else frozenset()
    return {
        key: timeline.log_command(*record, "Paraph", text)
        for key, text in lines.items()
        if text not in there
    }


def _note_try(services: Services, envelope: Envelope, unseen: Sequence[AuditEvent]) -> None:
    """Remember what is asked for: should the answer be lost, the next try looks before it writes."""
    newest = max((event.number for event in unseen), default=0)
    if envelope.activity_id and newest <= envelope.log_number:
        return
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope.id)
        row.card_tried, row.log_number = True, max(row.log_number, newest)


def _can_wait(event: AuditEvent, ours: Collection[str]) -> bool:
    """Whether the next call may tell it along: that our own signer looks at the document moves nobody."""
    return event.kind is EventKind.VIEWED and event.actor in ours


def _triggers(
    envelope: Envelope, ours: Collection[str], events: Sequence[AuditEvent]
) -> dict[str, Command]:
    """Return our triggers for what happened, as commands; a portal whose plan has none refuses them alone."""
    codes = [TRIGGERS[e.kind] for e in events if e.kind in TRIGGERS and e.actor not in ours]
    record = (envelope.entity_type_id, envelope.entity_id)
    return {code: timeline.trigger_command(code, record) for code in dict.fromkeys(codes)}


def _refused(services: Services, envelope_id: str, error: PortalRefused) -> str:
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        row.report_state, row.report_error = "refused", error.code
        return row.activity_id
