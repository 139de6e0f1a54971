"""Queries on installations: our app on one portal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import InstallationGone
from app.store import once
from app.store.tables import Installation


def by_member(session: Session, member_id: str) -> Installation | None:
    """Return the installation on the portal that calls itself `member_id`, if there is one."""
    query = select(Installation).where(Installation.member_id == member_id)
    return session.execute(query).scalar_one_or_none()


def held(session: Session, new: Installation) -> Installation:
    """Return the installation on the portal of `new`, held until the transaction ends: `new` if there is none."""
    known = by_member(session, new.member_id)
    if known is None and once.add(session, new):
        return new
    known = known or by_member(session, new.member_id)
    if known is None:
        raise InstallationGone
    return lock(session, known.portal_id)


def get(session: Session, portal_id: str) -> Installation:
    """Return the installation of our own `portal_id`; raises InstallationGone."""
    found = session.get(Installation, portal_id)
    if found is None:
        raise InstallationGone
    return found


def lock(session: Session, portal_id: str) -> Installation:
    """Return the installation as it stands, held until the transaction ends; raises InstallationGone.

    For what is read, changed and written back: its preferences above all.
    """
    found = session.get(Installation, portal_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise InstallationGone
    return found


def prefer(session: Session, portal_id: str, **values: Any) -> None:
    """Set these preferences of an installation and leave the others as they are, even those set at this moment."""
    row = lock(session, portal_id)
    row.preferences = {**row.preferences, **values}


def named(session: Session, name: str) -> Installation:
    """Return the installation that an operator calls by our id, its member id or its domain.

    Raises InstallationGone.
    """
    columns = (Installation.portal_id, Installation.member_id, Installation.domain)
    query = select(Installation).where(or_(*(column == name for column in columns)))
    found = session.execute(query).scalars().first()
    if found is None:
        raise InstallationGone
    return found


def move_to(
    session: Session, portal_id: str, state: str, *, notice: str, now: datetime
) -> Installation:
    """Set state and notice of an installation that is not closed, and return it; a repeat keeps the first time."""
    found = get(session, portal_id)
    if found.state == "closed":
        return found
    if (found.state, found.notice) != (state, notice):
        found.state, found.notice, found.notice_at = state, notice, now
    return found


def close(session: Session, portal_id: str, *, now: datetime) -> Installation:
    """Close an installation: the app is not on that portal any more. What it knew stays until it is erased."""
    found = get(session, portal_id)
    if found.state != "closed":
        found.state, found.closed_at, found.notice = "closed", now, ""
        found.application_token_hash = ""
    return found


def plan_of(session: Session, portal_id: str) -> str:
    """Return the portal's plan as app.info named it, "" while nobody asked."""
    found = session.get(Installation, portal_id)
    return found.license if found else ""


def closed_between(session: Session, start: datetime, end: datetime) -> list[Installation]:
    """Return the installations that were closed in that time."""
    query = select(Installation).where(
        Installation.state == "closed",
        Installation.closed_at >= start,
        Installation.closed_at < end,
    )
    return list(session.execute(query).scalars())


def waiting(session: Session) -> list[Installation]:
    """Return the installations whose work waits: unpaid, or away."""
    query = select(Installation).where(Installation.state.in_(("unpaid", "parked")))
    return list(session.execute(query.order_by(Installation.installed_at)).scalars())


def noticed(session: Session) -> list[Installation]:
    """Return the portals whose administrator should know something, by domain."""
    query = select(Installation).where(Installation.state != "closed", Installation.notice != "")
    return list(session.execute(query.order_by(Installation.domain)).scalars())


def active(session: Session) -> list[Installation]:
    """Return every installation in use, oldest first."""
    query = select(Installation).where(Installation.state == "active")
    return list(session.execute(query.order_by(Installation.installed_at)).scalars())
