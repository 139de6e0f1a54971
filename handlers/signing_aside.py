"""Beside the signing itself: handing over, "this is not for me", the sender's answer, a link that ended."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.actions import invite, sign_ended, sign_handover, sign_look
from app.core import brand
from app.core.signing import SigningCaller
from app.errors import BadInput, LinkExpired, NotFound
from app.http.context import client_browser, client_ip, services
from app.http.errors import answer, sentence, wants_json
from app.http.signing_guard import (
    ended_link,
    ended_visit,
    remember_language,
    sender_question,
    short_of,
    signing_session,
)
from handlers import signing_aside_pages as aside

blueprint = Blueprint("signing_aside", __name__, url_prefix="/s")
MAX_FORM_BYTES = 20_000
BRAND = """:root {{ --accent: {light}; --accent-press: {light}; --on-accent: {on_light}; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --accent: {dark}; --accent-press: {dark}; --on-accent: {on_dark}; }}
}}
"""


@blueprint.before_request
def limit_body() -> None:
    """These forms hold a name and an address."""
    request.max_content_length = MAX_FORM_BYTES


@blueprint.get("/r/<short>/handover")
@signing_session
def ask_colleague(short: str) -> Response:
    """Ask who signs instead."""
    view = sign_look.look(services(), g.caller)
    return remember_language(aside.show_handover(view, g.caller))


@blueprint.post("/r/<short>/handover")
@signing_session
def propose(short: str) -> AnyResponse:
    """Take the proposal to the sender."""
    caller: SigningCaller = g.caller
    given = {name: request.form.get(name, "") for name in ("name", "email")}
    try:
        sign_handover.propose(services(), caller, name=given["name"], email=given["email"])
    except BadInput as fault:
        view = sign_look.look(services(), caller)
        said = sentence(fault, caller.lang)
        page = aside.show_handover(view, caller, given=given, fault=said, field=fault.field)
        return make_response(page, fault.status)
    return _home(caller)


@blueprint.post("/r/<short>/stay")
@signing_session
def take_back(short: str) -> AnyResponse:
    """End the proposal: the person signs after all."""
    sign_handover.take_back(services(), g.caller)
    return _home(g.caller)


@blueprint.post("/r/<short>/not-mine")
@signing_session
def not_meant(short: str) -> Response:
    """Tell the sender that the document reached the wrong person; the link ends."""
    caller: SigningCaller = g.caller
    view = sign_look.look(services(), caller)
    sign_ended.not_meant(services(), caller)
    return make_response(aside.show_not_meant(view, caller))


@blueprint.get("/r/<short>/brand.css")
@signing_session
def brand_colours(short: str) -> Response:
    """The portal's colour as the page's accent, readable in light and dark; empty without one."""
    made = brand.accent(sign_look.look(services(), g.caller).colour)
    text = BRAND.format(**asdict(made)) if made else ""
    response = make_response(text)
    response.content_type = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.get("/r/<short>/logo/<version>.png")
@signing_session
def brand_logo(short: str, version: str) -> Response:
    """The company's logo; the address names its bytes."""
    digest = sign_look.look(services(), g.caller).logo
    if not digest or not digest.startswith(version):
        raise NotFound
    response = make_response(services().files.get(digest))
    response.content_type = "image/png"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@blueprint.post("/<token>")
@sender_question
def answered(token: str) -> Response:
    """Count the sender's answer."""
    agrees = request.form.get("answer") == "yes"
    found = sign_handover.answer(
        services(), token, agrees=agrees, ip=client_ip(), browser=client_browser()
    )
    return make_response(aside.show_question(found, token))


@blueprint.post("/new-link")
@ended_link
def renew(**_: str) -> Response:
    """Send a new link to the address of the old one, or ask the sender for it."""
    ended: sign_ended.EndedLink = g.ended
    if ended.address:
        key = f"asked:{services().now():%Y%m%d%H}"
        invite.remind(services(), ended.desk.envelope.id, ended.desk.me.id, key)
    else:
        sign_ended.ask_sender(services(), ended.link.id, ip=client_ip(), browser=client_browser())
    return make_response(aside.show_ended(ended, is_asked=True))


def show_ended(error: LinkExpired) -> Response:
    """Answer a link that ended: to a person with the way to a new one, else with the sentence."""
    found = None
    if request.method == "GET" and not wants_json():
        given = request.view_args or {}
        if "token" in given:
            found = sign_ended.ended_by_token(services(), str(given["token"]))
        elif "short" in given:
            found = ended_visit(str(given["short"]))
    if found is None:
        return answer(sentence(error), error.status)
    return make_response(aside.show_ended(found), error.status)


blueprint.register_error_handler(LinkExpired, show_ended)


def _home(caller: SigningCaller) -> AnyResponse:
    return redirect(url_for("signing.page", short=short_of(caller)), code=303)
