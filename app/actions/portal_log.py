"""What the app asks of a portal and what comes back, for its administrator; and what they should know of it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.record import PortalUser
from app.errors import NotAllowed
from app.services import Services
from app.store import installations, rest_log
from app.store.tables import RestCallRow

NOTICES = {
    "ADMIN_REPLACED": "The administrator who installed Paraph is gone; background work now acts as another one.",
    "NO_ADMIN": "No administrator's access is left. Background work waits; your opening this page renews it.",
    "UNPAID": "The Bitrix24 subscription of Paraph has ended. An administrator can renew it.",
    "PARKED": "This Bitrix24 does not answer any more. Nothing is lost; we look again every day.",
    "FALSE_UNINSTALL": "Somebody claimed that Paraph was removed. It was not, so it was opened again.",
}
"""Sentence (msgid) by an installation's notice."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The newest exchanges, and how the app stands. `older`: where the next page begins, 0 at the end."""

    calls: tuple[RestCallRow, ...]
    older: int
    notice: str
    domain: str
    kept_days: int = rest_log.KEPT_DAYS


def connection(
    services: Services, who: PortalUser, *, before: int = 0, only_failed: bool = False
) -> Connection:
    """Return a page of the REST log. Raises NotAllowed for everybody but administrators of the portal."""
    if not who.is_admin:
        raise NotAllowed("Only an administrator of your Bitrix24 may see this.")
    with services.database.reading() as session:
        row = installations.get(session, who.portal_id)
        calls = rest_log.newest(session, who.portal_id, before=before, only_failed=only_failed)
    return Connection(
        calls=tuple(calls),
        older=calls[-1].id if len(calls) == rest_log.PAGE else 0,
        notice=NOTICES.get(row.notice, ""),
        domain=row.domain,
    )
