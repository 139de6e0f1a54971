"""A person asks to be forgotten: their data goes, the minimum of proof stays, and every chain still holds.

The sealed files stay until the company deletes them: they are the contract itself, which both sides keep to defend
their rights (GDPR, article 17(3)(e)). What the product holds beside them goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.services import Services
from app.store import people


@dataclass(slots=True)
class Erasure:
    """What was erased, and what could not be."""

    seats: int = 0
    events: int = 0
    """Events that lost their details; their links hold."""
    waiting: list[str] = field(default_factory=list)
    """Numbers of envelopes that still wait for somebody: void them first."""


def erase_person(services: Services, address: str, *, dry_run: bool = False) -> Erasure:
    """Erase the person with this e-mail address or phone number from everything that is over."""
    done = Erasure()
    with services.database.transaction() as session:
        for person, envelope in people.find(session, address):
            if not people.is_over(envelope):
                done.waiting.append(envelope.number)
                continue
            done.seats += 1
            if not dry_run:
                done.events += people.erase(session, person)
    return done
