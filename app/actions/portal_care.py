"""Care for a portal as a whole: is it paid, is it there, is the app truly gone; and what follows.

Nothing an event says of this is believed: the portal, or the authorization server, is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.crm import identity
from app.crm.doors import PortalEvent
from app.crm.identity import FreshPair
from app.errors import InstallationGone, NotAllowed, PortalError, PortalRefused
from app.services import Services
from app.store import erasure, installations, rest_log, tokens
from app.store.database import Session
from app.store.tables import Installation
from app.texts import best_language, translator

IDLE = timedelta(days=60)
"""A refresh token dies after 180 days without use: a quiet portal is asked something before."""
FAREWELL_AFTER, FORGOTTEN = timedelta(days=1), timedelta(days=30)
"""When to part from a portal that was found closed without an event."""
ERASED_AFTER_S = {"gone": 30 * 86_400.0, "clean": 7 * 86_400.0}
"""How long after an uninstall a portal's data stays; "clean": "delete settings and data" was ticked."""
FAREWELL = "farewell_token"
"""What the refresh token kept for one last question is encrypted for."""


def payment_hint(services: Services, event: PortalEvent) -> None:
    """ONAPPPAYMENT, which nobody signs: look at the portal ourselves, once a minute at most.

    Raises NotAllowed for a portal we do not know.
    """
    with services.database.transaction() as session:
        found = installations.by_member(session, event.member_id) if event.member_id else None
        if found is None or found.state == "closed":
            raise NotAllowed
        ask_to_look(services, session, found.portal_id)


def ask_to_look(services: Services, session: Session, portal_id: str) -> None:
    """Ask for a look at the portal, once in a minute."""
    minute = services.now().strftime("%Y%m%d%H%M")
    services.jobs.enqueue(session, "look_after", f"look:{portal_id}:{minute}", portal_id)


def look_after(services: Services, portal_id: str) -> str:
    """Ask the portal how our app stands there, keep that, and return the installation's state.

    A portal that does not answer, is unpaid, or has no administrator for us keeps its state of waiting.
    """
    try:
        info = services.portals.client(portal_id, care=True).call("app.info")
    except PortalError as error:
        if error.retryable and error.code in ("TIMEOUT", "UNREACHABLE", "NOT_JSON"):
            raise
        return _state(services, portal_id)
    return _keep(services, portal_id, info if isinstance(info, Mapping) else {})


def watch(services: Services) -> int:
    """Ask for a look at portals that wait (hourly) or were quiet for long (daily), and forget old REST calls.

    Returns how many looks were asked for.
    """
    now = services.now()
    with services.database.transaction() as session:
        waiting = [row.portal_id for row in installations.waiting(session)]
        idle = tokens.unused_since(session, now - IDLE)
        for portal_id in waiting:
            key = f"look:{portal_id}:{now:%Y%m%d%H}"
            services.jobs.enqueue(session, "look_after", key, portal_id)
        for portal_id in idle:
            key = f"look:{portal_id}:{now:%Y%m%d}"
            services.jobs.enqueue(session, "look_after", key, portal_id)
        for row in installations.closed_between(session, now - FORGOTTEN, now - FAREWELL_AFTER):
            key = f"farewell:{row.portal_id}:{_stamp(row)}"
            services.jobs.enqueue(session, "farewell", key, row.portal_id, _stamp(row))
        rest_log.prune(session, now - timedelta(days=rest_log.KEPT_DAYS))
    return len(waiting) + len(idle)


def confirm_gone(services: Services, portal_id: str, closed_at: str) -> list[str]:
    """Ask the authorization server, once, whether the app has truly gone; return what then has to be voided.

    Whoever knows the application token can claim an uninstall: when the app is still there, the installation is
    opened again with the pair that proved it. closed_at: the uninstall that is meant; a later life is left alone.
    """
    with services.database.reading() as session:
        row = installations.get(session, portal_id)
    if row.state != "closed" or _stamp(row) != closed_at:
        return []
    pair = _pair_if_there(services, row)
    if pair is not None:
        _open_again(services, row, pair)
        return []
    with services.database.transaction() as session:
        kept = installations.get(session, portal_id)
        kept.farewell_enc = ""
        kind = str(kept.preferences.get("farewell", "gone"))
        services.jobs.enqueue(
            session,
            "erase",
            f"erase:{portal_id}:{closed_at}",
            portal_id,
            closed_at,
            delay_s=ERASED_AFTER_S.get(kind, ERASED_AFTER_S["gone"]),
        )
        return erasure.undecided(session, portal_id)


def parting_reason(services: Services, portal_id: str) -> str:
    """Return why everything that waits on this portal is voided, in the portal's language."""
    with services.database.reading() as session:
        lang = installations.get(session, portal_id).lang
    return translator(best_language(lang))("The sender no longer uses Paraph.")


def erase(services: Services, portal_id: str, closed_at: str) -> int:
    """Delete what we knew of a portal, except the evidence of what was signed; return the rows deleted.

    Nothing happens when the app was installed again since.
    """
    with services.database.transaction() as session:
        row = installations.lock(session, portal_id)
        if row.state != "closed" or _stamp(row) != closed_at:
            return 0
        row.preferences, row.farewell_enc, row.registered = {}, "", ""
        return erasure.erase(session, portal_id)


def _stamp(row: Installation) -> str:
    return row.closed_at.isoformat() if row.closed_at else ""


def _state(services: Services, portal_id: str) -> str:
    with services.database.reading() as session:
        return installations.get(session, portal_id).state


def _keep(services: Services, portal_id: str, info: Mapping[str, Any]) -> str:
    is_unpaid = str(info.get("PAYMENT_EXPIRED", "N")).upper() == "Y"
    state, notice = ("unpaid", "UNPAID") if is_unpaid else ("active", "")
    with services.database.transaction() as session:
        row = installations.get(session, portal_id)
        if not is_unpaid and row.state == "active":
            notice = row.notice if row.notice == "ADMIN_REPLACED" else ""
        row.license = str(info.get("LICENSE") or "")[:40]
        return installations.move_to(
            session, portal_id, state, notice=notice, now=services.now()
        ).state


def _pair_if_there(services: Services, row: Installation) -> FreshPair | None:
    """Return a renewed pair when the app is still on the portal, nothing when it is not."""
    if not row.farewell_enc:
        return None
    settings = services.settings
    try:
        return identity.refresh_pair(
            services.portals.session,
            oauth_url=settings.oauth_url,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            refresh_token=services.secrets.decrypt(f"{FAREWELL}:{row.portal_id}", row.farewell_enc),
        )
    except (InstallationGone, PortalRefused):
        return None


def _open_again(services: Services, row: Installation, pair: FreshPair) -> None:
    stored = tokens.StoredPair(
        access=pair.access,
        refresh=pair.refresh,
        expires_at=pair.expires_at,
        client_endpoint=row.client_endpoint,
        user_id=row.admin_user_id,
    )
    with services.database.transaction() as session:
        kept = installations.get(session, row.portal_id)
        kept.state, kept.closed_at, kept.farewell_enc = "active", None, ""
        kept.notice, kept.notice_at = "FALSE_UNINSTALL", services.now()
        tokens.save(session, services.secrets, row.portal_id, stored)
        tokens.mark_admin(session, row.portal_id, row.admin_user_id, is_admin=True)
