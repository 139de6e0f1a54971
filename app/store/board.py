"""Queries of the main page: what a person may see, by state and words, and what waits for their signature."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.core.envelope import Role, Status
from app.core.record import PortalUser
from app.store.tables import Envelope, Recipient

SHOWN = 12
GROUPS: Mapping[str, tuple[Status, ...]] = {
    "draft": (Status.DRAFT,),
    "sent": (Status.SENT,),
    "done": (Status.SIGNED, Status.SEALED),
    "ended": (Status.DECLINED, Status.EXPIRED, Status.VOIDED),
}
"""The columns of the board."""


def latest_for(
    session: Session, who: PortalUser, *, group: str = "", words: str = "", limit: int = SHOWN
) -> list[Envelope]:
    """Return the newest envelopes `who` sent or signs; an administrator sees all of the portal.

    group: one of GROUPS, "" for all. words: in the title, the number, the record's title or a person's name.
    """
    query = select(Envelope).where(*_visible(who))
    if group in GROUPS:
        query = query.where(Envelope.status.in_([one.value for one in GROUPS[group]]))
    for word in words.split()[:6]:
        query = query.where(_says(word))
    newest = query.order_by(Envelope.created_at.desc(), Envelope.id).limit(limit)
    return list(session.execute(newest).scalars())


def counts(session: Session, who: PortalUser) -> dict[str, int]:
    """Return how many envelopes `who` sees in each of GROUPS."""
    query = select(Envelope.status, func.count()).where(*_visible(who)).group_by(Envelope.status)
    by_status = {status: int(count) for status, count in session.execute(query)}
    return {name: sum(by_status.get(one.value, 0) for one in many) for name, many in GROUPS.items()}


def seats_of(session: Session, who: PortalUser) -> list[Recipient]:
    """Return this colleague's places as a signer on envelopes under way, the oldest first."""
    query = (
        select(Recipient)
        .join(Envelope, Envelope.id == Recipient.envelope_id)
        .where(
            Recipient.portal_id == who.portal_id,
            Recipient.portal_user_id == who.user_id,
            Recipient.role == Role.SIGNER.value,
            Envelope.status == Status.SENT.value,
        )
        .order_by(Envelope.sent_at, Envelope.id)
        .limit(100)
    )
    return list(session.execute(query).scalars())


def _visible(who: PortalUser) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = [
        Envelope.portal_id == who.portal_id,
        or_(Envelope.status != Status.VOIDED.value, Envelope.sent_at.is_not(None)),
    ]
    if not who.is_admin:
        mine = select(Recipient.envelope_id).where(
            Recipient.portal_id == who.portal_id, Recipient.portal_user_id == who.user_id
        )
        rules.append(or_(Envelope.created_by == who.user_id, Envelope.id.in_(mine)))
    return rules


def _says(word: str) -> ColumnElement[bool]:
    named = select(Recipient.envelope_id).where(
        or_(
            Recipient.name.icontains(word, autoescape=True),
            Recipient.company.icontains(word, autoescape=True),
        )
    )
    return or_(
        Envelope.title.icontains(word, autoescape=True),
        Envelope.number.icontains(word, autoescape=True),
        Envelope.record_title.icontains(word, autoescape=True),
        Envelope.id.in_(named),
    )
