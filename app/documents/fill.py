"""Word templates: what one uses, and one filled with values (docxtpl, in a limited child process)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.merge import blank_values
from app.documents.child import CHILD
from app.documents.fonts import printed_in, replaced_fonts
from app.documents.problems import Problem
from app.documents.tags import TagUse, tag_from_json
from app.documents.units import with_units


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """What a template uses. `docx` is the same file without targets outside itself: keep that one."""

    placeholders: tuple[str, ...]
    tags: tuple[TagUse, ...]
    problems: tuple[Problem, ...]
    docx: bytes
    fonts: tuple[str, ...] = ()
    """Fonts it names for Latin text."""

    @property
    def replaced_fonts(self) -> tuple[str, ...]:
        """Fonts it names that this host would replace by others of other widths."""
        return replaced_fonts(self.fonts)

    @property
    def font_doubles(self) -> tuple[tuple[str, str], ...]:
        """The same fonts, each with the one that is printed instead ("" when that is not known)."""
        return tuple((name, printed_in(name)) for name in self.replaced_fonts[:12])

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles named by tags, in the order of the text."""
        return tuple(dict.fromkeys(use.role for use in self.tags))


@dataclass(frozen=True, slots=True)
class FilledDocument:
    """A filled .docx, with a reserved place for each of `tags`."""

    docx: bytes
    tags: tuple[TagUse, ...]


def inspect_template(docx: bytes, values: Mapping[str, object] | None = None) -> TemplateInfo:
    """Return what `docx` uses and every problem in it, each with its place and a suggestion.

    values: what names exist; by default every name of core.merge. Raises BadInput when the file is not a
    Word document or carries something forbidden (macros, objects, bombs).
    """
    known = blank_values() if values is None else values
    answer = CHILD.run("inspect", docx=docx, values=dict(known))
    found = answer.values
    return TemplateInfo(
        placeholders=tuple(found["placeholders"]),
        tags=tuple(tag_from_json(item) for item in found["tags"]),
        problems=tuple(Problem(**item) for item in found["problems"]),
        docx=answer.blob,
        fonts=tuple(found["fonts"]),
    )


def fill(
    docx: bytes,
    values: Mapping[str, object],
    *,
    lang: str,
    pictures: Mapping[str, bytes] | None = None,
) -> FilledDocument:
    """Return `docx` filled with `values` (core.merge), amounts and dates written in `lang`.

    `values["currency"]` is the currency of amounts; `pictures` has "logo" and "stamp" where there are any. Raises
    BadInput naming an unknown placeholder with its place and a suggestion.
    """
    currency = str(values.get("currency", ""))
    answer = CHILD.run(
        "fill",
        docx=docx,
        values=with_units(values, lang=lang),
        lang=lang,
        currency=currency,
        pictures=dict(pictures or {}),
    )
    return FilledDocument(answer.blob, tuple(tag_from_json(item) for item in answer.values))
