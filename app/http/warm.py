"""A fresh process makes itself ready beside its work, so that no first visitor waits for it."""

from __future__ import annotations

from threading import Thread

from flask import Flask

from app.services import Services
from app.texts import FRAME_LANGUAGES, LANGUAGES, translations

FIRST = ("frame/", "wizard/", "tab/", "home/", "sign/")
"""Folders of the pages that are opened most; the others follow."""


def warm_up_aside(app: Flask) -> Thread:
    """Start to warm up in a thread of its own and return it; requests are answered meanwhile."""
    thread = Thread(target=warm_up, args=(app,), name="warm-up", daemon=True)
    thread.start()
    return thread


def warm_up(app: Flask) -> None:
    """Compile every page, read every catalogue and open the channels: what is otherwise done when first used."""
    tools: Services = app.extensions["paraph"]
    pages = sorted(app.jinja_env.list_templates(["html"]), key=_rank)
    for lang in FRAME_LANGUAGES:
        translations(lang)
    _ = tools.channels
    for name in pages:
        app.jinja_env.get_template(name)
    for lang in LANGUAGES:
        translations(lang)


def _rank(name: str) -> int:
    return next((place for place, one in enumerate(FIRST) if name.startswith(one)), len(FIRST))
