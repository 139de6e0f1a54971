"""Who is calling: an employee in a frame, proven by the authorization server, or a known portal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from app.crm import identity, registration
from app.crm.identity import ProvenCaller
from app.crm.robots import FrameCall
from app.errors import InstallationGone, NotAllowed, PortalError, PortalUnavailable
from app.services import Services
from app.store import installations, tokens
from app.store.database import Session
from app.store.tables import Installation

ROTATING_EVENTS = frozenset({"ONAPPINSTALL", "ONAPPUPDATE"})
"""Events that may bring a new application token, believed only with a proven access token."""
UNSIGNED_EVENTS = frozenset({"ONAPPPAYMENT"})
"""Events that come without an application token."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """An employee of a portal where we are installed."""

    portal_id: str
    user_id: str
    is_admin: bool
    domain: str
    client_endpoint: str


def prove(services: Services, frame: FrameCall) -> ProvenCaller:
    """Return who posted `frame`; raises NotAllowed unless token, app and portal agree."""
    proven = services.portals.prover.prove(frame.auth_id)
    if frame.member_id and frame.member_id != proven.member_id:
        raise NotAllowed
    return proven


def admit(services: Services, frame: FrameCall, proven: ProvenCaller) -> KnownCaller:
    """Return the proven employee who opened `frame` and keep their tokens for what follows from it.

    Raises InstallationGone when the app is not installed on that portal.
    """
    with services.database.reading() as session:
        found = installations.by_member(session, proven.member_id)
    if found is not None and found.state == "closed" and found.admin_user_id == proven.user_id:
        _reopen(services, frame, found.portal_id)
    with services.database.transaction() as session:
        found = installations.by_member(session, proven.member_id)
        if found is None or found.state == "closed":
            raise InstallationGone
        tokens.save(session, services.secrets, found.portal_id, pair_of(services, proven, frame))
        if found.state in tokens.WAITING:
            _look_again(services, session, found)
        caller = KnownCaller(
            portal_id=found.portal_id,
            user_id=proven.user_id,
            is_admin=tokens.is_admin(session, found.portal_id, proven.user_id),
            domain=found.domain,
            client_endpoint=proven.client_endpoint,
        )
    if found.state in tokens.WAITING:
        raise PortalUnavailable(tokens.WAITING[found.state], code=found.state)
    return _as_admin(services, frame, caller) if frame.placement == "DEFAULT" else caller


def _as_admin(services: Services, frame: FrameCall, caller: KnownCaller) -> KnownCaller:
    """Ask the portal, with this person's own token, whether they administer it, and keep the answer.

    An administrator's tokens may stand in for the installer's some day, and their opening the app brings a portal
    up to date whose app has changed.
    """
    client = services.portals.client(caller.portal_id, caller.user_id)
    try:
        is_admin = identity.is_admin(client)
    except PortalError:
        return caller
    with services.database.transaction() as session:
        row = installations.get(session, caller.portal_id)
        tokens.mark_admin(session, caller.portal_id, caller.user_id, is_admin=is_admin)
        if is_admin:
            _keep_up(services, session, row, frame, caller.user_id)
    return replace(caller, is_admin=is_admin)


def _keep_up(
    services: Services, session: Session, row: Installation, frame: FrameCall, user_id: str
) -> None:
    """Take over what an administrator's visit brings: a stand-in, a lost application token, a newer manifest."""
    if not tokens.has_pair(session, row.portal_id, row.admin_user_id):
        row.admin_user_id, row.notice = user_id, ""
    if not row.application_token_hash and frame.application_token:
        hashed = services.secrets.keyed_hash("application_token", frame.application_token)
        row.application_token_hash = hashed
    mark = registration.fingerprint_at(services.manifest, services.settings.base_url)
    if row.registered != mark:
        minute = services.now().strftime("%Y%m%d%H%M")
        key = f"reconcile:{row.portal_id}:{minute}"
        services.jobs.enqueue(session, "reconcile", key, row.portal_id)
    day = services.now().strftime("%Y%m%d")
    services.jobs.enqueue(session, "look_after", f"look:{row.portal_id}:{day}", row.portal_id)


def _look_again(services: Services, session: Session, row: Installation) -> None:
    """Somebody opened the app of a portal whose work waits: it may be paid or back by now."""
    minute = services.now().strftime("%Y%m%d%H%M")
    services.jobs.enqueue(session, "look_after", f"look:{row.portal_id}:{minute}", row.portal_id)


def require_installed(services: Services, portal_id: str) -> None:
    """Pass while the app is installed on the portal; raises InstallationGone."""
    with services.database.reading() as session:
        if installations.get(session, portal_id).state == "closed":
            raise InstallationGone


def _reopen(services: Services, frame: FrameCall, portal_id: str) -> None:
    """Undo an uninstall that never was: whoever knows the application token can claim one.

    The administrator who installed the app opens it, and the authorization server, asked afresh, has it as
    installed there. Raises NotAllowed when it has not.
    """
    services.portals.prover.forget(frame.member_id)
    if not prove(services, frame).installed:
        return
    hashed = services.secrets.keyed_hash("application_token", frame.application_token)
    with services.database.transaction() as session:
        row = installations.get(session, portal_id)
        row.state, row.closed_at = "active", None
        row.application_token_hash = hashed if frame.application_token else ""


def pair_of(services: Services, proven: ProvenCaller, frame: FrameCall) -> tokens.StoredPair:
    """Return the tokens a frame brought, with the hosts of the proof, never those of the request."""
    return tokens.StoredPair(
        access=frame.auth_id,
        refresh=frame.refresh_id,
        expires_at=services.now() + timedelta(seconds=frame.auth_expires),
        client_endpoint=proven.client_endpoint,
        user_id=proven.user_id,
    )


def find_portal(services: Services, member_id: str) -> Installation | None:
    """Return the installation of the portal that calls itself `member_id`."""
    with services.database.reading() as session:
        return installations.by_member(session, member_id)


def is_unsigned_hint(event: str, token: str) -> bool:
    """Whether a call is of the kind that the platform itself never signs: it only makes us look for ourselves."""
    return event.upper() in UNSIGNED_EVENTS and not token


def may_rotate(event: str) -> bool:
    """Whether a call with another application token may still be looked at: its action proves it."""
    return event.upper() in ROTATING_EVENTS
