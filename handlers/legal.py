"""Licence and privacy: pages that the Market asks for, readable in a browser and naming the product."""

from __future__ import annotations

from flask import Blueprint, request

from app.http.guards import open_to_all
from app.http.pages import render
from app.settings import ROOT

blueprint = Blueprint("legal", __name__, url_prefix="/legal")


@blueprint.get("/licence")
@open_to_all
def licence() -> str:
    """Show the licence under which Paraph may be used."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    return render(
        "legal/licence.html", lang=request.args.get("lang", ""), paragraphs=text.split("\n\n")
    )


@blueprint.get("/privacy")
@open_to_all
def privacy() -> str:
    """Show what Paraph keeps of people, why, and for how long."""
    return render("legal/privacy.html", lang=request.args.get("lang", ""))
