"""The page where an administrator sets the logo and the colour that signers see."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, Response, request

from app.actions import branding
from app.http.context import services
from app.http.guards import frame_ticket
from placements import frame
from placements.uploads import posted_file

blueprint = Blueprint("branding", __name__, url_prefix="/placements/branding")


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show what is set, and how it will look."""
    return _page()


@blueprint.post("/colour")
@frame_ticket
def colour() -> Response:
    """Keep the colour, or go back to ours."""
    wished = "" if request.form.get("answer") == "none" else request.form.get("colour", "")
    branding.set_colour(services(), frame.who(), wished[:20])
    return _page("The colour is kept.")


@blueprint.post("/logo")
@frame_ticket
def logo() -> Response:
    """Keep the logo."""
    branding.set_logo(services(), frame.who(), posted_file()[1])
    return _page("The logo is kept.")


@blueprint.post("/no-logo")
@frame_ticket
def no_logo() -> Response:
    """Go back to the first letter of the company's name."""
    branding.set_logo(services(), frame.who(), None)
    return _page("The logo is removed.")


def _page(said: str = "") -> Response:
    kept = branding.settings(services(), frame.who())
    picture = f"data:image/png;base64,{b64encode(kept.logo).decode()}" if kept.logo else ""
    return frame.part("branding/branding.html", kept=kept, picture=picture, said=said)
