"""Queries on installations: our app on one portal."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InstallationGone
from app.store.tables import Installation


def by_member(session: Session, member_id: str) -> Installation | None:
    """Return the installation on the portal that calls itself `member_id`, if there is one."""
    query = select(Installation).where(Installation.member_id == member_id)
    return session.execute(query).scalar_one_or_none()


def get(session: Session, portal_id: str) -> Installation:
    """Return the installation of our own `portal_id`; raises InstallationGone."""
    found = session.get(Installation, portal_id)
    if found is None:
        raise InstallationGone
    return found


def active(session: Session) -> list[Installation]:
    """Return every installation in use, oldest first."""
    query = select(Installation).where(Installation.state == "active")
    return list(session.execute(query.order_by(Installation.installed_at)).scalars())
