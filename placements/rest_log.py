"""The page of the portal's connection: every call of the last days, masked, for its administrator."""

from __future__ import annotations

import json
from datetime import datetime

from babel.dates import format_date
from flask import Blueprint, Response, request

from app.actions import portal_log
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.pages import page_language
from placements import frame

blueprint = Blueprint("rest_log", __name__, url_prefix="/placements/rest-log")


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show a page of calls; ?before=ID goes on, ?failed=1 leaves out what went well."""
    before = request.args.get("before", "")
    failed = request.args.get("failed") == "1"
    found = portal_log.connection(
        services(),
        frame.who(),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0,
        only_failed=failed,
    )
    return frame.part("rest_log/list.html", connection=found, failed=failed, day=_day, brief=_brief)


def _day(at: datetime) -> str:
    return str(format_date(at, format="long", locale=page_language()))


def _brief(value: object) -> str:
    """Return what was asked or answered as text for reading, cut to what a page can bear."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text if len(text) <= 4_000 else text[:4_000] + " …"
