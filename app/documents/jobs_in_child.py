"""What runs inside the limited child: inspect and fill Word templates with docxtpl.

Jobs take plain arguments and return (JSON values, blob). Nothing here is called in our own process.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from docx import Document
from docxtpl import DocxTemplate
from jinja2 import ChainableUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from app.documents import docx_guard, fonts, grammar, odt_guard, pages, pdf_info, picture_page, tags
from app.documents.filters import FILTER_NAMES, document_filters
from app.documents.placeholders import unknown_names
from app.documents.problems import Problem
from app.documents.ready_pdf import make_ready
from app.documents.template_pictures import PictureBook, place_pictures
from app.errors import BadInput
from app.texts import FRAME_LANGUAGES

Job = Callable[..., tuple[Any, bytes]]
UNREADABLE = "This Word document cannot be read. Please save it again in Word."
AS_SAID = "{problem}"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ue0f0-\ue0f3\ufffe\uffff]")
_SYNTAX_WORDS = 120


class _Template(DocxTemplate):  # type: ignore[misc]
    """docxtpl, but file properties are plain text: escaped like XML they would show "&amp;"."""

    def render_properties(self, context: dict[str, Any], jinja_env: Any = None) -> None:
        plain = jinja_env.overlay(autoescape=False)
        super().render_properties(context, plain)


def inspect(docx: bytes, values: Mapping[str, object]) -> tuple[Any, bytes]:
    """Return what the template uses and what is wrong with it, as JSON values; the cleaned file as blob."""
    parts = docx_guard.open_docx(docx)
    asked = fonts.asked_fonts(parts.items())
    return {**_survey(parts, values), "fonts": asked}, docx_guard.pack(parts)


def fill(
    docx: bytes,
    values: Mapping[str, object],
    lang: str,
    currency: str,
    pictures: Mapping[str, bytes] | None = None,
) -> tuple[Any, bytes]:
    """Return the tags used (JSON) and the filled .docx (blob). Raises BadInput naming the first problem."""
    parts = docx_guard.open_docx(docx)
    template = _load(parts)
    book = tags.TagBook()
    album = PictureBook(pictures or {})
    context = {**_clean_values(values), **book.functions(), grammar.PICTURE: album.use}
    environment = grammar.TemplateEnvironment(
        document_filters(lang, currency), values, undefined=ChainableUndefined
    )
    try:
        template.render(context, environment, autoescape=True)
    except TemplateError as error:
        raise _explained(parts, values, lang, error) from error
    out = io.BytesIO()
    template.save(out)
    placed = place_pictures(_parts(out.getvalue()), album)
    reserved = tags.reserve_places(placed, book.uses)
    return [asdict(use) for use in book.uses], docx_guard.pack(reserved)


def clean_docx(docx: bytes) -> tuple[Any, bytes]:
    """Return the .docx without targets outside itself as blob. Raises BadInput when it may not be printed."""
    return None, docx_guard.pack(docx_guard.open_docx(docx))


def inspect_pdf(pdf: bytes) -> tuple[Any, bytes]:
    """Return what pdf_info.inspect_pdf found, as JSON values; PDFium must be able to draw page one."""
    info = pdf_info.inspect_pdf(pdf)
    pages.page_picture(pdf, 0, width_px=200)
    return asdict(info), b""


def ready_pdf(pdf: bytes, password: str | None = None) -> tuple[Any, bytes]:
    """Return what the PDF is like (JSON) and its pages made ready (blob); PDFium must be able to draw them."""
    info, ready = make_ready(pdf, password=password)
    pages.page_picture(ready, 0, width_px=200)
    if pages.page_count(ready) != info.page_count:
        raise BadInput(pages.UNREADABLE, field="file")
    return asdict(info), ready


def clean_odt(odt: bytes) -> tuple[Any, bytes]:
    """Return the .odt without targets outside itself as blob. Raises BadInput when it may not be printed."""
    return None, odt_guard.clean_odt(odt)


def picture_to_pdf(data: bytes) -> tuple[Any, bytes]:
    """Return what the page is like (JSON) and a PDF that shows the picture (blob)."""
    made = picture_page.picture_to_pdf(data)
    return asdict(pdf_info.inspect_pdf(made)), made


def warm_up() -> None:
    """Load what the first job would: locales, number words, phone plans, a Word document. Forks then share it."""
    for lang in FRAME_LANGUAGES:
        fill(_small_docx(), _SMALL, lang, "EUR")


def rehearse() -> None:
    """Do a little of what most jobs do, before the job comes: a fresh fork copies its memory as it touches it."""
    fill(_small_docx(), _SMALL, "en", "EUR")


_SMALL = {"a": Decimal("1.50"), "d": date(2026, 1, 1), "p": "+33199000000"}


@lru_cache(maxsize=1)
def _small_docx() -> bytes:
    document = Document()
    text = "{{ a|money }}{{ a|words }}{{ a|number }}{{ d|date }}{{ p|phone }}{% if a %}{{ a }}{% endif %}"
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


JOBS: dict[str, Job] = {
    "inspect": inspect,
    "fill": fill,
    "clean_docx": clean_docx,
    "inspect_pdf": inspect_pdf,
    "ready_pdf": ready_pdf,
    "clean_odt": clean_odt,
    "picture_to_pdf": picture_to_pdf,
}


def _parts(docx: bytes) -> docx_guard.Parts:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _explained(
    parts: docx_guard.Parts, values: Mapping[str, object], lang: str, error: TemplateError
) -> BadInput:
    """The first problem of a template that was refused, with its place and what was meant."""
    problems = _survey(parts, values)["problems"]
    if not problems:
        return BadInput(grammar.UNBALANCED, field="template", reason=str(error.message or ""))
    said = Problem(**problems[0]).sentence(lang)
    return BadInput(AS_SAID, field="template", problem=said)


def _survey(parts: docx_guard.Parts, values: Mapping[str, object]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"placeholders": [], "tags": [], "problems": []}
    for part, source in _sources(_load(parts)):
        for key, items in _examine(part, source, values).items():
            found[key] += items
    found["placeholders"] = sorted(set(found["placeholders"]))
    return found


def _load(parts: docx_guard.Parts) -> DocxTemplate:
    template = _Template(io.BytesIO(docx_guard.pack(parts, compress=False)))
    try:
        template.init_docx()
    except (KeyError, ValueError, AttributeError) as error:
        raise BadInput(UNREADABLE, field="file") from error
    return template


def _sources(template: DocxTemplate) -> Iterator[tuple[str, str]]:
    """Every piece of text that docxtpl will compile, one paragraph a line as docxtpl lays it."""
    yield "body", _lines(template.patch_xml(template.get_xml()))
    for part, uri in (("header", template.HEADER_URI), ("footer", template.FOOTER_URI)):
        for _, piece in template.get_headers_footers(uri):
            yield part, _lines(template.patch_xml(template.get_part_xml(piece)))
    for piece in template.docx.part.package.iter_parts():
        if piece.content_type.endswith("wordprocessingml.footnotes+xml"):
            yield "footnotes", _lines(template.patch_xml(piece.blob.decode("utf-8", "replace")))
    said = template.docx.core_properties
    names = ("author", "comments", "identifier", "language", "subject", "title")
    yield "properties", "\n".join(str(getattr(said, name) or "") for name in names)


def _lines(source: str) -> str:
    return re.sub(r"<w:p([ >])", r"\n<w:p\1", source)


def _examine(part: str, source: str, values: Mapping[str, object]) -> dict[str, list[Any]]:
    environment = SandboxedEnvironment()
    try:
        tree = environment.parse(source)
    except TemplateError as error:
        line = getattr(error, "lineno", 0) or 0
        problem = Problem(
            grammar.UNBALANCED,
            {"reason": str(error.message or "")[:_SYNTAX_WORDS]},
            part=part,
            place=grammar.place_of(source, line),
        )
        return {"problems": [asdict(problem)]}
    findings = grammar.examine(tree, FILTER_NAMES)
    problems = [grammar.as_problem(part, source, item) for item in findings.problems]
    for name, near, line in unknown_names(findings.paths, values):
        place = grammar.place_of(source, line)
        said: dict[str, object] = {"name": name}
        problems.append(
            Problem(grammar.UNKNOWN_NAME, said, part=part, place=place, suggestion=near)
        )
    uses = [tags.tag_from_call(name, args, opts) for name, args, opts, _ in findings.tags]
    return {
        "placeholders": [path for path, _ in findings.paths],
        "tags": [asdict(use) for use in uses],
        "problems": [asdict(problem) for problem in problems],
    }


def _clean_values(value: Any) -> Any:
    """Plain values only, without control characters or our own markers."""
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, Mapping):
        return {str(key): _clean_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_values(item) for item in value]
    return value
