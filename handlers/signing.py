"""The signer's public page. GET and HEAD change nothing: mail scanners open links too."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, g, jsonify, make_response, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from app.actions import (
    sign,
    sign_code,
    sign_decline,
    sign_file,
    sign_handover,
    sign_look,
    sign_picture,
)
from app.core.file_names import pdf_name
from app.core.signing import BroughtFile, SigningCaller, Stage
from app.documents import hands, pages
from app.documents.hands import HANDS
from app.errors import BadInput, LinkExpired, NotFound
from app.http.context import services
from app.http.errors import sentence, wants_json
from app.http.signing_guard import (
    begin_session,
    remember_language,
    short_of,
    signing_link,
    signing_session,
)
from handlers import signing_aside_pages, signing_forms, signing_pages
from handlers.signing_aside import show_ended

blueprint = Blueprint("signing", __name__, url_prefix="/s")
blueprint.register_error_handler(LinkExpired, show_ended)

WIDTHS = (720, 1080, 1600)
MAX_FORM_BYTES = 1_500_000
MAX_PICTURE_BYTES = 9 * 1024 * 1024
WITH_FILES = (".keep_picture", ".keep_file", ".code", ".submit")
INK = "#15224d"
"""Colour of signatures, as app.documents.ink draws them on the PDF."""
IMMUTABLE = "private, max-age=31536000, immutable"


@blueprint.before_request
def limit_body() -> None:
    """A signing form is small; only the doors that take files let more in."""
    is_upload = request.mimetype == "multipart/form-data"
    has_files = is_upload and (request.endpoint or "").endswith(WITH_FILES)
    request.max_content_length = MAX_PICTURE_BYTES if has_files else MAX_FORM_BYTES
    request.max_form_memory_size = MAX_FORM_BYTES
    request.max_form_parts = 2_000


@blueprint.get("/<token>")
@signing_link
def enter(token: str) -> AnyResponse:
    """Exchange the token for a cookie and a clean address; the sender's question has its own page."""
    if g.is_question:
        asked = sign_handover.question(services(), token)
        return make_response(signing_aside_pages.show_question(asked, token))
    caller: SigningCaller = g.caller
    response = make_response(redirect(_home(caller), code=303))
    begin_session(response, caller)
    return response


@blueprint.get("/r/<short>")
@signing_session
def page(short: str) -> Response:
    """Show what this person can do now."""
    caller: SigningCaller = g.caller
    view = sign_look.look(services(), caller)
    return remember_language(signing_pages.show(view, caller))


@blueprint.get("/r/<short>/state")
@signing_session
def state(short: str) -> Response:
    """Tell a waiting page whether it is out of date."""
    return jsonify(stage=sign_look.look(services(), g.caller).stage.value)


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
    return _kept_for_ever(png, "image/png")


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
    kept = _kept(g.caller, field_id, sent)
    return jsonify(file=signing_forms.file_text(kept), name=kept.name)


@blueprint.post("/r/<short>/viewed")
@signing_session
def viewed(short: str) -> tuple[str, int]:
    """Count a gesture on a visible page as reading."""
    sign_look.note_viewed(services(), g.caller)
    return "", 204


@blueprint.post("/r/<short>/code")
@signing_session
def code(short: str) -> Response:
    """Send a one-time code; a page without a script goes on to the page that asks for it."""
    caller: SigningCaller = g.caller
    try:
        form = _form_with_files(caller)
    except BadInput as fault:
        return _plain_fault(caller, fault, request.form)
    sent = sign_code.send_code(services(), caller, way=form.get("way", ""))
    if wants_json():
        return jsonify(address=sent.address, wait_s=sent.wait_s, is_new=sent.is_new, way=sent.way)
    view = sign_look.look(services(), caller)
    kept = signing_forms.plain_values(form)
    return make_response(signing_pages.show_code(view, caller, kept, sent=sent))


@blueprint.post("/r/<short>/sign")
@signing_session
def submit(short: str) -> AnyResponse:
    """Sign; again after success leads to the same page."""
    caller: SigningCaller = g.caller
    form: Mapping[str, str] = request.form
    try:
        form = _form_with_files(caller)
        sign.sign(services(), caller, signing_forms.submission_from(form))
    except BadInput as fault:
        if wants_json():
            raise
        return _plain_fault(caller, fault, form)
    return _onward(_home(caller))


@blueprint.get("/r/<short>/decline")
@signing_session
def ask_reason(short: str) -> Response:
    """Ask why, before anything is declined."""
    caller: SigningCaller = g.caller
    view = sign_look.look(services(), caller)
    return remember_language(signing_pages.show_decline(view, caller))


@blueprint.post("/r/<short>/decline")
@signing_session
def decline(short: str) -> AnyResponse:
    """Decline with a reason."""
    caller: SigningCaller = g.caller
    try:
        sign_decline.decline(services(), caller, request.form.get("reason", ""))
    except BadInput as fault:
        view = sign_look.look(services(), caller)
        page = signing_pages.show_decline(view, caller, fault=sentence(fault, caller.lang))
        return make_response(page, fault.status)
    return _onward(_home(caller))


def _form_with_files(caller: SigningCaller) -> Mapping[str, str]:
    """Return the form's texts, each file that came in it kept and named among them."""
    form = request.form.to_dict()
    prefix = signing_forms.UPLOAD_PREFIX
    for name, sent in request.files.items():
        if name.startswith(prefix) and sent.filename:
            field_id = name.removeprefix(prefix)
            kept = _kept(caller, field_id, sent)
            form[signing_forms.FILE_PREFIX + field_id] = signing_forms.file_text(kept)
    return form


def _kept(caller: SigningCaller, field_id: str, sent: FileStorage) -> BroughtFile:
    name, data = sent.filename or "", sent.read()
    return sign_file.keep_file(services(), caller, field_id, name=name, data=data)


def _plain_fault(caller: SigningCaller, fault: BadInput, form: Mapping[str, str]) -> Response:
    """The page without a script again, with what was entered and what to correct."""
    view = sign_look.look(services(), caller)
    kept, said = signing_forms.plain_values(form), sentence(fault, caller.lang)
    if fault.field == "code":
        return make_response(signing_pages.show_code(view, caller, kept, fault=said), fault.status)
    return make_response(
        signing_pages.show(view, caller, kept=kept, fault=said, field=fault.field), fault.status
    )


def _onward(address: str) -> AnyResponse:
    return jsonify(next=address) if wants_json() else redirect(address, code=303)


def _home(caller: SigningCaller) -> str:
    return url_for(".page", short=short_of(caller))


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
