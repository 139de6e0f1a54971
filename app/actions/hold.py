"""A legal hold: an administrator keeps an envelope, whatever retention or a wish to be forgotten would delete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core import retention
from app.core.envelope import Status
from app.core.evidence import EventKind
from app.core.record import PortalUser
from app.errors import BadInput, NotAllowed
from app.services import Services
from app.store import audit, envelopes, keeping

ONLY_ADMINISTRATORS = "Only an administrator of your Bitrix24 settles how long documents are kept."
REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document with its rule; years None: as every other kind."""

    document_type: str
    title: str
    years: int | None

    @property
    def row(self) -> tuple[str, str, int | None]:
        """The three as a row of the page."""
        return self.document_type, self.title, self.years


@dataclass(frozen=True, slots=True)
class Held:
    """An envelope that a legal hold keeps."""

    envelope_id: str
    number: str
    title: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class KeepingRules:
    """What the page shows."""

    every_other: int
    kinds: tuple[Kind, ...]
    held: tuple[Held, ...]


def rules(services: Services, who: PortalUser) -> KeepingRules:
    """Return the portal's rules of retention and its holds. Raises NotAllowed."""
    _require_admin(who)
    with services.database.reading() as session:
        settled = keeping.rules(session, who.portal_id)
        kinds = keeping.kinds(session, who.portal_id)
        held = [
            Held(one.id, one.number, one.title, kept.held_at, kept.held_reason)
            for kept, one in keeping.held(session, who.portal_id)
            if kept.held_at
        ]
    named = {**{kind: kind for kind in settled if kind}, **kinds}
    return KeepingRules(
        every_other=settled.get(retention.EVERY_OTHER, 0),
        kinds=tuple(Kind(kind, title, settled.get(kind)) for kind, title in named.items()),
        held=tuple(held),
    )


def settle(services: Services, who: PortalUser, document_type: str, years: int | None) -> None:
    """Keep the rule for a kind of document ("": every other kind). Raises NotAllowed, BadInput."""
    _require_admin(who)
    if years is not None and years not in retention.YEARS:
        raise BadInput(field="years")
    with services.database.transaction() as session:
        known = {retention.EVERY_OTHER, *keeping.kinds(session, who.portal_id)}
        if document_type not in known | set(keeping.rules(session, who.portal_id)):
            raise BadInput(field="years")
        keeping.settle(
            session, who.portal_id, document_type, years, by=who.user_id, at=services.now()
        )


def hold(services: Services, who: PortalUser, number: str, reason: str) -> None:
    """Put a hold on the envelope with this number. Raises NotAllowed, BadInput."""
    _require_admin(who)
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_CHARS:
        raise BadInput("Please say in a few words why.", field="reason")
    now = services.now()
    with services.database.transaction() as session:
        found = keeping.by_number(session, who.portal_id, number.strip())
        if found is None or found.status == Status.DRAFT:
            raise BadInput("No document of this portal has this number.", field="number")
        envelope = envelopes.lock(session, found.id)
        kept = keeping.of(session, envelope)
        if kept.deleted_at:
            raise BadInput("The retention of this document has ended already.", field="number")
        if kept.held_at:
            return
        kept.held_at, kept.held_by, kept.held_reason = now, who.user_id, reason
        audit.record(
            session,
            envelope,
            EventKind.HELD,
            at=now,
            actor=who.actor,
            data={"reason": reason},
        )


def release(services: Services, who: PortalUser, envelope_id: str) -> None:
    """Lift the hold; again changes nothing. Raises NotAllowed, NotFound."""
    _require_admin(who)
    with services.database.transaction() as session:
        envelope = envelopes.of_portal(session, envelope_id, who.portal_id)
        envelope = envelopes.lock(session, envelope.id)
        kept = keeping.find(session, envelope_id)
        if kept is None or not kept.held_at:
            return
        kept.held_at, kept.held_reason = None, ""
        audit.record(session, envelope, EventKind.RELEASED, at=services.now(), actor=who.actor)


def _require_admin(who: PortalUser) -> None:
    if not who.is_admin:
        raise NotAllowed(ONLY_ADMINISTRATORS)
