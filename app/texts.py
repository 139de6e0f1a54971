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
LANGUAGES = ("en", "fr", "de", "es", "it", "pl", "pt-BR", "ru")
"""What a signer may speak: the signing page, our messages and the certificate are whole in each."""
FRAME_LANGUAGES = ("en", "fr")
"""What is whole everywhere, the portal's frames and cards included."""
Translate = Callable[[str], str]


@lru_cache(maxsize=32)
def translations(lang: str) -> NullTranslations:
    """Return the catalogue of `lang`; English needs none."""
    path = LOCALES / f"{lang}.po"
    if lang not in LANGUAGES or not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale_name(lang)))
    compiled.seek(0)
    return Translations(fp=compiled)


def translator(lang: str) -> Translate:
    """Return the function that turns an English sentence into `lang`; unknown sentences stay English."""
    return translations(signer_language(lang)).gettext


def best_language(*wishes: str) -> str:
    """Return the first of `wishes` ("fr", "fr-CA", "la"...) that the whole product speaks, else English."""
    return _first_spoken(wishes, FRAME_LANGUAGES)


def signer_language(*wishes: str) -> str:
    """Return the first of `wishes` ("de-AT", "pt"...) that we speak to signers, else English."""
    return _first_spoken(wishes, LANGUAGES)


def spoken_of(*wishes: str) -> str:
    """Return the first of `wishes` that we speak to signers, "" when there is none."""
    known = {lang.split("-")[0] for lang in LANGUAGES}
    wished = [wish for wish in wishes if wish.replace("_", "-").split("-")[0].lower() in known]
    return signer_language(*wished) if wished else ""


def locale_name(lang: str) -> str:
    """Return the name that Babel has for one of our languages: "pt-BR" is "pt_BR" there."""
    return lang.replace("-", "_")


def _first_spoken(wishes: tuple[str, ...], spoken: tuple[str, ...]) -> str:
    known = {lang.split("-")[0]: lang for lang in spoken}
    for wish in wishes:
        short = wish.replace("_", "-").split("-")[0].lower()
        if short in known:
            return known[short]
    return spoken[0]
