"""A colleague's tray on the main page: documents that wait for them, opened here, signed with one confirmation."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from app.actions import sign, sign_look, tray
from app.errors import BadInput, ParaphError
from app.http.context import client_browser, client_ip, services
from app.http.guards import frame_ticket, require_fresh_proof
from placements import frame

blueprint = Blueprint("tray", __name__, url_prefix="/placements/tray")
MOST_AT_ONCE = 50


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show what waits for this person's signature."""
    return _tray()


@blueprint.post("/<envelope_id>/read")
@frame_ticket
def read(envelope_id: str) -> Response:
    """Show the pages of one document; that they were opened is recorded."""
    who = frame.who()
    desk = tray.read(services(), who, envelope_id)
    caller = tray.caller(services(), who, envelope_id, ip=client_ip(), browser=client_browser())
    sign_look.note_viewed(services(), caller)
    return frame.part("tray/read.html", desk=desk)


@blueprint.post("/<envelope_id>/alone")
@frame_ticket
def alone(envelope_id: str) -> Response:
    """Give the address where this person signs one document that asks for more than a signature.

    By the portal's word on who they are, which must be of these minutes.
    """
    require_fresh_proof()
    return frame.answer(address=tray.address(services(), frame.who(), envelope_id))


@blueprint.get("/<envelope_id>/pages/<int:position>/<int:index>")
@frame_ticket
def page(envelope_id: str, position: int, index: int) -> Response:
    """Return the picture of one page."""
    response = make_response(tray.page(services(), frame.who(), envelope_id, position, index))
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.post("/sign")
@frame_ticket
def sign_all() -> Response:
    """Sign every document that was opened and ticked, each with the digest of what was displayed.

    One that cannot be signed any more does not keep the others from it. The portal vouches for who signs, so its
    word must be of these minutes.
    """
    require_fresh_proof()
    form = request.form
    chosen = [one.partition(":") for one in dict.fromkeys(form.getlist("signed"))]
    consent = form.get("consent", "")
    if not chosen or len(chosen) > MOST_AT_ONCE:
        raise BadInput("Open a document first, then tick it.", field="signed")
    if not consent:
        raise BadInput("Please tick the box to agree before you sign.", field="consent")
    faults = [_sign_one(envelope_id, seen, consent) for envelope_id, _, seen in chosen]
    failed = [one for one in faults if one]
    return _tray(signed=len(faults) - len(failed), faults=failed)


def _sign_one(envelope_id: str, seen: str, consent: str) -> str:
    """Sign one document; return what kept it from that (msgid), else ""."""
    who = frame.who()
    try:
        put = tray.submission(services(), who, envelope_id, seen=seen, consent_hash=consent)
        caller = tray.caller(services(), who, envelope_id, ip=client_ip(), browser=client_browser())
        sign.sign(services(), caller, put)
    except ParaphError as error:
        return error.message_key
    return ""


def _tray(*, signed: int = 0, faults: list[str] | None = None) -> Response:
    found = tray.tray(services(), frame.who())
    return frame.part("tray/tray.html", tray=found, signed=signed, faults=faults or [])
