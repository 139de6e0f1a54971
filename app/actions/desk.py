"""What signers ask of the sender, as the tab shows it: a colleague proposed, values of the CRM corrected."""

from __future__ import annotations

from dataclasses import dataclass

from app.services import Services
from app.store import corrections
from app.store import signing as store
from app.store.tables import Correction, Recipient


@dataclass(frozen=True, slots=True)
class Asked:
    """What waits for an answer on one envelope."""

    corrected: tuple[tuple[Correction, str], ...] = ()
    """Each with the name of who corrected it."""
    colleague: Recipient | None = None
    person: Recipient | None = None
    """Who proposed the colleague."""


NOTHING = Asked()


def asked(services: Services, envelope_ids: list[str]) -> dict[str, Asked]:
    """Return what waits, by envelope; envelopes where nothing does are left out."""
    with services.database.reading() as session:
        rows = corrections.waiting(session, envelope_ids)
        named = [(row, store.recipient(session, row.recipient_id).name) for row in rows]
        proposals = {one: store.proposed(session, one) for one in envelope_ids}
        people = {
            one: store.signer_of(session, one, found.role_key)
            for one, found in proposals.items()
            if found is not None
        }
    found = {}
    for one in envelope_ids:
        mine = tuple(pair for pair in named if pair[0].envelope_id == one)
        if mine or proposals[one]:
            found[one] = Asked(mine, proposals[one], people.get(one))
    return found
