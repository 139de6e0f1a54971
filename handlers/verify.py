"""The public page of verification: the address that stands, with its QR code, on every certificate.

A browser may ask by digest alone, so the file stays where it is; the whole check takes the file, judges it and
forgets it. People's names are shown to those who bring the file, and to nobody else.
"""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.actions import verify
from app.core import evidence
from app.errors import BadInput
from app.http.context import services
from app.http.guards import open_to_all
from handlers import verify_view

blueprint = Blueprint("verify", __name__, url_prefix="/verify")

NO_FILE = "Please choose a PDF first."


@blueprint.get("")
@open_to_all
def page() -> ResponseReturnValue:
    """Show where a file can be dropped; `paper` comes from the QR code on a printed page."""
    paper = request.args.get("paper", "")[:40]
    named = verify.of_paper(services(), paper) if paper else None
    return verify_view.start(is_paper=bool(paper), named=named)


@blueprint.get("/known")
@open_to_all
def known() -> ResponseReturnValue:
    """Tell whether the register holds a file with this digest: a date and a number, nothing of what is in it."""
    entry = verify.look_up(services(), request.args.get("sha256", ""))
    if entry is None:
        return jsonify(known=False)
    return jsonify(known=True, number=entry.number, sealed_at=evidence.iso_ms(entry.sealed_at))


@blueprint.post("")
@open_to_all
def check() -> ResponseReturnValue:
    """Judge the file in the form and show the finding; a form without a usable file is shown again."""
    try:
        name, pdf = _file()
        finding = verify.check(services(), pdf)
    except BadInput as error:
        return verify_view.start(error), error.status
    return verify_view.result(finding, name)


def _file() -> tuple[str, bytes]:
    try:
        sent = request.files.get("file")
    except RequestEntityTooLarge as error:
        raise BadInput(verify.TOO_LARGE, field="file", mb=verify.LARGEST_MB) from error
    pdf = sent.read() if sent else b""
    if sent is None or not pdf:
        raise BadInput(NO_FILE, field="file")
    return sent.filename or "", pdf
