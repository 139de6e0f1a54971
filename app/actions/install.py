"""Install, confirm, uninstall: our app's life on one portal.

`save` believes only a proof of the authorization server. `apply_next` makes the portal match install.json a
few changes at a time, so that the installer page can show each and a broken line can be taken up again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.evidence import digest_of
from app.crm import identity, registration
from app.crm.client import CrmClient
from app.crm.doors import PortalEvent
from app.crm.identity import ProvenCaller
from app.crm.oauth import direct_transport
from app.errors import NotAllowed
from app.services import Services
from app.store import installations, tokens
from app.store.database import Session
from app.store.tables import Installation, PortalEventRow
from app.texts import best_language

FAREWELL_AFTER_S = {"gone": 86_400.0, "clean": 600.0}
"""When to ask whether an uninstall is true; "clean": "delete settings and data" was ticked."""
TOLD = "told"
"""Preference: fingerprints of updates that the portal took, by the change's key."""


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was made, or refused for good with its code `error`. `label`: a title per language.

    part: what it is a part of: the manifest's key of a widget ("deal-tab"), "" for everything else.
    """

    label: Mapping[str, str]
    error: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of the installer: what it took up, how many changes are left."""

    done: Sequence[Done]
    remaining: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an installer page or ONAPPINSTALL brought, after its token was proven."""

    proven: ProvenCaller
    access: str
    refresh: str
    expires_s: int
    application_token: str
    lang: str
    version: str = ""


def save(services: Services, arrival: Arrival) -> str:
    """Keep the installation and the tokens of the person who installs; return our portal id.

    Raises NotAllowed when that person does not administer the portal.
    """
    if not _is_admin(services, arrival.proven, arrival.access):
        raise NotAllowed("Only an administrator of your Bitrix24 can install Paraph.")
    with services.database.transaction() as session:
        portal_id = _upsert(services, session, arrival)
        tokens.save(session, services.secrets, portal_id, _pair(services, arrival))
        tokens.mark_admin(session, portal_id, arrival.proven.user_id, is_admin=True)
    return portal_id


def remaining(services: Services, portal_id: str) -> list[Done]:
    """Return, by title, the changes that the portal still lacks to match install.json. One batch of reads."""
    return [Done(change.label, part=_part(change)) for change in _plan(services, portal_id)]


def apply_next(services: Services, portal_id: str) -> Progress:
    """Make the next few changes the portal lacks, in one call, and say how many are left; again is safe."""
    plan = _plan(services, portal_id)
    some = plan[: registration.TOGETHER]
    done = _apply(services, portal_id, some)
    if len(plan) == len(some):
        _note_complete(services, portal_id)
    return Progress(done, len(plan) - len(some))


def match(services: Services, portal_id: str) -> int:
    """Make the portal match install.json, all of it; return how many changes that took. Again is safe.

    A change the portal refuses for good (its plan, its rights) is left out until the manifest changes.
    """
    plan = _plan(services, portal_id)
    for start in range(0, len(plan), registration.TOGETHER):
        _apply(services, portal_id, plan[start : start + registration.TOGETHER])
    _note_complete(services, portal_id)
    return len(plan)


def plan_lines(services: Services, portal: str) -> list[str]:
    """Return the plan of `portal` (our id, its member id or its domain) as lines "add placement deal-tab".

    Nothing is changed. Raises InstallationGone for a portal we do not know.
    """
    with services.database.reading() as session:
        portal_id = installations.named(session, portal).portal_id
    return [f"{one.action:10} {one.kind:9} {one.key}" for one in _plan(services, portal_id)]


def _apply(
    services: Services, portal_id: str, changes: Sequence[registration.Change]
) -> list[Done]:
    """Make these changes; return each with the code of a refusal for good. Raises what waiting helps against."""
    errors = registration.apply_together(services.portals.client(portal_id), changes)
    pairs = list(zip(changes, errors, strict=True))
    for change, error in pairs:
        if error is None or not error.retryable:
            _remember(services, portal_id, change)
    for error in errors:
        if error is not None and error.retryable:
            raise error
    return [
        Done(change.label, error.code if error else "", _part(change)) for change, error in pairs
    ]


def _part(change: registration.Change) -> str:
    return change.key if change.kind == "placement" and change.action != "remove" else ""


def _note_complete(services: Services, portal_id: str) -> None:
    """Remember which manifest this portal matches now: a newer one is seen when the app is opened."""
    with services.database.transaction() as session:
        row = installations.get(session, portal_id)
        row.registered = registration.fingerprint_at(services.manifest, services.settings.base_url)
        row.version = str(services.manifest.app.version)


def confirm(services: Services, event: PortalEvent) -> str:
    """ONAPPINSTALL or ONAPPUPDATE: prove its access token, keep the application token; return our portal id.

    The event may come late or never: the installer page has usually done all this before. On a portal we know
    already it changes nothing but the application token, so that background work keeps its administrator. Any
    employee can send us such a call with an access token of their own, so an administrator's is asked for.
    """
    if event.auth is None:
        raise NotAllowed
    proven = services.portals.prover.prove(event.auth.access)
    if proven.member_id != event.member_id:
        raise NotAllowed
    known = _active(services, proven.member_id)
    if known is not None:
        portal_id = _rotate(services, known, event, proven)
        if event.event == "ONAPPUPDATE":
            ask_to_match(services, portal_id)
        return portal_id
    arrival = Arrival(
        proven=proven,
        access=event.auth.access,
        refresh=event.auth.refresh,
        expires_s=3600,
        application_token=event.application_token,
        lang=str(event.data.get("LANGUAGE_ID", "")),
    )
    return save(services, arrival)


def ask_to_match(services: Services, portal_id: str) -> None:
    """Ask for the portal to be brought to match install.json, once in a minute."""
    minute = services.now().strftime("%Y%m%d%H%M")
    with services.database.transaction() as session:
        services.jobs.enqueue(session, "reconcile", f"reconcile:{portal_id}:{minute}", portal_id)


def _active(services: Services, member_id: str) -> Installation | None:
    with services.database.reading() as session:
        found = installations.by_member(session, member_id)
        return found if found is not None and found.state == "active" else None


def _rotate(
    services: Services, known: Installation, event: PortalEvent, proven: ProvenCaller
) -> str:
    """Keep the application token an update brought, if an administrator's access token came with it."""
    hashed = services.secrets.keyed_hash("application_token", event.application_token)
    if hashed == known.application_token_hash:
        return known.portal_id
    access = event.auth.access if event.auth else ""
    is_theirs = proven.user_id == known.admin_user_id or _is_admin(services, proven, access)
    if not (event.application_token and is_theirs):
        raise NotAllowed
    with services.database.transaction() as session:
        installations.get(session, known.portal_id).application_token_hash = hashed
    return known.portal_id


def uninstall(services: Services, portal_id: str, data: Mapping[str, object]) -> None:
    """Stop at once: tokens dropped, the portal closed. Evidence stays by its own retention rule.

    What waits is voided, and data deleted, only after the authorization server was asked whether it is true.
    """
    now = services.now()
    is_clean = data.get("CLEAN") == "1"
    with services.database.transaction() as session:
        installation = installations.get(session, portal_id)
        member_id = installation.member_id
        if installation.state != "closed":
            _say_farewell(services, session, installation, is_clean=is_clean)
        tokens.drop(session, portal_id)
        session.add(
            PortalEventRow(
                id=services.new_id(),
                portal_id=portal_id,
                event="ONAPPUNINSTALL",
                data={"CLEAN": "1" if is_clean else "0"},
                received_at=now,
            )
        )
    services.portals.prover.forget(member_id)


def _say_farewell(
    services: Services, session: Session, row: Installation, *, is_clean: bool
) -> None:
    """Close the installation; keep one refresh token aside, encrypted, for the question whether it is true."""
    kind = "clean" if is_clean else "gone"
    refresh = tokens.refresh_of_admin(session, services.secrets, row.portal_id)
    installations.close(session, row.portal_id, now=services.now())
    installations.prefer(session, row.portal_id, farewell=kind)
    purpose = f"farewell_token:{row.portal_id}"
    row.farewell_enc = services.secrets.encrypt(purpose, refresh) if refresh else ""
    closed_at = row.closed_at.isoformat() if row.closed_at else ""
    services.jobs.enqueue(
        session,
        "farewell",
        f"farewell:{row.portal_id}:{closed_at}",
        row.portal_id,
        closed_at,
        delay_s=FAREWELL_AFTER_S[kind],
    )


def _is_admin(services: Services, proven: ProvenCaller, access: str) -> bool:
    transport = direct_transport(services.portals.session, proven.client_endpoint, access)
    return identity.is_admin(CrmClient(transport))


def _upsert(services: Services, session: Session, arrival: Arrival) -> str:
    proven = arrival.proven
    new = Installation(
        portal_id=services.new_id(),
        member_id=proven.member_id,
        domain=proven.domain,
        client_endpoint=proven.client_endpoint,
        installed_at=services.now(),
        preferences={},
    )
    found = installations.held(session, new)
    found.domain, found.client_endpoint = proven.domain, proven.client_endpoint
    found.scope = " ".join(arrival.proven.scope)
    if found.state != "active":
        found.preferences = {**found.preferences, TOLD: {}}
    found.state, found.closed_at, found.farewell_enc = "active", None, ""
    found.notice = ""
    found.admin_user_id = arrival.proven.user_id
    found.lang = arrival.lang[:8] or found.lang or "en"
    found.version = str(services.manifest.app.version)
    if arrival.application_token:
        hashed = services.secrets.keyed_hash("application_token", arrival.application_token)
        found.application_token_hash = hashed
    session.flush()
    return found.portal_id


def _pair(services: Services, arrival: Arrival) -> tokens.StoredPair:
    return tokens.StoredPair(
        access=arrival.access,
        refresh=arrival.refresh,
        expires_at=services.now() + timedelta(seconds=arrival.expires_s),
        client_endpoint=arrival.proven.client_endpoint,
        user_id=arrival.proven.user_id,
    )


def _plan(services: Services, portal_id: str) -> list[registration.Change]:
    """Return what is left to do. A portal does not show what a robot looks like there, so what was once told
    and is told unchanged again is left out."""
    with services.database.reading() as session:
        installation = installations.get(session, portal_id)
    plan = registration.plan(
        services.portals.client(portal_id),
        services.manifest,
        base_url=services.settings.base_url,
        lang=best_language(installation.lang),
    )
    told = installation.preferences.get(TOLD, {})
    return [change for change in plan if told.get(change.key) != _fingerprint(change)]


def _remember(services: Services, portal_id: str, change: registration.Change) -> None:
    if change.action != "update" and change.error is None:
        return
    with services.database.transaction() as session:
        row = installations.lock(session, portal_id)
        told = {**row.preferences.get(TOLD, {}), change.key: _fingerprint(change)}
        row.preferences = {**row.preferences, TOLD: told}


def _fingerprint(change: registration.Change) -> str:
    return digest_of({"action": change.action, "commands": list(map(str, change.commands))})
