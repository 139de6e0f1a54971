"""Queries on the sealing keys that portals brought."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.store.tables import CompanyKey


def of_portal(session: Session, portal_id: str) -> list[CompanyKey]:
    """Return the portal's keys, the newest first."""
    query = select(CompanyKey).where(CompanyKey.portal_id == portal_id)
    return list(session.execute(query.order_by(CompanyKey.added_at.desc())).scalars())


def get(session: Session, portal_id: str, key_id: str) -> CompanyKey:
    """Return a key of this portal; raises NotFound."""
    found = session.get(CompanyKey, key_id, with_for_update=True)
    if found is None or found.portal_id != portal_id:
        raise NotFound
    return found


def find(session: Session, key_id: str) -> CompanyKey | None:
    """Return the key with this id, which an envelope of ours names."""
    return session.get(CompanyKey, key_id)


def in_use(session: Session, portal_id: str, *, now: datetime) -> dict[str, CompanyKey]:
    """Return the keys that seal now, by company; "" for every company without one of its own."""
    query = select(CompanyKey).where(
        CompanyKey.portal_id == portal_id,
        CompanyKey.state == "used",
        CompanyKey.expires_at > now,
        CompanyKey.key_enc != "",
    )
    return {row.company_id: row for row in session.execute(query).scalars()}


def all_in_use(session: Session) -> list[CompanyKey]:
    """Return every portal's keys that are in use, whether they have run out or not."""
    query = select(CompanyKey).where(CompanyKey.state == "used")
    return list(session.execute(query.order_by(CompanyKey.expires_at)).scalars())


def ends_on(session: Session, portal_id: str, before: datetime) -> str:
    """Return the day on which the first of the portal's keys in use ends, "" when none ends before that moment."""
    query = select(func.min(CompanyKey.expires_at)).where(
        CompanyKey.portal_id == portal_id,
        CompanyKey.state == "used",
        CompanyKey.expires_at <= before,
    )
    found = session.execute(query).scalar_one_or_none()
    return found.date().isoformat() if found else ""


def known(session: Session) -> list[str]:
    """Return the own certificate (PEM) of every key that seals or has sealed: seals made with it are ours."""
    query = select(CompanyKey.chain).where(CompanyKey.state != "tested")
    return list(dict.fromkeys(str(chain[0]) for chain in session.execute(query).scalars()))


def take_into_use(session: Session, row: CompanyKey, *, at: datetime) -> None:
    """Let this key seal from now on; the one it follows is kept for the seals it made."""
    before = update(CompanyKey).where(
        CompanyKey.portal_id == row.portal_id,
        CompanyKey.company_id == row.company_id,
        CompanyKey.state == "used",
    )
    session.execute(before.values(state="kept", left_at=at))
    row.state, row.used_at, row.left_at = "used", at, None
    session.flush()


def forget_left(session: Session, before: datetime) -> int:
    """Forget the private part of keys that were replaced before that moment; return how many."""
    gone = update(CompanyKey).where(
        CompanyKey.state == "kept", CompanyKey.left_at < before, CompanyKey.key_enc != ""
    )
    return int(getattr(session.execute(gone.values(key_enc="")), "rowcount", 0))


def forget_portal(session: Session, portal_id: str) -> None:
    """Forget every private key of a portal that has gone; what it sealed is still known as sealed here."""
    mine = update(CompanyKey).where(CompanyKey.portal_id == portal_id)
    session.execute(mine.values(key_enc="", state="kept"))
