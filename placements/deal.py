"""The widgets on a CRM card: "Sign" in menus, the tab "Signatures". Each opens a shell that asks for the rest."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect
from werkzeug.wrappers import Response as Redirect

from app.actions import home
from app.core.record import RecordKey, record_of_placement
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket, open_to_all, portal_frame
from placements import amend, begun, beside, frame, ours, tab, templates, tray, uploads, wizard

blueprint = Blueprint("deal", __name__)
blueprint.register_blueprint(wizard.blueprint)
blueprint.register_blueprint(begun.blueprint)
blueprint.register_blueprint(tab.blueprint)
blueprint.register_blueprint(beside.blueprint)
blueprint.register_blueprint(amend.blueprint)
blueprint.register_blueprint(uploads.blueprint)
blueprint.register_blueprint(templates.blueprint)
blueprint.register_blueprint(ours.blueprint)
blueprint.register_blueprint(tray.blueprint)
PLACES = "document-button", "toolbar", "activity"


@blueprint.get("/placements/deal/<place>")
@open_to_all
def outside(place: str) -> Response:
    """Tell whoever opens this outside Bitrix24 where it belongs; answers HEAD."""
    return frame.outside()


@blueprint.post("/placements/deal/document-button")
@blueprint.post("/placements/deal/toolbar")
@blueprint.post("/placements/deal/activity")
@portal_frame
def sign() -> str:
    """Open the wizard on the card."""
    return _wizard(_record())


@blueprint.post("/placements/deal/timeline")
@portal_frame
def sign_timeline() -> str:
    """Open the wizard on the document under the cursor in the timeline."""
    options = g.frame.options
    is_activity = str(options.get("ASSOCIATED_ENTITY_TYPE_ID", "6")) == "6"
    activity = str(options.get("ASSOCIATED_ENTITY_ID", "")) if is_activity else ""
    return _wizard(_record(), activity=activity)


@blueprint.post("/placements/deal/tab")
@portal_frame
def signatures() -> str:
    """Open the tab with the envelopes of this card."""
    key = _record()
    return frame.shell("tab/shell.html", record=key)


@blueprint.get("/placements/open/<envelope_id>")
@open_to_all
def open_record(envelope_id: str) -> Redirect:
    """Lead to the envelope's record on its portal, which lets in whom it knows."""
    return redirect(home.record_address(services(), envelope_id))


@blueprint.get("/placements/ticket")
@frame_ticket
def renew() -> Response:
    """Give an open frame a fresh ticket."""
    return frame.answer(renewed=True)


@blueprint.post("/placements/ticket")
@portal_frame
def renew_with_portal() -> Response:
    """Give a fresh ticket to a frame that slept too long, proven by the portal's own token again."""
    return frame.answer(renewed=True)


def _wizard(key: RecordKey, activity: str = "") -> str:
    return frame.shell("wizard/shell.html", record=key, activity=activity)


def _record() -> RecordKey:
    key = record_of_placement(g.frame.placement, g.frame.options)
    if key is None:
        raise BadInput("Open a CRM record first, then click Sign.")
    return key
