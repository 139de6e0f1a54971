"""Last time and now, side by side: the pages and the answer to the question."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from app.actions import beside
from app.http.context import services
from app.http.guards import frame_ticket
from placements import frame

blueprint = Blueprint("beside", __name__, url_prefix="/placements/beside")
MOST = 400


@blueprint.get("/<envelope_id>")
@frame_ticket
def questions(envelope_id: str) -> Response:
    """Show what must be asked, one question at a time; empty when nothing is left."""
    found = beside.questions(services(), frame.who(), frame.record(), envelope_id)
    return frame.part("wizard/beside.html", questions=found, envelope_id=envelope_id)


@blueprint.get("/<envelope_id>/<int:position>/<int:index>")
@frame_ticket
def page(envelope_id: str, position: int, index: int) -> Response:
    """Return the picture of a page of last time."""
    picture = beside.page_before(
        services(), frame.who(), frame.record(), envelope_id, position=position, index=index
    )
    response = make_response(picture)
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.post("/<envelope_id>/answer")
@frame_ticket
def answer(envelope_id: str) -> Response:
    """Take fields as rightly placed."""
    keys = request.form.getlist("key")[:MOST]
    left = beside.answer(services(), frame.who(), frame.record(), envelope_id, keys)
    return frame.answer(left=left)
