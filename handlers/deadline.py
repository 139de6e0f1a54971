"""The sender's page about a deadline that is near: a week more for everyone, by one confirmation."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.actions import expire
from app.actions.expire import Later
from app.http.context import client_browser, client_ip, services
from app.http.deadline_guard import (
    FORM_KEY,
    SHORT,
    begin_visit,
    deadline_link,
    deadline_visit,
    form_key,
)
from app.http.pages import render
from app.texts import locale_name, signer_language

blueprint = Blueprint("deadline", __name__, url_prefix="/s/later")
MAX_FORM_BYTES = 2_000


@blueprint.before_request
def limit_body() -> None:
    """The form holds its key."""
    request.max_content_length = MAX_FORM_BYTES


@blueprint.get("/<token>")
@deadline_link
def enter(token: str) -> AnyResponse:
    """Exchange the link for a visit at a clean address; nothing changes."""
    asked: Later = g.later
    answer = make_response(redirect(url_for("deadline.page", short=asked.link_id[:SHORT]), 303))
    begin_visit(answer, asked.link_id)
    return answer


@blueprint.get("/at/<short>")
@deadline_visit
def page(short: str) -> Response:
    """Ask whether everyone gets a week more."""
    return _shown(g.later)


@blueprint.post("/at/<short>")
@deadline_visit
def put_off(short: str) -> AnyResponse:
    """Put the deadline off, once a link."""
    asked: Later = g.later
    if asked.is_open:
        expire.put_off_by_link(services(), asked.link_id, ip=client_ip(), browser=client_browser())
    return redirect(url_for("deadline.page", short=short), 303)


def _shown(asked: Later) -> Response:
    lang = signer_language(asked.lang)
    deadline = asked.envelope.deadline or asked.until
    return make_response(
        render(
            "sign/later.html",
            lang=lang,
            envelope=asked.envelope,
            languages=(),
            asked=asked,
            deadline=_day(deadline, lang),
            until=_day(asked.until, lang),
            names=", ".join(one.name for one in asked.waiting),
            form_key_name=FORM_KEY,
            form_key=form_key(asked.link_id),
        )
    )


def _day(at: datetime, lang: str) -> str:
    return str(format_date(at, format="long", locale=locale_name(lang)))
