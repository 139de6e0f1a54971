"""Pages beside the signing: who signs instead, what the sender is asked, what to do about a link that ended."""

from __future__ import annotations

from collections.abc import Mapping

from app.actions.sign_ended import EndedLink
from app.actions.sign_handover import Question
from app.actions.sign_look import SigningView
from app.core.signing import SigningCaller, Stage
from app.http.pages import render
from app.http.signing_guard import FORM_KEY, form_key_of
from app.store.tables import Envelope
from handlers import signing_pages, signing_texts

NOTHING: Mapping[str, str] = {}


def show_handover(
    view: SigningView,
    caller: SigningCaller,
    *,
    given: Mapping[str, str] = NOTHING,
    fault: str = "",
    field: str = "",
) -> str:
    """Return the page that asks who signs instead; any stage but READY shows its own page."""
    if view.stage is not Stage.READY:
        return signing_pages.show(view, caller)
    return signing_pages.rendered(
        "handover", view, caller, given=given, fault=fault, fault_field=field
    )


def show_not_meant(view: SigningView, caller: SigningCaller) -> str:
    """Return the thanks to a person whom the document reached by mistake."""
    return signing_pages.rendered("not_meant", view, caller)


def show_question(asked: Question, token: str) -> str:
    """Return what the sender is asked, or what came of it."""
    return _plain_page("question", asked.envelope, asked.envelope.lang, asked=asked, token=token)


def show_ended(ended: EndedLink, *, is_asked: bool = False) -> str:
    """Return the way to a new link, or the word that one is on its way."""
    return _plain_page(
        "ended",
        ended.desk.envelope,
        ended.desk.me.lang,
        address=ended.address,
        link_id=ended.link.id,
        newer=ended.newer_at
        and signing_texts.moment(ended.newer_at, zone=ended.zone, lang=ended.desk.me.lang),
        form_key_name=FORM_KEY,
        form_key=form_key_of(ended.link.id),
        is_asked=is_asked,
    )


def _plain_page(name: str, envelope: Envelope, lang: str, **values: object) -> str:
    return render(f"sign/{name}.html", lang=lang, envelope=envelope, languages=(), **values)
