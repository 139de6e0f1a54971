"""Consent texts: what a signer agrees to, by version and language, each with its SHA-256.

A text that was ever shown is never edited: a change is a new version in `_TEXTS`. They are not in the
gettext catalogues, because a translation that moves would silently change what was agreed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent text. `tick` stands beside the box, `terms` can be opened below it."""

    version: str
    lang: str
    tick: str
    terms: tuple[str, ...]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) over the version, the language and every word."""
        text = "\n".join((self.version, self.lang, self.tick, *self.terms))
        return hashlib.sha256(text.encode()).hexdigest()


CURRENT = "2026-11"
FALLBACK = "en"

_TEXTS = (
    Consent(
        version="2026-11",
        lang="en",
        tick="I have read this document and agree to sign it electronically.",
        terms=(
            "I could read the whole document, enlarge it and download it before signing.",
            "What I put on these pages expresses my will to be bound by the document, as my handwritten "
            "signature would.",
            "This is an electronic signature. It is sealed by the sender's company and is not a qualified "
            "signature; some documents need another form, and the law of my country decides which.",
            "The time, my name, the address this link was sent to, my network address and my browser are "
            "kept as evidence with the document.",
            "I may refuse, ask the sender for paper instead, or keep the copy I receive when all have signed.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="fr",
        tick="J’ai lu ce document et j’accepte de le signer électroniquement.",
        terms=(
            "J’ai pu lire le document en entier, l’agrandir et le télécharger avant de signer.",
            "Ce que j’appose sur ces pages exprime ma volonté d’être engagé par le document, comme le ferait "
            "ma signature manuscrite.",
            "Il s’agit d’une signature électronique. Elle est scellée par l’entreprise de l’expéditeur et "
            "n’est pas une signature qualifiée ; certains documents exigent une autre forme, selon la loi de "
            "mon pays.",
            "L’heure, mon nom, l’adresse à laquelle ce lien a été envoyé, mon adresse réseau et mon "
            "navigateur sont conservés comme preuve avec le document.",
            "Je peux refuser, demander une version papier à l’expéditeur, et garder la copie que je recevrai "
            "quand tous auront signé.",
        ),
    ),
)


def current(lang: str) -> Consent:
    """Return the text in force in `lang`, in English when there is none."""
    return _find(CURRENT, lang) or _find_sure(CURRENT, FALLBACK)


def by_hash(text_hash: str) -> Consent | None:
    """Return the text in force whose hash is `text_hash`, in whichever language; else None."""
    texts = (text for text in _TEXTS if text.version == CURRENT)
    return next((text for text in texts if text.hash == text_hash), None)


def _find(version: str, lang: str) -> Consent | None:
    return next((t for t in _TEXTS if (t.version, t.lang) == (version, lang)), None)


def _find_sure(version: str, lang: str) -> Consent:
    return next(t for t in _TEXTS if (t.version, t.lang) == (version, lang))
