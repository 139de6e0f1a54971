"""Render a page in the reader's language, with assets named by their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial

from flask import g, render_template, request, url_for

from app.core import placeholder_words
from app.settings import ROOT
from app.texts import best_language, signer_language, translator

STATIC = ROOT / "static"
SIGNERS = "/s/"
"""Where the pages are that speak every language."""


def render(name: str, /, *, lang: str = "", **values: object) -> str:
    """Return the page `name` of templates/pages; `lang` falls back to the portal's, then the browser's."""
    spoken = page_language(lang)
    say = translator(spoken)
    called = partial(placeholder_words.spoken, say=say)
    return render_template(name, _=say, lang=spoken, asset=asset, called=called, **values)


def page_language(wish: str = "") -> str:
    """Return the language to speak: as wished, else the frame's, else the browser's."""
    caller = g.get("caller")
    wishes = [wish, caller.lang if caller else "", *request.accept_languages.values()]
    spoken = signer_language if request.path.startswith(SIGNERS) else best_language
    return spoken(*[w for w in wishes if w])


def asset(path: str) -> str:
    """Return the address of a static file, with its content in it so that it can be cached for ever."""
    return url_for("static", filename=path, v=_digest(path))


@lru_cache(maxsize=256)
def _digest(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
