"""What an envelope has to tell its record when something happened: lines of the log, bells, triggers, as commands.

Between the tools and the actions, as card_words.py is, whose words it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from app import bells
from app.card_words import milestones, status_card
from app.core.evidence import AuditEvent, EventKind
from app.crm import timeline
from app.crm.cards import StatusCard, record_layout
from app.crm.client import Command
from app.services import Services
from app.store import audit, deliveries, envelopes, installations
from app.store.tables import Delivery, Envelope, Installation, Recipient
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


@dataclass(frozen=True, slots=True)
class Moment:
    """An envelope as its card is to show it, with what happened since it was shown."""

    envelope: Envelope
    events: tuple[AuditEvent, ...]
    people: tuple[Recipient, ...]
    sent: tuple[Delivery, ...]
    portal: Installation

    @property
    def lang(self) -> str:
        return best_language(self.portal.lang)

    @property
    def record(self) -> tuple[int, str]:
        """Type and id of the record whose timeline it is."""
        return self.envelope.entity_type_id, self.envelope.entity_id

    @property
    def newest(self) -> int:
        """The number of the last event."""
        return max((event.number for event in self.events), default=0)

    @property
    def unseen(self) -> list[AuditEvent]:
        """What the card does not show yet."""
        return [event for event in self.events if event.number > self.envelope.card_number]

    @property
    def asked(self) -> list[Delivery]:
        """The messages whose bell has not rung."""
        return [one for one in self.sent if one.bell == bells.ASKED]

    @property
    def our_actors(self) -> frozenset[str]:
        """Who of our side acts, as the audit names them."""
        return frozenset(f"recipient:{one.id}" for one in self.people if one.role_key == "us")

    @property
    def is_news(self) -> bool:
        """Whether the card has something to show that cannot wait for the next call: that our own signer looks at
        the document moves nobody."""
        waits = (e.kind is EventKind.VIEWED and e.actor in self.our_actors for e in self.unseen)
        return not (self.envelope.activity_id and all(waits))

    def lines(self) -> dict[str, str]:
        """Return the lines of the record's log that are due, by key."""
        return milestones(self.envelope, self.people, self.unseen, self.lang)

    def triggers(self) -> dict[str, Command]:
        """Return our triggers for what happened, as commands; a portal whose plan has none refuses them alone."""
        codes = [
            TRIGGERS[e.kind]
            for e in self.unseen
            if e.kind in TRIGGERS and e.actor not in self.our_actors
        ]
        return {code: timeline.trigger_command(code, self.record) for code in dict.fromkeys(codes)}

    def source_mark(self) -> dict[str, Command]:
        """Return the command that says on the record of the document that was signed (S2) that it is.

        Not every record takes words of ours: a refusal costs nothing.
        """
        envelope, say = self.envelope, translator(self.lang)
        is_sealed = any(event.kind is EventKind.SEALED for event in self.unseen)
        if not (envelope.source_activity_id and is_sealed):
            return {}
        names = ", ".join(person.name for person in self.people if person.signed_at)
        layout = record_layout(
            [(say("Signed and sealed"), names), (say("Number"), envelope.number)]
        )
        mark = timeline.document_record_command(*self.record, envelope.source_activity_id, layout)
        return {"source": mark}

    def rings(self) -> dict[str, Command]:
        """Return the bells of colleagues that are due, as commands."""
        found = bells.due(self.asked, self.envelope, self.people, self.lang)
        return {f"bell_{key}": command for key, command in found.items()}

    def card(self) -> StatusCard:
        """Return the card that shows the envelope as it is."""
        return status_card(self.envelope, self.people, self.sent, self.lang)


def read(services: Services, envelope_id: str) -> Moment:
    """Return the envelope as its card is to show it now."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        return Moment(
            envelope=envelope,
            events=tuple(audit.events(session, envelope_id)),
            people=tuple(envelopes.recipients(session, envelope_id)),
            sent=tuple(deliveries.of_envelope(session, envelope_id)),
            portal=installations.get(session, envelope.portal_id),
        )
