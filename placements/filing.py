"""The page where an administrator says which file field of a record gets the signed document."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.actions import file_field
from app.crm.file_fields import NAMES
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket
from placements import frame

blueprint = Blueprint("filing", __name__, url_prefix="/placements/filing")


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the kinds of record that have file fields."""
    return _page()


@blueprint.post("/choose")
@frame_ticket
def choose() -> Response:
    """Keep the field for one kind of record."""
    kind, field = request.form.get("kind", ""), request.form.get("field", "")
    if not (kind.isascii() and kind.isdigit() and len(kind) < 10):
        raise BadInput
    file_field.choose(services(), frame.who(), int(kind), field[:80])
    return _page("Kept.")


def _page(said: str = "") -> Response:
    found = file_field.choices(services(), frame.who())
    return frame.part("filing/filing.html", choices=found, names=NAMES, said=said)
