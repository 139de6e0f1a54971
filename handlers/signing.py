"""The signer's public page. GET and HEAD change nothing: mail scanners open links too."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, g, jsonify, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.actions import sign, sign_code, sign_decline, sign_handover, sign_look
from app.core.signing import SigningCaller
from app.errors import BadInput, LinkExpired
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
from handlers.signing_pictures import kept_file

blueprint = Blueprint("signing", __name__, url_prefix="/s")
blueprint.register_error_handler(LinkExpired, show_ended)

WITH_FILES = ("signing.code", "signing.submit")


@blueprint.before_request
def limit_body() -> None:
    """A signing form is small; only the doors that take files let more in."""
    signing_forms.limit_body(takes_files=request.endpoint in WITH_FILES)


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
            kept = kept_file(caller, field_id, sent)
            form[signing_forms.FILE_PREFIX + field_id] = signing_forms.file_text(kept)
    return form


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
