"""What is typed on the wizard's first screen is kept as it is typed, for whoever closes the window."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.actions import begun
from app.core.begun import values_of
from app.http.context import services
from app.http.guards import frame_ticket
from placements import frame

blueprint = Blueprint("begun", __name__, url_prefix="/placements/begun")


@blueprint.post("")
@frame_ticket
def keep() -> Response:
    """Keep the form of this person on the frame's record."""
    begun.keep(services(), frame.who(), frame.record(), values_of(request.form.to_dict(flat=False)))
    return frame.answer(kept=True)


@blueprint.post("/drop")
@frame_ticket
def drop() -> Response:
    """Let go of it: they start anew."""
    begun.drop(services(), frame.who(), frame.record())
    return frame.answer(kept=False)
