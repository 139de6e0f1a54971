"""OAuth pairs at rest, encrypted for their portal and user; and the leases under which one refreshes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import InstallationGone, PortalUnavailable
from app.secrets import Secrets
from app.store import once
from app.store.database import Database
from app.store.tables import Installation, Lease, PortalToken

LEASE_S = 60
REFRESH_LEASE_S = 35
"""Longer than the authorization server is given to answer (app.crm.wire): two addresses tried, an answer that
comes late and drips. A process killed in between holds the others up so long and no longer."""
WAITING = {
    "unpaid": "The Bitrix24 subscription of Paraph has ended. An administrator can renew it.",
    "parked": "This Bitrix24 does not answer any more. Nothing is lost; we look again every day.",
}
"""Sentence (msgid) by the installation's state in which work waits."""
NO_ADMIN = "Bitrix24 asks an administrator to open Paraph once, to renew its access."


@dataclass(frozen=True, slots=True)
class StoredPair:
    """One user's tokens on one portal, in clear. Never logged: repr hides them."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    client_endpoint: str
    user_id: str
    member_id: str = ""
    """The portal's own name, filled in when the pair is loaded."""


def save(session: Session, secrets: Secrets, portal_id: str, pair: StoredPair) -> None:
    """Store `pair`, in place of the one kept before; one that comes without a refresh token leaves the old one."""
    values = {
        "access_enc": secrets.encrypt(_purpose(portal_id, "access"), pair.access),
        "expires_at": pair.expires_at,
        "client_endpoint": pair.client_endpoint,
    }
    refresh_enc = secrets.encrypt(_purpose(portal_id, "refresh"), pair.refresh)
    names = {"portal_id": portal_id, "user_id": pair.user_id}
    row = once.held(session, PortalToken, names, refresh_enc=refresh_enc, **values)
    if pair.refresh:
        row.refresh_enc = refresh_enc
    for name, value in values.items():
        setattr(row, name, value)


def load(
    session: Session, secrets: Secrets, portal_id: str, user_id: str | None, *, care: bool = False
) -> StoredPair:
    """Return the pair of `user_id`, None meaning the administrator in whose name background work is done.

    care: also while work waits, to look whether the portal is back. Raises InstallationGone when the portal is
    closed or this user unknown, PortalUnavailable while it is unpaid, does not answer, or has no administrator.
    """
    installation = session.get(Installation, portal_id)
    if installation is None or installation.state == "closed":
        raise InstallationGone
    if installation.state in WAITING and not care:
        raise PortalUnavailable(WAITING[installation.state], code=installation.state)
    row = session.get(PortalToken, (portal_id, user_id or installation.admin_user_id))
    if row is None:
        if user_id is None:
            raise PortalUnavailable(NO_ADMIN, code="NO_ADMIN")
        raise InstallationGone(code="NO_TOKEN")
    return StoredPair(
        access=secrets.decrypt(_purpose(portal_id, "access"), row.access_enc),
        refresh=secrets.decrypt(_purpose(portal_id, "refresh"), row.refresh_enc),
        expires_at=row.expires_at,
        client_endpoint=row.client_endpoint,
        user_id=row.user_id,
        member_id=installation.member_id,
    )


def refresh_of_admin(session: Session, secrets: Secrets, portal_id: str) -> str:
    """Return the refresh token behind background work, "" when there is none."""
    installation = session.get(Installation, portal_id)
    user_id = installation.admin_user_id if installation else ""
    row = session.get(PortalToken, (portal_id, user_id))
    return secrets.decrypt(_purpose(portal_id, "refresh"), row.refresh_enc) if row else ""


def mark_admin(session: Session, portal_id: str, user_id: str, *, is_admin: bool) -> None:
    """Remember whether the portal named this user an administrator."""
    row = session.get(PortalToken, (portal_id, user_id))
    if row is not None:
        row.is_admin = is_admin


def has_pair(session: Session, portal_id: str, user_id: str) -> bool:
    """Whether we hold tokens of this user."""
    return session.get(PortalToken, (portal_id, user_id)) is not None


def is_admin(session: Session, portal_id: str, user_id: str) -> bool:
    """Whether the portal named this user an administrator when they last opened the main page."""
    row = session.get(PortalToken, (portal_id, user_id))
    return row is not None and row.is_admin


def lose(session: Session, portal_id: str, user_id: str) -> str:
    """Forget the pair of `user_id`, which the portal refuses for good; return the administrator who stands in.

    "" when there is none: work waits then until an administrator opens the app.
    """
    installation = session.get(Installation, portal_id)
    if installation is None:
        raise InstallationGone
    session.execute(
        delete(PortalToken).where(
            PortalToken.portal_id == portal_id, PortalToken.user_id == user_id
        )
    )
    query = select(PortalToken).where(PortalToken.portal_id == portal_id, PortalToken.is_admin)
    others = session.execute(query.order_by(PortalToken.expires_at.desc())).scalars().all()
    if installation.admin_user_id == user_id and others:
        installation.admin_user_id = others[0].user_id
    return installation.admin_user_id if others else ""


def unused_since(session: Session, moment: datetime) -> list[str]:
    """Return the portals in use whose administrator's pair was last renewed before `moment`."""
    query = (
        select(Installation.portal_id)
        .join(PortalToken, PortalToken.portal_id == Installation.portal_id)
        .where(
            Installation.state == "active",
            PortalToken.user_id == Installation.admin_user_id,
            PortalToken.expires_at < moment,
        )
    )
    return list(session.execute(query).scalars())


def drop(session: Session, portal_id: str) -> None:
    """Forget every token of a portal: after an uninstall nothing may be called any more."""
    session.execute(delete(PortalToken).where(PortalToken.portal_id == portal_id))


def rename(session: Session, portal_id: str, domain: str, client_endpoint: str) -> None:
    """Keep the portal's new address, for the installation and all its tokens."""
    session.execute(
        update(Installation)
        .where(Installation.portal_id == portal_id)
        .values(domain=domain, client_endpoint=client_endpoint)
    )
    session.execute(
        update(PortalToken)
        .where(PortalToken.portal_id == portal_id)
        .values(client_endpoint=client_endpoint)
    )


def take_lease(
    database: Database, name: str, holder: str, now: datetime, *, seconds: float = LEASE_S
) -> bool:
    """Whether `holder` now has the lease `name`: it was free, run out, or its own."""
    until = now + timedelta(seconds=seconds)
    try:
        with database.transaction() as session:
            query = select(Lease).where(Lease.name == name).with_for_update()
            lease = session.execute(query).scalar_one_or_none()
            if lease is None:
                session.add(Lease(name=name, holder=holder, until=until))
            elif lease.until < now or lease.holder == holder:
                lease.holder, lease.until = holder, until
            else:
                return False
    except IntegrityError:
        return False
    return True


def give_lease(database: Database, name: str, holder: str) -> None:
    """Give the lease back, if it is still held by `holder`."""
    with database.transaction() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def _purpose(portal_id: str, column: str) -> str:
    return f"portal_tokens.{column}:{portal_id}"
