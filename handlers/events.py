"""The door of portal events: each is a hint; what it claims is proven or read again before it counts."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g

from app.actions import change_guard, install, portal_care, timeline_action
from app.crm.robots import PortalEvent, parse_event
from app.errors import NotAllowed
from app.http.context import services
from app.http.guards import open_to_all, portal_event

blueprint = Blueprint("events", __name__, url_prefix="/handlers")


@blueprint.post("/events")
@portal_event
def event() -> tuple[str, int]:
    """Take one portal event; events we do not know are answered and left alone."""
    arrived = parse_event(g.posted)
    take = _TAKERS.get(arrived.event)
    if take is not None:
        take(g.portal_id, arrived)
    elif not g.portal_id:
        raise NotAllowed
    return "", 200


@blueprint.get("/events")
@open_to_all
def probe() -> tuple[str, int]:
    """Answer the Market's check that this address lives."""
    return "", 200


def _installed(_portal_id: str, arrived: PortalEvent) -> None:
    install.confirm(services(), arrived)


def _uninstalled(portal_id: str, arrived: PortalEvent) -> None:
    if not portal_id:
        raise NotAllowed
    install.uninstall(services(), portal_id, arrived.data)


def _clicked(portal_id: str, arrived: PortalEvent) -> None:
    if not portal_id:
        raise NotAllowed
    timeline_action.take(services(), portal_id, arrived)


def _paid(_portal_id: str, arrived: PortalEvent) -> None:
    portal_care.payment_hint(services(), arrived)


def _record_changed(portal_id: str, arrived: PortalEvent) -> None:
    if not portal_id:
        raise NotAllowed
    change_guard.take(services(), portal_id, arrived)


def _types_changed(portal_id: str, _arrived: PortalEvent) -> None:
    if not portal_id:
        raise NotAllowed
    install.ask_to_match(services(), portal_id)


_TAKERS: dict[str, Callable[[str, PortalEvent], None]] = {
    "ONAPPINSTALL": _installed,
    "ONAPPUPDATE": _installed,
    "ONAPPUNINSTALL": _uninstalled,
    "ONAPPPAYMENT": _paid,
    "ONCRMTYPEADD": _types_changed,
    "ONCRMTYPEDELETE": _types_changed,
    "ONCRMTIMELINEITEMACTION": _clicked,
    change_guard.ANY_TYPE: _record_changed,
    **dict.fromkeys(change_guard.TYPE_OF_EVENT, _record_changed),
}
