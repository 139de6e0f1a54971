"""Many at once, from the main page: choose, look who would get what, send, watch, pause, take the table along."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request

from app.actions import many
from app.errors import BadInput
from app.http import limits
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.pages import page_language
from app.texts import translator
from placements import frame

blueprint = Blueprint("many", __name__, url_prefix="/placements/many")
STATES = {
    "waiting": "Waits for its turn",
    "under_way": "Under way",
    "sent": "Sent",
    "sealed": "Signed and sealed",
    "already_out": "Already out, left alone",
    "asking": "Needs a look",
    "failed": "Not sent",
    "voided": "Voided",
    "declined": "Declined",
    "expired": "Expired",
}
"""What became of a record, as a sentence (msgid)."""


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show what can be sent, to which stages, and this person's runs so far."""
    return frame.part("many/start.html", choices=many.choices(services(), frame.who()))


@blueprint.post("/look")
@frame_ticket
def look() -> Response:
    """Show the deals of a stage and who would be asked to sign; nothing is sent."""
    found = many.look(
        services(),
        frame.who(),
        stage=request.form.get("stage", "")[:60],
        words=request.form.get("words", ""),
    )
    return frame.part("many/look.html", deals=found, limit=many.LIMIT)


@blueprint.post("/begin")
@frame_ticket
def begin() -> Response:
    """Keep the run and answer where it is watched."""
    asked = _asked()
    run_id = many.begin(
        services(),
        frame.who(),
        key=str(asked.get("key", "")),
        layout_id=str(asked.get("layout", ""))[:40],
        name=str(asked.get("name", "")),
        records=_records(asked.get("records")),
    )
    return frame.answer(path=f"/placements/many/run/{run_id}")


@blueprint.get("/run/<run_id>")
@frame_ticket
def run(run_id: str) -> Response:
    """Show the run as it stands."""
    return _shown(run_id)


@blueprint.post("/run/<run_id>/pause")
@frame_ticket
def pause(run_id: str) -> Response:
    """Send nothing more of it for now."""
    many.pause(services(), frame.who(), run_id)
    return _shown(run_id)


@blueprint.post("/run/<run_id>/resume")
@frame_ticket
def resume(run_id: str) -> Response:
    """Go on."""
    many.resume(services(), frame.who(), run_id)
    return _shown(run_id)


@blueprint.get("/run/<run_id>/table")
@frame_ticket
def table(run_id: str) -> Response:
    """Return the run's table as CSV."""
    say = translator(page_language())
    heads = [say(one) for one in ("Deal", "Title", "State", "Number", "Reason")]
    found = many.view(services(), frame.who(), run_id)
    states = {key: say(text) for key, text in STATES.items()}
    response = make_response(many.export(found, heads, states))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="paraph.csv"'
    return response


def _shown(run_id: str) -> Response:
    found = many.view(services(), frame.who(), run_id)
    return frame.part("many/run.html", found=found, states=STATES)


def _asked() -> dict[str, Any]:
    asked = limits.posted_json()
    if not isinstance(asked, dict):
        raise BadInput
    return asked


def _records(value: object) -> list[tuple[str, str]]:
    """Return (id, title) of each chosen deal; raises BadInput for anything else."""
    pairs = value if isinstance(value, list) else []
    found = [(str(one[0]), str(one[1])) for one in pairs if isinstance(one, list) and len(one) == 2]
    if len(found) != len(pairs) or not all(
        one.isascii() and one.isdigit() and 0 < len(one) < 16 for one, _ in found
    ):
        raise BadInput(field="records")
    return found
