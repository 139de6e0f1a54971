"""The page "Who signs for us": settled by administrators for each company, and everybody's own kept signature."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, Response, request

from app.actions import ours
from app.core.ours import OurSide, agreement
from app.errors import BadInput, NotFound
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.limits import takes
from app.http.pages import page_language
from placements import frame
from placements.uploads import posted_file

blueprint = Blueprint("ours", __name__, url_prefix="/placements/ours")
PICTURE_BYTES = 13 * 1024 * 1024


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the page; who is no administrator sees what is settled and changes their own signature only."""
    return _page()


@blueprint.post("/company/<company_id>")
@frame_ticket
def settle(company_id: str) -> Response:
    """Keep who signs for a company, in which order, and how its clients are reached."""
    form = request.form
    wish = OurSide(
        company_id=company_id[:20],
        signers=tuple(dict.fromkeys(one[:20] for one in form.getlist("signers") if one)),
        first=form.get("first", "")[:8],
        channel=form.get("channel", "")[:8],
    )
    ours.settle(services(), frame.who(), wish)
    return _page(said="Kept.")


@blueprint.post("/company/<company_id>/stamp")
@frame_ticket
@takes(PICTURE_BYTES)
def stamp(company_id: str) -> Response:
    """Keep a company's stamp."""
    ours.set_stamp(services(), frame.who(), company_id[:20], posted_file()[1])
    return _page(said="Kept.")


@blueprint.post("/company/<company_id>/no-stamp")
@frame_ticket
def no_stamp(company_id: str) -> Response:
    """Go back to the stamp that is drawn from the company's name."""
    ours.set_stamp(services(), frame.who(), company_id[:20], None)
    return _page(said="Removed.")


@blueprint.post("/signature")
@frame_ticket
@takes(PICTURE_BYTES)
def keep_signature() -> Response:
    """Keep this person's own signature; they must have ticked what they agree to."""
    agreed = request.form.get("agreed", "")
    if not agreed:
        raise BadInput("Tick the box to keep your signature here.", field="agreed")
    ours.keep_signature(services(), frame.who(), posted_file()[1], agreed)
    return _page(said="Kept.")


@blueprint.post("/signature/forget")
@frame_ticket
def forget_signature() -> Response:
    """Remove this person's kept signature."""
    ours.forget_signature(services(), frame.who())
    return _page(said="Removed.")


def _page(*, said: str = "") -> Response:
    who = frame.who()
    found = ours.settings(services(), who)
    stamps = {
        one.id: _picture(ours.stamp_picture(services(), who, one.id))
        for one in found.companies
        if one.side.stamp_digest
    }
    return frame.part(
        "ours/ours.html",
        settings=found,
        who=who,
        stamps=stamps,
        signature=_own_signature(),
        agreement=agreement(page_language()),
        said=said,
    )


def _own_signature() -> str:
    try:
        return _picture(ours.signature_picture(services(), frame.who()))
    except NotFound:
        return ""


def _picture(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode()
