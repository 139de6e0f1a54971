"""The door of automation rules: keep the call, answer 200, work later."""

from __future__ import annotations

from flask import Blueprint, g

from app.actions import rule_call
from app.crm.robots import parse_robot_call
from app.errors import NotAllowed
from app.http.context import services
from app.http.guards import open_to_all, portal_event

blueprint = Blueprint("robots", __name__, url_prefix="/handlers/robots")


@blueprint.post("/send")
@blueprint.post("/void")
@blueprint.post("/remind")
@blueprint.post("/wait")
@portal_event
def call() -> tuple[str, int]:
    """Accept a call of one of our rules; its code says which. A repeat changes nothing."""
    if not g.portal_id:
        raise NotAllowed
    rule_call.accept(services(), g.portal_id, parse_robot_call(g.posted))
    return "", 200


@blueprint.get("/send")
@blueprint.get("/void")
@blueprint.get("/remind")
@blueprint.get("/wait")
@open_to_all
def probe() -> tuple[str, int]:
    """Answer the Market's check that this address lives."""
    return "", 200
