"""The page where an administrator words our messages anew: each one, in each language, seen as it arrives."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.actions import message_texts
from app.core.own_words import EDITIONS, LIMITS, OwnWords
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.pages import page_language
from app.texts import LANGUAGES, signer_language
from placements import frame

blueprint = Blueprint("message_texts", __name__, url_prefix="/placements/texts")
LANGUAGE_NAMES = {
    "en": "English",
    "fr": "Français",
    "de": "Deutsch",
    "es": "Español",
    "it": "Italiano",
    "pl": "Polski",
    "pt-BR": "Português (Brasil)",
    "ru": "Русский",
}
"""Each language in its own words."""


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the list of messages in ?lang=, the reader's own language at first."""
    lang = _lang()
    worded = message_texts.worded(services(), frame.who())
    return frame.part(
        "message_texts/list.html",
        editions=EDITIONS,
        lang=lang,
        languages=LANGUAGE_NAMES,
        worded={edition for edition, its in worded if its == lang},
        counts={its: sum(1 for _, one in worded if one == its) for its in LANGUAGES},
    )


@blueprint.get("/<edition>")
@frame_ticket
def one(edition: str) -> Response:
    """Show one message with its words and how it will look."""
    return _one(edition)


@blueprint.post("/<edition>")
@frame_ticket
def keep(edition: str) -> Response:
    """Keep the portal's words for one message and language."""
    message_texts.keep(services(), frame.who(), edition, _lang(), _words())
    return _one(edition, is_kept=True)


@blueprint.post("/<edition>/preview")
@frame_ticket
def preview(edition: str) -> Response:
    """Show how the words in the form will look."""
    shown = message_texts.preview(services(), frame.who(), edition, _lang(), _words())
    return frame.part("message_texts/preview.html", shown=shown)


@blueprint.post("/<edition>/sample")
@frame_ticket
def sample(edition: str) -> Response:
    """Send the words in the form to the administrator's own address."""
    address = message_texts.send_sample(services(), frame.who(), edition, _lang(), _words())
    return frame.answer(address=address)


def _one(edition: str, *, is_kept: bool = False) -> Response:
    lang, who = _lang(), frame.who()
    found = message_texts.one(services(), who, edition, lang)
    shown = message_texts.preview(services(), who, edition, lang, found.own)
    return frame.part(
        "message_texts/one.html",
        found=found,
        shown=shown,
        limits=LIMITS,
        language=LANGUAGE_NAMES[lang],
        is_kept=is_kept,
    )


def _lang() -> str:
    wish = request.values.get("lang", "")
    return wish if wish in LANGUAGES else signer_language(page_language())


def _words() -> OwnWords:
    form = request.form
    return OwnWords(
        subject=form.get("subject", ""),
        heading=form.get("heading", ""),
        body=form.get("body", ""),
        sms=form.get("sms", ""),
    )
