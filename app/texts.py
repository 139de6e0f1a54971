"""Sentences in the reader's language, from the gettext catalogues in locales/.

The English sentence is the key. `locales/<lang>.po` is compiled in memory at the first use, so a
checkout needs no build step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = Path(__file__).resolve().parent.parent / "locales"
LANGUAGES = ("en", "fr")
Translate = Callable[[str], str]


@lru_cache(maxsize=32)
def translations(lang: str) -> NullTranslations:
    """Return the catalogue of `lang`; English needs none."""
    path = LOCALES / f"{lang}.po"
    if lang not in LANGUAGES or not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=lang))
    compiled.seek(0)
    return Translations(fp=compiled)


def translator(lang: str) -> Translate:
    """Return the function that turns an English sentence into `lang`."""
    return translations(best_language(lang)).gettext


def best_language(*wishes: str) -> str:
    """Return the first of `wishes` ("fr", "fr-CA", "la"...) that we speak, else English."""
    for wish in wishes:
        short = wish.replace("_", "-").split("-")[0].lower()
        if short in LANGUAGES:
            return short
    return LANGUAGES[0]
