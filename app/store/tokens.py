"""OAuth pairs at rest, encrypted for their portal and user; and the leases under which one refreshes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import InstallationGone
from app.secrets import Secrets
from app.store.database import Database
from app.store.tables import Installation, Lease, PortalToken

LEASE_S = 60


@dataclass(frozen=True, slots=True)
class StoredPair:
    """One user's tokens on one portal, in clear. Never logged: repr hides them."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    client_endpoint: str
    user_id: str


def save(session: Session, secrets: Secrets, portal_id: str, pair: StoredPair) -> None:
    """Store `pair`, in place of the one kept before."""
    session.merge(
        PortalToken(
            portal_id=portal_id,
            user_id=pair.user_id,
            access_enc=secrets.encrypt(_purpose(portal_id, "access"), pair.access),
            refresh_enc=secrets.encrypt(_purpose(portal_id, "refresh"), pair.refresh),
            expires_at=pair.expires_at,
            client_endpoint=pair.client_endpoint,
        )
    )


def load(session: Session, secrets: Secrets, portal_id: str, user_id: str | None) -> StoredPair:
    """Return the pair of `user_id`, None meaning the administrator who installed the app.

    Raises InstallationGone when there is none or the portal is closed.
    """
    installation = session.get(Installation, portal_id)
    if installation is None or installation.state == "closed":
        raise InstallationGone
    row = session.get(PortalToken, (portal_id, user_id or installation.admin_user_id))
    if row is None:
        raise InstallationGone(code="NO_TOKEN")
    return StoredPair(
        access=secrets.decrypt(_purpose(portal_id, "access"), row.access_enc),
        refresh=secrets.decrypt(_purpose(portal_id, "refresh"), row.refresh_enc),
        expires_at=row.expires_at,
        client_endpoint=row.client_endpoint,
        user_id=row.user_id,
    )


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


def take_lease(database: Database, name: str, holder: str, now: datetime) -> bool:
    """Whether `holder` now has the lease `name`: it was free, run out, or its own."""
    until = now + timedelta(seconds=LEASE_S)
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
