"""The life of an application on the portal: install, finish, update, uninstall."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from emulator import events, tokens
from emulator.state import EventHandler, Installation

if TYPE_CHECKING:
    from emulator.engine import Engine

CARD_HANDLER = 0


class NotAllowed(Exception):
    """The person may not do this (only administrators install apps)."""


def start_install(engine: Engine, client_id: str, user_id: int) -> Installation:
    """Return the installation, absent -> started; the installer frame is opened next.

    Raises NotAllowed for a user who is not an administrator, KeyError for an unknown app.
    """
    state = engine.state
    with state.lock:
        app = state.apps[client_id]
        if not state.users[user_id].is_admin:
            raise NotAllowed("Only an administrator can install this application.")
        known = state.installations.get(client_id)
        if known and known.status in ("started", "finished"):
            return known
        inst = Installation(
            client_id=client_id,
            application_token=secrets.token_hex(16),
            installed_by=user_id,
            installed_at=state.now(),
            version=app.version,
            status_code=app.status,
        )
        if known and not known.app_options.pop("__clean__", False):
            inst.app_options, inst.user_options = known.app_options, known.user_options
        state.installations[client_id] = inst
        state.touch()
        return inst


def finish_install(engine: Engine, client_id: str, user_id: int = 0) -> None:
    """Mark the app installed: its widgets and events go live, ONAPPINSTALL is queued.

    A second call changes nothing. When ONAPPINSTALL leaves in wizard mode is [U]: here, now.
    """
    state = engine.state
    with state.lock:
        inst = state.installations[client_id]
        if inst.finished:
            return
        inst.status = "finished"
        state.touch()
        data = {
            "VERSION": str(inst.version),
            "ACTIVE": "Y",
            "INSTALLED": "Y",
            "LANGUAGE_ID": state.portal.lang,
        }
        tell(engine, inst, "ONAPPINSTALL", data, user_id=user_id or inst.installed_by)


def update_app(engine: Engine, client_id: str, version: int, user_id: int) -> None:
    """Move the app to a new version: event handlers go, robots are blocked until re-added.

    The application token changes [U]; ONAPPUPDATE goes to the card's event address and to
    handlers bound before.
    """
    state = engine.state
    with state.lock:
        inst = state.installations[client_id]
        previous, inst.version = inst.version, version
        state.apps[client_id].version = version
        inst.application_token = secrets.token_hex(16)
        data = {
            "VERSION": str(version),
            "PREVIOUS_VERSION": str(previous),
            "LANGUAGE_ID": state.portal.lang,
        }
        tell(engine, inst, "ONAPPUPDATE", data, user_id=user_id)
        inst.event_handlers.clear()
        for robot in inst.robots.values():
            robot.blocked = True
        state.touch()


def uninstall_app(engine: Engine, client_id: str, user_id: int, *, clean: bool = False) -> None:
    """Remove the app: its tokens die at once, then ONAPPUNINSTALL is queued, without tokens."""
    state = engine.state
    with state.lock:
        inst = state.installations[client_id]
        if not state.users[user_id].is_admin:
            raise NotAllowed("Only an administrator can remove this application.")
        data = {"LANGUAGE_ID": state.portal.lang, "CLEAN": "1" if clean else "0"}
        if inst.finished:
            tell(engine, inst, "ONAPPUNINSTALL", data, user_id=user_id)
        tokens.revoke_app(state, client_id)
        inst.status = "removed"
        inst.placements.clear()
        inst.event_handlers.clear()
        inst.triggers.clear()
        inst.badges.clear()
        for robot in inst.robots.values():
            robot.blocked = True
        if clean:
            inst.app_options = {"__clean__": True}
            inst.user_options.clear()
        state.touch()


def tell(
    engine: Engine, inst: Installation, event: str, data: dict[str, Any], *, user_id: int
) -> None:
    """Queue a life-cycle event to the card's address and to bound handlers, once per address."""
    handlers = [h for h in inst.event_handlers if h.event == event]
    card = engine.state.apps[inst.client_id].event_url
    if card and event != "ONAPPUNINSTALL" and all(h.handler != card for h in handlers):
        handlers.insert(0, EventHandler(CARD_HANDLER, event, card))
    for handler in handlers:
        events.send(engine, inst, handler, data, user_id=user_id)
