"""What a signer may see of the document: pages as pictures, their words, the text, the PDF."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, make_response

from app.actions import sign_look
from app.core.file_names import pdf_name
from app.core.signing import SigningCaller, Stage
from app.documents import pages
from app.errors import LinkExpired, NotFound
from app.http.context import services
from app.http.signing_guard import remember_language, signing_session
from handlers import signing_pages
from handlers.signing_aside import show_ended

blueprint = Blueprint("signing_papers", __name__, url_prefix="/s")
blueprint.register_error_handler(LinkExpired, show_ended)

WIDTHS = signing_pages.WIDTHS
IMMUTABLE = "private, max-age=31536000, immutable"


@blueprint.get("/r/<short>/page/<int:position>/<int:index>/<int:width>.webp")
@signing_session
def picture(short: str, position: int, index: int, width: int) -> Response:
    """A page of the document as a picture; its address names the bytes it was made from."""
    view = sign_look.look(services(), g.caller)
    digest = sign_look.document(view, position).printed_digest
    if width not in WIDTHS:
        raise NotFound
    return _kept_for_ever(_picture(digest, index, width), "image/webp")


@blueprint.get("/r/<short>/words/<int:position>/<int:index>.json")
@signing_session
def words(short: str, position: int, index: int) -> Response:
    """The words of a page and where they stand: [text, x, y, w, h], page fractions."""
    view = sign_look.look(services(), g.caller)
    digest = sign_look.document(view, position).printed_digest
    found = pages.page_words(services().files.get(digest), index)
    placed = [[w.text, *(round(n, 4) for n in (w.x, w.y, w.w, w.h))] for w in found]
    response = jsonify(placed)
    response.headers["Cache-Control"] = IMMUTABLE
    return response


@blueprint.get("/r/<short>/text")
@signing_session
def text(short: str) -> Response:
    """The document as text, for those who do not see the pictures."""
    caller: SigningCaller = g.caller
    view = sign_look.look(services(), caller)
    printed = [sign_look.document(view, p.position).printed_digest for p in view.desk.documents]
    papers = [signing_pages.paragraphs(services().files.get(digest)) for digest in printed]
    return remember_language(signing_pages.show_text(view, caller, papers))


@blueprint.get("/r/<short>/original/<int:position>.pdf")
@signing_session
def original(short: str, position: int) -> Response:
    """The PDF exactly as it is to be signed."""
    view = sign_look.look(services(), g.caller)
    paper = sign_look.document(view, position)
    name = pdf_name(paper.name, view.desk.envelope.number)
    return _file(services().files.get(paper.printed_digest), name)


@blueprint.get("/r/<short>/final/<int:position>.pdf")
@signing_session
def final(short: str, position: int) -> Response:
    """The sealed PDF."""
    view = sign_look.look(services(), g.caller)
    paper = sign_look.document(view, position)
    if view.stage is not Stage.DONE or not paper.sealed_digest:
        raise NotFound
    name = pdf_name(paper.name, view.desk.envelope.number)
    return _file(services().files.get(paper.sealed_digest), name)


def _file(content: bytes, name: str) -> Response:
    response = make_response(content)
    response.content_type = "application/pdf"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _kept_for_ever(content: bytes, kind: str) -> Response:
    response = make_response(content)
    response.content_type = kind
    response.headers["Cache-Control"] = IMMUTABLE
    return response


def _picture(digest: str, index: int, width: int) -> bytes:
    """Pictures of pages by digest: the same few are asked for again and again, by every process."""
    return services().pictures.get(digest, index, width_px=width)
