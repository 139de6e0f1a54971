"""Queries of the signing page: links by their hash, one-time codes, and one person's view of an envelope."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from app.core.envelope import IN_PLAY, Role, Seat, Status
from app.core.field_formats import room_for
from app.core.signing import CODE_TRIES, LinkPurpose, Stage, shown_digest, stage
from app.errors import NotFound
from app.secrets import Secrets
from app.store import envelopes
from app.store.database import Session
from app.store.tables import (
    Delivery,
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
KNOWN_AT_DESK = IN_PLAY | {Role.REPLACED}
"""Who may open a link: whoever takes part, and whoever handed over, to see that."""


@dataclass(frozen=True, slots=True)
class Desk:
    """An envelope as one recipient has it before them. `mine`: the fields that are theirs to fill."""

    envelope: Envelope
    me: Recipient
    recipients: list[Recipient]
    documents: list[Document]
    mine: list[FieldRow]
    proposal: Recipient | None = None
    """Who this person wants to sign instead, until the sender has answered."""

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

    def room_of(self, row: FieldRow) -> int:
        """How many letters of text fit into the field's box."""
        paper = next(document for document in self.documents if document.id == row.document_id)
        sizes = paper.page_sizes[row.page : row.page + 1] or [[595.0, 842.0]]
        return room_for(row.w * sizes[0][0], row.h * sizes[0][1])

    def stage(self, now: datetime) -> Stage:
        """Return what this recipient is shown at `now`."""
        if Role(self.me.role) is Role.REPLACED:
            return Stage.HANDED_OVER
        deadline = self.envelope.deadline
        is_late = deadline is not None and deadline <= now
        now_at = stage(Status(self.envelope.status), self.my_seat, self.seats, is_late=is_late)
        return Stage.HANDING_OVER if now_at is Stage.READY and self.proposal else now_at


def picture_mark(secrets: Secrets, recipient_id: str, digest: str) -> str:
    """Return the proof that this recipient brought the picture stored as `digest`."""
    return secrets.keyed_hash(PICTURE_HASH, f"{recipient_id}:{digest}")[:32]


def is_brought(secrets: Secrets, recipient_id: str, digest: str, mark: str) -> bool:
    """Whether `mark` is that proof, compared in constant time."""
    return hmac.compare_digest(picture_mark(secrets, recipient_id, digest).encode(), mark.encode())


def link_by_hash(session: Session, token_hash: str) -> SigningLink | None:
    """Return the link whose token hashes to `token_hash`, alive or not."""
    query = select(SigningLink).where(SigningLink.token_hash == token_hash)
    return session.execute(query).scalar_one_or_none()


def link(session: Session, link_id: str) -> SigningLink | None:
    """Return the link, read afresh."""
    return session.get(SigningLink, link_id, populate_existing=True)


def living_since(session: Session, recipient_id: str, now: datetime) -> datetime | None:
    """Return when the newest link was made that a person was sent and that opens at `now`; None without one."""
    query = select(func.max(SigningLink.created_at)).where(
        SigningLink.recipient_id == recipient_id,
        SigningLink.purpose == LinkPurpose.SIGN.value,
        SigningLink.revoked_at.is_(None),
        SigningLink.expires_at > now,
    )
    return session.execute(query).scalar_one_or_none()


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
    me = session.get(Recipient, recipient_id)
    if me is None or me.envelope_id != envelope.id or Role(me.role) not in KNOWN_AT_DESK:
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
        proposal=proposal(session, envelope.id, me.role_key),
    )


def proposal(session: Session, envelope_id: str, role_key: str) -> Recipient | None:
    """Return the person proposed to sign as `role_key` whom the sender has not answered about."""
    query = select(Recipient).where(
        Recipient.envelope_id == envelope_id,
        Recipient.role_key == role_key,
        Recipient.role == Role.PROPOSED.value,
    )
    return session.execute(query).scalars().first()


def proposed(session: Session, envelope_id: str) -> Recipient | None:
    """Return whoever is proposed on this envelope and waits for the sender's answer, for any role."""
    query = select(Recipient).where(
        Recipient.envelope_id == envelope_id, Recipient.role == Role.PROPOSED.value
    )
    return session.execute(query.order_by(Recipient.id)).scalars().first()


def envelope_of(session: Session, person: Recipient) -> Envelope:
    """Return the envelope a person belongs to."""
    return envelopes.get(session, person.envelope_id)


def replaced_by(session: Session, colleague: Recipient) -> Recipient:
    """Return who signed as this colleague's role last before them; raises NotFound."""
    query = select(Recipient).where(
        Recipient.envelope_id == colleague.envelope_id,
        Recipient.role_key == colleague.role_key,
        Recipient.role == Role.REPLACED.value,
    )
    found = session.execute(query.order_by(Recipient.invited_at.desc())).scalars().first()
    if found is None:
        raise NotFound
    return found


def signer_of(session: Session, envelope_id: str, role_key: str) -> Recipient:
    """Return who signs as `role_key` now; raises NotFound."""
    query = select(Recipient).where(
        Recipient.envelope_id == envelope_id,
        Recipient.role_key == role_key,
        Recipient.role == Role.SIGNER.value,
    )
    found = session.execute(query).scalars().first()
    if found is None:
        raise NotFound
    return found


def current_code(session: Session, recipient_id: str) -> SigningCode | None:
    """Return the newest code of a recipient, used or not."""
    query = select(SigningCode).where(SigningCode.recipient_id == recipient_id)
    newest = query.order_by(SigningCode.created_at.desc(), SigningCode.id).limit(1)
    return session.execute(newest).scalar_one_or_none()


def code_channel(session: Session, recipient_id: str) -> str:
    """Return the channel that the newest code of a recipient went over, "" without one."""
    code = current_code(session, recipient_id)
    if code is None:
        return ""
    query = select(Delivery.channel).where(Delivery.key == f"code:{code.id}")
    return session.execute(query).scalar_one_or_none() or ""


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
