"""The status card in the record's timeline: who signed, who is next, what it waits for.

A moment that moves somebody is one call: with the card go the lines of the record's log, the colleagues' bells,
the answers of waiting rules and the triggers of the portal's own automation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app import bells, moments, rule_answers
from app.crm import badges, timeline
from app.crm.cards import StatusCard
from app.crm.client import BatchAnswer, Command, CrmClient
from app.crm.faults import NOT_RUN
from app.crm.timeline import Written
from app.errors import PortalError, PortalRefused, PortalUnavailable
from app.moments import Moment
from app.rule_answers import Reply
from app.services import Services
from app.store import envelopes, installations, tokens
from app.store.tables import Envelope, Installation
from app.texts import best_language, translator

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
    moment = moments.read(services, envelope_id)
    if moment.portal.state == "closed":
        return moment.envelope.activity_id
    client = services.portals.client(moment.envelope.portal_id)
    if not anew and not moment.is_news:
        rung = client.batch(moment.rings())
        _settle(services, moment, (), rung.errors)
        rung.raise_temporary()
        return moment.envelope.activity_id
    return _write(services, client, moment)


def _write(services: Services, client: CrmClient, moment: Moment) -> str:
    """Write this moment to the record: the card, and in the same call all that goes with it."""
    lines = _new_lines(client, moment.envelope, moment.lines())
    _note_try(services, moment)
    replies = rule_answers.due(services, moment.envelope.id)
    own = {**moment.triggers(), **moment.source_mark()}
    then = {**lines, **moment.rings(), **_told(replies, ends=True), **own}
    then.update(_told(replies, ends=False))
    refused = ""
    try:
        done = _put(services, client, moment, then)
    except PortalRefused as error:
        done, refused = Written(moment.envelope.activity_id, client.batch(then).errors), error.code
    undone = [key for key in (*lines, *own) if _is_undone(done.errors.get(key))]
    _keep(services, moment, done.activity_id, refused, is_whole=not undone)
    _settle(services, moment, replies, done.errors)
    BatchAnswer(errors=dict(done.errors)).raise_temporary()
    return done.activity_id


def _put(
    services: Services, client: CrmClient, moment: Moment, then: Mapping[str, Command]
) -> Written:
    """Show the card; once more without its badge where the portal has forgotten that."""
    envelope, card = moment.envelope, moment.card()
    if not _knows_badges(services, client, moment.portal):
        card = replace(card, badge="")
    try:
        return _put_once(client, envelope, card, then)
    except PortalRefused as error:
        if not card.badge or error.code != badges.UNKNOWN:
            raise
    _keep_badges(services, envelope.portal_id, "")
    return _put_once(client, envelope, replace(card, badge=""), then)


def _put_once(
    client: CrmClient, envelope: Envelope, card: StatusCard, then: Mapping[str, Command]
) -> Written:
    return timeline.write_moment(
        client,
        entity_type_id=envelope.entity_type_id,
        entity_id=envelope.entity_id,
        card=card,
        activity_id=envelope.activity_id or None,
        look=envelope.card_tried,
        then=then,
    )


def _keep(
    services: Services, moment: Moment, activity_id: str, refused: str, *, is_whole: bool
) -> None:
    """Remember the card, and what it tells unless something of it is still to be told."""
    with services.database.transaction() as session:
        row = envelopes.lock(session, moment.envelope.id)
        row.activity_id = activity_id
        if refused:
            row.report_state, row.report_error = "refused", refused
        if is_whole:
            row.card_number = max(row.card_number, moment.newest)


def _settle(
    services: Services,
    moment: Moment,
    replies: Sequence[Reply],
    errors: Mapping[str, PortalError],
) -> None:
    """Keep what became of bells and answers. An answer that failed is given by a call of its own."""
    for reply in replies:
        rule_answers.settle(services, reply, errors.get(f"rule_{reply.call_id}"))
    bells.settle(
        services, moment.asked, {one.id: errors.get(f"bell_{one.id}") for one in moment.asked}
    )


def _is_undone(error: PortalError | None) -> bool:
    return error is not None and (error.retryable or error.code == NOT_RUN)


def _told(replies: Sequence[Reply], *, ends: bool) -> dict[str, Command]:
    return {
        f"rule_{one.call_id}": one.command
        for one in replies
        if one.command is not None and one.ends is ends
    }


def _knows_badges(services: Services, client: CrmClient, portal: Installation) -> bool:
    """Whether the portal has our badges; they are registered with its first card, in one call, once.

    Only an administrator of the CRM may: who is refused gets cards without them.
    """
    known = portal.preferences.get(BADGES, "")
    if not known:
        made = client.batch(badges.commands(translator(best_language(portal.lang))))
        known = badges.known(made)
        if known:
            _keep_badges(services, portal.portal_id, known)
    return bool(known == "yes")


def _keep_badges(services: Services, portal_id: str, known: str) -> None:
    with services.database.transaction() as session:
        installations.prefer(session, portal_id, **{BADGES: known})


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


def _note_try(services: Services, moment: Moment) -> None:
    """Remember what is asked for: should the answer be lost, the next try looks before it writes."""
    newest = max((event.number for event in moment.unseen), default=0)
    if moment.envelope.activity_id and newest <= moment.envelope.log_number:
        return
    with services.database.transaction() as session:
        row = envelopes.lock(session, moment.envelope.id)
        row.card_tried, row.log_number = True, max(row.log_number, newest)
