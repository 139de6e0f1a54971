"""Every sentence a person may read is in every language, and the merged catalogue is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.texts import LANGUAGES
from tools import catalogues

OURS = pytest.mark.parametrize("lang", catalogues.LANGUAGES)


@OURS
def test_every_sentence_is_translated_and_every_translation_is_used(lang: str) -> None:
    assert "\n".join(catalogues.survey(lang).faults) == ""


@OURS
def test_the_catalogue_the_product_reads_is_its_parts_merged(lang: str) -> None:
    merged = catalogues.survey(lang).merged
    kept = (catalogues.ROOT / "locales" / f"{lang}.po").read_text(encoding="utf-8")
    assert kept == catalogues.catalogue(lang, merged), "run tools/catalogues.py"


def test_every_language_but_the_key_has_a_catalogue() -> None:
    assert {"en", *catalogues.LANGUAGES} == set(LANGUAGES)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small product: an error tree, a module, a template, one part."""
    for folder in ("app", "handlers", "placements", "templates", "locales/parts"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "app" / "errors.py").write_text(
        'class Refused(Exception):\n    message_key: str = "Base sentence."\n'
    )
    (tmp_path / "app" / "door.py").write_text(
        'def f(_, ok):\n    _("Good {name}" if ok else "Bad {name}")\n'
        '    raise Refused("Refused sentence.")\n'
    )
    (tmp_path / "templates" / "page.html").write_text('<p>{{ _("Page sentence", n=1) }}</p>')
    return tmp_path


SENTENCES = ("Base sentence.", "Good {name}", "Bad {name}", "Refused sentence.", "Page sentence")


def write_part(tree: Path, name: str, entries: dict[str, str]) -> None:
    lines = ['msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n']
    lines += [f'msgid "{key}"\nmsgstr "{value}"\n' for key, value in entries.items()]
    (tree / "locales" / "parts" / f"{name}.fr.po").write_text("\n".join(lines), encoding="utf-8")


def test_sentences_are_found_in_calls_errors_and_templates(tree: Path) -> None:
    assert {sentence for sentence, _ in catalogues.wanted(tree)} == set(SENTENCES)


def test_a_full_set_of_parts_has_no_fault(tree: Path) -> None:
    write_part(tree, "one", {key: f"fr {key}" for key in SENTENCES[:3]})
    write_part(tree, "two", {key: f"fr {key}" for key in SENTENCES[2:]})
    assert catalogues.survey("fr", tree).faults == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"Page sentence": None}, "no fr for 'Page sentence'"),
        ({"Good {name}": "Bien"}, "gaps"),
        ({"Base sentence.": ""}, "empty"),
        ({"Said by nobody": "Rien"}, "any more"),
    ],
)
def test_each_fault_is_named(tree: Path, change: dict[str, str | None], fault: str) -> None:
    entries = {**{key: f"fr {key}" for key in SENTENCES}, **change}
    write_part(tree, "one", {key: value for key, value in entries.items() if value is not None})
    assert any(fault in line for line in catalogues.survey("fr", tree).faults)


def test_two_parts_that_disagree_are_a_fault(tree: Path) -> None:
    write_part(tree, "one", {key: f"fr {key}" for key in SENTENCES})
    write_part(tree, "two", {"Page sentence": "Autre"})
    assert any("differently" in line for line in catalogues.survey("fr", tree).faults)


def test_a_written_catalogue_reads_back_as_it_was(tree: Path) -> None:
    given = {'A "quoted"\nsentence': "Une phrase « citée »\net sa suite", "B": "\u00a0b"}
    path = tree / "fr.po"
    path.write_text(catalogues.catalogue("fr", given), encoding="utf-8")
    with path.open("rb") as stream:
        read = {str(m.id): str(m.string) for m in read_po(stream, locale="fr") if m.id}
    assert read == given
