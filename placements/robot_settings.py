"""The settings page of the automation rule: which documents, who signs and how, and what it waits for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request

from app.actions import prepare, robot_settings
from app.core import rule
from app.core.draft import Draft
from app.crm.robots import portal_user
from app.errors import ParaphError
from app.http.context import services
from app.http.guards import frame_ticket, open_to_all, portal_frame
from app.http.pages import page_language
from app.texts import translator
from placements import frame
from placements.wizard_view import day, initials

blueprint = Blueprint("robot_settings", __name__, url_prefix="/placements/robot-settings")
NAMES = (
    "layout",
    "our_signer_by",
    "our_signer",
    "client",
    "client_position",
    "first",
    "channel",
    "identity",
    "deadline_days",
    "reminders",
    "message",
    "if_open",
    "wait",
)
KINDS = {"LEAD": 1, "DEAL": 2, "QUOTE": 7, "SMART_INVOICE": 31}
DEAL = 2


@blueprint.get("")
@open_to_all
def outside() -> Response:
    """Tell whoever opens this outside Bitrix24 where it belongs; answers HEAD."""
    return frame.outside()


@blueprint.post("")
@portal_frame
def open_settings() -> str:
    """Open the page with what the rule has now."""
    kind = _kind(g.frame.options.get("document_type"))
    return frame.shell("robot/shell.html", values=_current(g.frame.options), kind=kind)


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the layouts and people to pick from."""
    found = robot_settings.choices(
        services(),
        frame.who(),
        entity_type_id=request.args.get("type", DEAL, type=int),
        named=request.args.get("layout", "")[:200],
    )
    return frame.part("robot/robot.html", choices=found, day=day, initials=initials)


@blueprint.post("/layout")
@frame_ticket
def layout() -> Response:
    """Answer how the rule names the chosen layouts."""
    chosen = request.form.getlist("layout")[:20]
    return frame.answer(layout=robot_settings.name_layout(services(), frame.who(), chosen))


@blueprint.post("/try")
@frame_ticket
def rehearse() -> Response:
    """Say what the rule would do on a record: who would get what, or what is missing."""
    record = frame.asked_record()
    given = {name: request.form.get(name, "") for name in NAMES}
    try:
        made = prepare.rehearse(services(), frame.who(), record, given)
    except ParaphError as error:
        sentence = translator(page_language())(rule.reason(error.message_key))
        said = sentence.format_map(_Known(error.values))
        return frame.part("robot/tried.html", wrong=said, made=None)
    return frame.part("robot/tried.html", wrong="", made=made, people=_people(made))


class _Known(dict[str, object]):
    """What fills a sentence; a gap stays readable."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _people(made: Draft) -> list[dict[str, str]]:
    """Return name, company and address of each signer, in signing order."""
    ordered = sorted(made.people, key=lambda one: one.plan.order)
    return [
        {
            "name": one.name,
            "company": one.company,
            "channel": one.plan.channel,
            "address": one.phone if one.plan.channel == "sms" else one.email,
        }
        for one in ordered
    ]


def _current(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the rule's present values; the portal sends a list for several, [] for none."""
    given = options.get("current_values")
    values = given if isinstance(given, Mapping) else {}
    found = {name: rule.one(values, name)[:2_000] for name in NAMES}
    return {**found, "our_signer": portal_user(found["our_signer"])}


def _kind(document_type: object) -> int:
    """Return the CRM type that the rule runs on: of ["crm", class, "DYNAMIC_147"]; deals when it is unknown."""
    name = str(document_type[2]) if isinstance(document_type, list) and document_type[2:] else ""
    match = re.fullmatch(r"DYNAMIC_(\d{1,6})", name, re.ASCII)
    return int(match[1]) if match else KINDS.get(name, DEAL)
