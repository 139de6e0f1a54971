"""The app's main page in the portal: what it does, the newest envelopes, and whether all is well."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from app.actions import home, tab
from app.core.record import RecordKey
from app.http.context import services
from app.http.guards import frame_ticket, open_to_all, portal_frame
from placements import frame
from placements.wizard_view import list_values

blueprint = Blueprint("home", __name__, url_prefix="/placements/home")
COLUMNS = (
    ("", "All"),
    ("draft", "Drafts"),
    ("sent", "Waiting for signatures"),
    ("done", "Signed"),
    ("ended", "Ended unsigned"),
)
"""The board's columns and their names (msgids)."""


@blueprint.get("")
@open_to_all
def outside() -> Response:
    """Tell whoever opens this outside Bitrix24 where it belongs; answers HEAD."""
    return frame.outside()


@blueprint.post("")
@portal_frame
def open_home() -> str:
    """Open the main page; from a status card ("Open") the tab of that card's record instead."""
    wanted = str(g.frame.options.get("envelope", ""))[:40]
    if wanted:
        key: RecordKey = tab.record_of(services(), frame.who(), wanted)
        return frame.shell("tab/shell.html", record=key, wanted=wanted)
    return frame.shell("home/shell.html")


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the main page's content."""
    who = frame.who()
    rows = tab.latest(services(), who)
    found = home.overview(services(), who)
    return frame.part(
        "home/home.html", overview=found, who=who, columns=COLUMNS, **list_values(rows, who)
    )


@blueprint.get("/list")
@frame_ticket
def listing() -> Response:
    """Show the envelopes of one column of the board, or those that the searched words are found in."""
    who = frame.who()
    group, words = request.args.get("group", "")[:12], request.args.get("words", "")[:80]
    rows = tab.latest(services(), who, group=group, words=words)
    return frame.part("home/list.html", is_narrowed=bool(group or words), **list_values(rows, who))
