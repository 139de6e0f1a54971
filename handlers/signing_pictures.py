"""What a signer signs with: a name in our hands, the drawn stamp, pictures and files they bring."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, make_response, request, url_for
from werkzeug.datastructures import FileStorage

from app.actions import sign_file, sign_picture
from app.core.signing import BroughtFile, SigningCaller
from app.documents import hands
from app.documents.hands import HANDS
from app.errors import BadInput, LinkExpired, NotFound
from app.http.context import services
from app.http.signing_guard import short_of, signing_session
from handlers import signing_forms
from handlers.signing_aside import show_ended

blueprint = Blueprint("signing_pictures", __name__, url_prefix="/s")
blueprint.register_error_handler(LinkExpired, show_ended)

INK = "#15224d"
"""Colour of signatures, as app.documents.ink draws them on the PDF."""
IMMUTABLE = "private, max-age=31536000, immutable"


@blueprint.before_request
def limit_body() -> None:
    """A picture or a file, and nothing much beside it."""
    signing_forms.limit_body(takes_files=True)


@blueprint.get("/r/<short>/hand.svg")
@signing_session
def hand(short: str) -> Response:
    """A name in one of our hands, as it will stand on the page."""
    name = request.args.get("name", "").strip()[: signing_forms.MAX_NAME]
    style = request.args.get("hand", "")
    if not name or style not in HANDS:
        raise NotFound
    response = make_response(hands.hand_svg(name, style).replace("currentColor", INK))
    response.content_type = "image/svg+xml"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@blueprint.get("/r/<short>/stamp.png")
@signing_session
def drawn_stamp(short: str) -> Response:
    """The stamp drawn from the company's name."""
    response = make_response(sign_picture.drawn_stamp(services(), g.caller))
    response.content_type = "image/png"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.get("/r/<short>/picture/<digest>/<mark>.png")
@signing_session
def kept_picture(short: str, digest: str, mark: str) -> Response:
    """A picture this signer brought."""
    png = sign_picture.kept_picture(services(), g.caller, digest, mark)
    return _png(png, IMMUTABLE)


@blueprint.post("/r/<short>/picture")
@signing_session
def keep_picture(short: str) -> Response:
    """Take a picture of a signature or stamp."""
    sent = request.files.get("picture")
    if sent is None:
        raise BadInput("Please choose a picture of your signature.", field="picture")
    kept = sign_picture.keep_picture(services(), g.caller, sent.read())
    address = url_for(".kept_picture", short=short_of(g.caller), digest=kept.digest, mark=kept.mark)
    return jsonify(picture=kept.digest, mark=kept.mark, url=address)


@blueprint.post("/r/<short>/file/<field_id>")
@signing_session
def keep_file(short: str, field_id: str) -> Response:
    """Take a file for one field."""
    sent = request.files.get("file")
    if sent is None:
        raise BadInput("Please add the file.", field=field_id)
    kept = kept_file(g.caller, field_id, sent)
    return jsonify(file=signing_forms.file_text(kept), name=kept.name)


def kept_file(caller: SigningCaller, field_id: str, sent: FileStorage) -> BroughtFile:
    """Return what is kept of a file that came for a field; raises BadInput."""
    name, data = sent.filename or "", sent.read()
    return sign_file.keep_file(services(), caller, field_id, name=name, data=data)


def _png(content: bytes, cache: str) -> Response:
    response = make_response(content)
    response.content_type = "image/png"
    response.headers["Cache-Control"] = cache
    return response
