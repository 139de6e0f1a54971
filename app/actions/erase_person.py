"""A person asks to be forgotten: their data goes, the minimum of proof stays, and every chain still holds.

The sealed files stay until the company deletes them: they are the contract itself, which both sides keep to defend
their rights (GDPR, article 17(3)(e)). What the product holds beside them goes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from app import loose_files
from app.core.begun import tells_of
from app.services import Services
from app.store import begun, keeping, people
from app.store.database import Session
from app.store.tables import Envelope, Recipient


@dataclass(slots=True)
class Erasure:
    """What was erased, and what could not be."""

    seats: int = 0
    events: int = 0
    """Events that lost their details; their links hold."""
    forms: int = 0
    """Forms begun in the wizard, of the last day, in which the address stood."""
    files: int = 0
    """Pictures of signatures and files the person brought that are gone."""
    waiting: list[str] = field(default_factory=list)
    """Numbers of envelopes that still wait for somebody: void them first."""
    held: list[str] = field(default_factory=list)
    """Numbers of envelopes that a legal hold keeps."""


def erase_person(services: Services, address: str, *, dry_run: bool = False) -> Erasure:
    """Erase the person with this e-mail address or phone number from everything that is over and not held."""
    done = Erasure()
    with services.database.transaction() as session:
        for person, envelope in people.find(session, address):
            kept = keeping.find(session, envelope.id)
            if not people.is_over(envelope):
                done.waiting.append(envelope.number)
            elif kept and kept.held_at:
                done.held.append(envelope.number)
            else:
                done.seats += 1
                if not dry_run:
                    done.events += _erase(session, person, envelope)
        done.forms = _erase_begun(services, session, address, dry_run=dry_run)
    if not dry_run:
        done.files = loose_files.sweep(services)
    return done


def _erase_begun(services: Services, session: Session, address: str, *, dry_run: bool) -> int:
    """Delete the begun forms in which the address stands; return how many those are."""
    found = []
    for row in begun.everybodys(session):
        typed = json.loads(services.secrets.decrypt(begun.purpose_of(row), row.values_enc))
        if tells_of(typed, address):
            found.append(row)
    for row in found if not dry_run else ():
        session.delete(row)
    return len(found)


def _erase(session: Session, person: Recipient, envelope: Envelope) -> int:
    """Erase one seat; its pictures and files, and what the CRM told of it, are let go of."""
    kept = keeping.of(session, envelope)
    loose = [*people.brought(session, person), envelope.snapshot_digest]
    kept.loose_files = sorted({*kept.loose_files, *filter(None, loose)})
    envelope.snapshot_digest = ""
    return people.erase(session, person)
