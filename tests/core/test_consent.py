"""Consent texts: versioned, hashed, the same in every language we speak."""

from __future__ import annotations

from dataclasses import replace

from app.core import consent
from app.texts import LANGUAGES


def test_every_language_has_the_text_in_force() -> None:
    assert {consent.current(lang).lang for lang in LANGUAGES} == set(LANGUAGES)
    assert {consent.current(lang).version for lang in LANGUAGES} == {consent.CURRENT}


def test_a_language_without_a_text_gets_english() -> None:
    assert consent.current("xx").lang == "en"


def test_any_changed_word_changes_the_hash() -> None:
    text = consent.current("en")
    changed = [
        replace(text, tick=text.tick + "."),
        replace(text, terms=(*text.terms[:-1], "Something else.")),
        replace(text, lang="fr"),
        replace(text, version="2027-01"),
    ]
    assert len({text.hash, *(other.hash for other in changed)}) == 5


def test_a_text_is_found_by_its_hash_and_nothing_else_is() -> None:
    french = consent.current("fr")
    assert consent.by_hash(french.hash) == french
    assert consent.by_hash("") is None
    assert consent.by_hash("0" * 64) is None


def test_the_texts_once_shown_are_never_edited() -> None:
    """A new wording is a new version: these hashes stand in sealed evidence."""
    known = {
        "en": "5c0e155b0f73861d0eb5069f7c9ff8dfbb189f976cae35c290da6b6ba23eee18",
        "fr": "1bef7ac9bb4fc2ba640f46b1615e10a13a1e9290e9a84ca9d38e9816e06ebe14",
    }
    assert {lang: consent.current(lang).hash for lang in known} == known
