"""Queries on what is kept how long: rules of retention, legal holds, envelopes whose time is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.core.envelope import FINAL
from app.store.tables import Envelope, Keeping, RetentionRule

_FINAL = tuple(status.value for status in FINAL)
AT_ONCE = 200


def rules(session: Session, portal_id: str) -> dict[str, int]:
    """Return for how many years documents are kept, by kind; "" for every other kind."""
    query = select(RetentionRule).where(RetentionRule.portal_id == portal_id)
    return {row.document_type: row.years for row in session.execute(query).scalars()}


def settle(
    session: Session,
    portal_id: str,
    document_type: str,
    years: int | None,
    *,
    by: str,
    at: datetime,
) -> None:
    """Keep the rule for a kind, None for none of its own."""
    row = session.get(RetentionRule, (portal_id, document_type))
    if years is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        new = RetentionRule(portal_id=portal_id, document_type=document_type)
        new.years, new.changed_by, new.changed_at = years, by, at
        session.add(new)
    else:
        row.years, row.changed_by, row.changed_at = years, by, at
    session.flush()


def kinds(session: Session, portal_id: str) -> dict[str, str]:
    """Return the kinds of documents this portal has sent, each with a title it goes by."""
    query = (
        select(Envelope.document_type, func.max(Envelope.title))
        .where(Envelope.portal_id == portal_id, Envelope.status != "draft")
        .group_by(Envelope.document_type)
        .order_by(func.max(Envelope.created_at).desc())
        .limit(60)
    )
    return {kind: str(title) for kind, title in session.execute(query)}


def of(session: Session, envelope: Envelope) -> Keeping:
    """Return what is settled for the envelope, made now when there is nothing yet; the envelope must be locked."""
    found = session.get(Keeping, envelope.id)
    if found is None:
        found = Keeping(envelope_id=envelope.id, portal_id=envelope.portal_id, loose_files=[])
        session.add(found)
        session.flush()
    return found


def find(session: Session, envelope_id: str) -> Keeping | None:
    """Return what is settled for the envelope, None when nothing is."""
    return session.get(Keeping, envelope_id)


def held(session: Session, portal_id: str) -> list[tuple[Keeping, Envelope]]:
    """Return what a legal hold keeps on this portal, the oldest hold first."""
    query = (
        select(Keeping, Envelope)
        .join(Envelope, Envelope.id == Keeping.envelope_id)
        .where(Keeping.portal_id == portal_id, Keeping.held_at.is_not(None))
        .order_by(Keeping.held_at)
    )
    return [(kept, envelope) for kept, envelope in session.execute(query)]


def by_number(session: Session, portal_id: str, number: str) -> Envelope | None:
    """Return the portal's envelope with this number, for people."""
    query = select(Envelope).where(Envelope.portal_id == portal_id, Envelope.number == number)
    return session.execute(query).scalar_one_or_none()


def portals_with_rules(session: Session) -> list[str]:
    """Return the portals where something is not kept for ever."""
    query = select(RetentionRule.portal_id).where(RetentionRule.years > 0).distinct()
    return list(session.execute(query).scalars())


def over_before(
    session: Session, portal_id: str, moment: datetime, *, kinds: Iterable[str], others: bool
) -> list[str]:
    """Return ids of envelopes that were over before `moment`, are still here and not held.

    kinds: only these kinds of documents; others: instead, every kind but these.
    """
    named = Envelope.document_type.in_(list(kinds))
    query = (
        select(Envelope.id)
        .outerjoin(Keeping, Keeping.envelope_id == Envelope.id)
        .where(
            Envelope.portal_id == portal_id,
            Envelope.status.in_(_FINAL),
            Envelope.finished_at <= moment,
            ~named if others else named,
            Keeping.deleted_at.is_(None),
            Keeping.held_at.is_(None),
        )
        .order_by(Envelope.finished_at)
        .limit(AT_ONCE)
    )
    return list(session.execute(query).scalars())


def with_loose_files(session: Session) -> list[str]:
    """Return ids of envelopes of which files may still lie about, 200 at most."""
    query = select(Keeping.envelope_id, Keeping.loose_files).where(
        func.length(cast(Keeping.loose_files, Text)) > 2
    )
    return [envelope_id for envelope_id, files in session.execute(query.limit(AT_ONCE)) if files]
