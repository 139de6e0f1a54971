"""The settings page of the automation rule: which layout, who signs, which channel, how long to wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g

from app.actions import robot_settings
from app.crm.robots import portal_user
from app.http.context import services
from app.http.guards import frame_ticket, open_to_all, portal_frame
from placements import frame
from placements.wizard_view import day, initials

blueprint = Blueprint("robot_settings", __name__, url_prefix="/placements/robot-settings")
NAMES = ("layout", "our_signer", "channel", "wait")


@blueprint.get("")
@open_to_all
def outside() -> Response:
    """Tell whoever opens this outside Bitrix24 where it belongs; answers HEAD."""
    return frame.outside()


@blueprint.post("")
@portal_frame
def open_settings() -> str:
    """Open the page with what the rule has now."""
    return frame.shell("robot/shell.html", values=_current(g.frame.options))


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the layouts and people to pick from."""
    found = robot_settings.choices(services(), frame.who())
    return frame.part("robot/robot.html", choices=found, day=day, initials=initials)


def _current(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the rule's present values; the portal sends a list for several, [] for none."""
    given = options.get("current_values")
    values = given if isinstance(given, Mapping) else {}
    found = {name: _text(values.get(name)) for name in NAMES}
    return {**found, "our_signer": portal_user(found["our_signer"])}


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "")[:80]
