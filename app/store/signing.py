"""Queries of the signing page: links by their hash, one-time codes, and one person's view of an envelope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from app.core.envelope import Seat, Status
from app.core.signing import CODE_TRIES, Stage, shown_digest, stage
from app.errors import NotFound
from app.secrets import Secrets
from app.store import envelopes
from app.store.database import Session
from app.store.tables import (
    Document,
    Envelope,
    FieldRow,
    Recipient,
    SigningCode,
    SigningLink,
)

LINK_HASH = "signing_link"
"""Purpose under which `Secrets.keyed_hash` hashes a signing token."""
CODE_HASH = "signing_code"
PICTURE_HASH = "signing_picture"


@dataclass(frozen=True, slots=True)
class Desk:
    """An envelope as one recipient has it before them. `mine`: the fields that are theirs to fill."""

    envelope: Envelope
    me: Recipient
    recipients: list[Recipient]
    documents: list[Document]
    mine: list[FieldRow]

    @property
    def seats(self) -> list[Seat]:
        """What the rules need to know of the recipients, as they are now."""
        return envelopes.seats(self.recipients)

    @property
    def my_seat(self) -> Seat:
        """The seat of this recipient."""
        return next(seat for seat in self.seats if seat.id == self.me.id)

    @property
    def shown(self) -> str:
        """The digest of what is shown to this recipient."""
        return shown_digest([document.printed_digest for document in self.documents])

    def stage(self, now: datetime) -> Stage:
        """Return what this recipient is shown at `now`."""
        deadline = self.envelope.deadline
        is_late = deadline is not None and deadline <= now
        return stage(Status(self.envelope.status), self.my_seat, self.seats, is_late=is_late)


def picture_mark(secrets: Secrets, recipient_id: str, digest: str) -> str:
    """Return the proof that this recipient brought the picture stored as `digest`."""
    return secrets.keyed_hash(PICTURE_HASH, f"{recipient_id}:{digest}")[:32]


def link_by_hash(session: Session, token_hash: str) -> SigningLink | None:
    """Return the link whose token hashes to `token_hash`, alive or not."""
    query = select(SigningLink).where(SigningLink.token_hash == token_hash)
    return session.execute(query).scalar_one_or_none()


def link(session: Session, link_id: str) -> SigningLink | None:
    """Return the link, read afresh."""
    return session.get(SigningLink, link_id, populate_existing=True)


def recipient(session: Session, recipient_id: str) -> Recipient:
    """Return the recipient; raises NotFound."""
    found = session.get(Recipient, recipient_id)
    if found is None:
        raise NotFound
    return found


def desk(session: Session, envelope_id: str, recipient_id: str) -> Desk:
    """Return the envelope as `recipient_id` has it, unlocked; raises NotFound."""
    return _desk(session, envelopes.get(session, envelope_id), recipient_id)


def locked_desk(session: Session, envelope_id: str, recipient_id: str) -> Desk:
    """Return the same with the envelope's row locked first, so that it stays true until the commit."""
    return _desk(session, envelopes.lock(session, envelope_id), recipient_id)


def _desk(session: Session, envelope: Envelope, recipient_id: str) -> Desk:
    people = envelopes.recipients(session, envelope.id)
    me = next((person for person in people if person.id == recipient_id), None)
    if me is None:
        raise NotFound
    documents = envelopes.documents(session, envelope.id)
    order = {document.id: document.position for document in documents}
    rows = [row for row in envelopes.fields(session, envelope.id) if row.role == me.role_key]
    return Desk(
        envelope=envelope,
        me=me,
        recipients=people,
        documents=documents,
        mine=sorted(rows, key=lambda row: (order[row.document_id], row.page, row.y, row.x)),
    )


def current_code(session: Session, recipient_id: str) -> SigningCode | None:
    """Return the newest code of a recipient, used or not."""
    query = select(SigningCode).where(SigningCode.recipient_id == recipient_id)
    newest = query.order_by(SigningCode.created_at.desc(), SigningCode.id).limit(1)
    return session.execute(newest).scalar_one_or_none()


def take_try(session: Session, code: SigningCode) -> bool:
    """Whether a try of `code` is left; it is counted here, before anyone compares anything."""
    counted = update(SigningCode).where(SigningCode.id == code.id, SigningCode.tries < CODE_TRIES)
    raised = session.execute(counted.values(tries=SigningCode.tries + 1).returning(SigningCode.id))
    if raised.scalar_one_or_none() is None:
        return False
    session.refresh(code)
    return True


def codes_since(session: Session, since: datetime, *, recipient_id: str) -> int:
    """Return how many codes a recipient was given since `since`."""
    query = select(func.count()).select_from(SigningCode)
    mine = query.where(SigningCode.recipient_id == recipient_id, SigningCode.created_at > since)
    return session.execute(mine).scalar_one()


def portal_codes_since(session: Session, since: datetime, *, portal_id: str) -> int:
    """Return how many codes one portal caused since `since`."""
    query = select(func.count()).select_from(SigningCode)
    all_of_it = query.where(SigningCode.portal_id == portal_id, SigningCode.created_at > since)
    return session.execute(all_of_it).scalar_one()
