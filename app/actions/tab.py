"""The tab "Signatures" of a card: what is under way, and what a sender may do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.core.envelope import Act, RecipientState, Status, advance, whose_turn
from app.core.evidence import EventKind
from app.core.record import PortalUser, RecordKey
from app.core.signing import LinkPurpose
from app.crm.rights import require_readable
from app.errors import NotAllowed, NotFound, NotYourTurn, WrongState
from app.services import Services
from app.store import audit, board, deliveries, drafts, envelopes, keeping
from app.store.database import Session
from app.store.signing import LINK_HASH
from app.store.tables import Delivery, Document, Envelope, Recipient, SigningLink

PORTAL_LINK_MINUTES = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One envelope with everything its line in a list shows."""

    envelope: Envelope
    people: tuple[Recipient, ...]
    documents: tuple[Document, ...]
    failed: frozenset[str]
    """Recipients whom the last message did not reach."""
    turn: frozenset[str]
    """Recipients whose turn it is."""
    is_kept: bool = True
    """Whether its files are still here: not once the time set for them is over."""

    @property
    def can_download(self) -> bool:
        """Whether there is a sealed PDF."""
        return self.is_kept and any(paper.sealed_digest for paper in self.documents)

    def seat_of(self, user_id: str) -> Recipient | None:
        """Return the recipient that this colleague is, if it is their turn to sign here and now."""
        is_open = self.envelope.status == Status.SENT
        mine = (p for p in self.people if is_open and p.portal_user_id == user_id)
        return next((person for person in mine if person.id in self.turn), None)


def of_record(services: Services, who: PortalUser, record: RecordKey) -> list[Row]:
    """Return the envelopes of the record, newest first."""
    with services.database.reading() as session:
        found = drafts.shown_on_record(session, who.portal_id, record)
        return [_row(session, envelope) for envelope in found]


def latest(services: Services, who: PortalUser, *, group: str = "", words: str = "") -> list[Row]:
    """Return the newest envelopes this person sent or signs; all of the portal's for an administrator.

    group: a column of the board, "" for all; words: what is searched for.
    """
    with services.database.reading() as session:
        found = board.latest_for(session, who, group=group, words=words)
        return [_row(session, envelope) for envelope in found]


def one(services: Services, who: PortalUser, record: RecordKey, envelope_id: str) -> Row:
    """Return one envelope of the record; raises NotFound."""
    with services.database.reading() as session:
        return _row(session, drafts.on_record(session, who, record, envelope_id))


def record_of(services: Services, who: PortalUser, envelope_id: str) -> RecordKey:
    """Return the record an envelope of this portal belongs to; the caller still has to prove it may be read."""
    with services.database.reading() as session:
        found = envelopes.of_portal(session, envelope_id, who.portal_id)
        return RecordKey(found.entity_type_id, found.entity_id)


def can_read(services: Services, who: PortalUser, record: RecordKey) -> None:
    """Make sure the portal shows the record to this person, by their own token. Raises PortalErrors."""
    client = services.portals.client(who.portal_id, who.user_id)
    require_readable(client, record.entity_type_id, record.entity_id)


def throw_away(services: Services, who: PortalUser, record: RecordKey, envelope_id: str) -> None:
    """Drop a draft that nobody was shown: no card, no message. Raises WrongState once it was sent."""
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        if envelope.status == Status.VOIDED and envelope.sent_at is None:
            return
        if envelope.status != Status.DRAFT:
            raise WrongState
        now = services.now()
        envelope.status = advance(Status.DRAFT, Act.VOID).value
        envelope.finished_at = now
        audit.record(session, envelope, EventKind.VOIDED, at=now, actor=who.actor)


def copy_link(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str, recipient_id: str
) -> str:
    """Return a new signing link of the recipient, to be handed over; that it was shown is recorded.

    It lowers the level the certificate can claim. Raises NotYourTurn, WrongState.
    """
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        person = _whose_turn(session, envelope, recipient_id)
        address = _link(services, session, envelope, person, LinkPurpose.COPIED)
        event = audit.record(
            session,
            envelope,
            EventKind.LINK_COPIED,
            at=services.now(),
            actor=who.actor,
            data={"recipient": person.id, "name": person.name},
        )
        card = f"card:{envelope.id}:{event.number}"
        services.jobs.enqueue(session, "card", card, envelope.id)
        return address


def open_as_colleague(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str
) -> str:
    """Return the address where this portal user signs with the identity the portal proved.

    Raises NotAllowed when they are not a signer, NotYourTurn, WrongState.
    """
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        people = envelopes.recipients(session, envelope.id)
        mine = next((p for p in people if p.portal_user_id == who.user_id), None)
        if mine is None:
            raise NotAllowed("This document waits for somebody else's signature.")
        person = _whose_turn(session, envelope, mine.id)
        return _link(services, session, envelope, person, LinkPurpose.PORTAL)


def check_remindable(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str
) -> None:
    """Make sure a message can reach somebody whose turn it is; raises WrongState, NotFound."""
    row = one(services, who, record, envelope_id)
    waiting = [p for p in row.people if p.id in row.turn and p.channel != "link"]
    if row.envelope.status != Status.SENT or not waiting:
        raise WrongState("There is nobody to remind right now.")


def _row(session: Session, envelope: Envelope) -> Row:
    people = envelopes.recipients(session, envelope.id)
    turn = whose_turn(envelopes.seats(people)) if envelope.status == Status.SENT else []
    return Row(
        envelope=envelope,
        people=tuple(people),
        documents=tuple(envelopes.documents(session, envelope.id)),
        failed=_failed(deliveries.of_envelope(session, envelope.id)),
        turn=frozenset(seat.id for seat in turn),
        is_kept=envelope.finished_at is None or _is_kept(session, envelope),
    )


def _is_kept(session: Session, envelope: Envelope) -> bool:
    settled = keeping.find(session, envelope.id)
    return settled is None or settled.deleted_at is None


def _failed(sent: list[Delivery]) -> frozenset[str]:
    last: dict[str, str] = {}
    for delivery in sent:
        if delivery.purpose in ("invitation", "reminder"):
            last[delivery.recipient_id] = delivery.state
    return frozenset(person for person, state in last.items() if state == "failed")


def _whose_turn(session: Session, envelope: Envelope, recipient_id: str) -> Recipient:
    if envelope.status != Status.SENT:
        raise WrongState
    people = envelopes.recipients(session, envelope.id)
    person = next((p for p in people if p.id == recipient_id), None)
    if person is None:
        raise NotFound
    if person.state == RecipientState.SIGNED:
        raise WrongState("This person has already signed.")
    if person.id not in {seat.id for seat in whose_turn(envelopes.seats(people))}:
        raise NotYourTurn("Someone else signs first.")
    return person


def _link(
    services: Services,
    session: Session,
    envelope: Envelope,
    person: Recipient,
    purpose: LinkPurpose,
) -> str:
    """Make the link of this purpose, ending the earlier ones of the same; return its address."""
    now, token = services.now(), services.secrets.token()
    short = now + timedelta(minutes=PORTAL_LINK_MINUTES)
    long = envelope.deadline or now + timedelta(days=services.settings.link_days)
    deliveries.revoke_links(session, person.id, now, purpose=purpose.value)
    session.add(
        SigningLink(
            id=services.new_id(),
            portal_id=envelope.portal_id,
            recipient_id=person.id,
            purpose=purpose.value,
            token_hash=services.secrets.keyed_hash(LINK_HASH, token),
            created_at=now,
            expires_at=short if purpose is LinkPurpose.PORTAL else long,
        )
    )
    return f"{services.settings.base_url}/s/{token}"
