"""The tab's evidence: everything about one envelope, for those whom the portal shows the record."""

from __future__ import annotations

from flask import Blueprint, Response, make_response
from werkzeug.http import dump_options_header

from app.actions import export, tab
from app.http.context import services
from app.http.guards import frame_ticket
from placements import frame

blueprint = Blueprint("proofs", __name__, url_prefix="/placements/tab")


@blueprint.get("/<envelope_id>/evidence.zip")
@frame_ticket
def evidence(envelope_id: str) -> Response:
    """Return originals, finals, trail, roots and a verifier in one ZIP."""
    tab.one(services(), frame.who(), frame.record(), envelope_id)
    name, content = export.export(services(), envelope_id)
    response = make_response(content)
    response.mimetype = "application/zip"
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    return response
