"""A PDF from outside made ready for our pages: repaired, forms flattened, everything active taken out.

What a signer sees must be what is sealed: no layer of fields that could show something else later, no script,
no file inside, no link that opens a program. Pages keep their size, rotation and crop.
Source: ISO 32000-1, 12.5 (annotations), 12.6 (actions), 12.7 (forms).
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pikepdf

from app.documents.pages import draw_annotations
from app.documents.pdf_info import DAMAGED, PdfInfo, inspect_opened, opened_pdf
from app.errors import BadInput

SIGNED = (
    "This PDF already carries a digital signature, and signing it here would break that signature. "
    "Please upload the unsigned original."
)
_ACTIVE_ROOT = (
    "/OpenAction", "/AA", "/AcroForm", "/AF", "/Perms", "/Collection", "/Requirements", "/Threads",
)  # fmt: skip
_ACTIVE_NAMES = ("/JavaScript", "/EmbeddedFiles", "/AlternatePresentations", "/Renditions")
_SAFE_ADDRESS = ("http://", "https://", "mailto:", "tel:")
_WIDGET_LIMIT = 20_000
_PRINT, _UNSEEN, _PUSH = 4, 2 | 32, 1 << 16
"""Flags: printed; hidden or not viewed (12.5.3); a push button (12.7.4.2)."""
_DRAWN_BY_PDFIUM = frozenset(
    {"/FreeText", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Square", "/Circle", "/Ink", "/Text"}
)  # fmt: skip


def make_ready(pdf: bytes, *, password: str | None = None) -> tuple[PdfInfo, bytes]:
    """Return what `pdf` is like and the same pages without forms, scripts, files, unsafe links and protection.

    password: as in `opened_pdf`. Raises BadInput: protected by another password, signed already, damaged beyond
    repair, too big, without pages.
    """
    with opened_pdf(pdf, password=password) as document:
        info = inspect_opened(document)
        if info.signatures:
            raise BadInput(SIGNED, field="file")
        plain = _flatten(document)
        made = b"" if plain else _finished(document)
        before = _saved(document) if plain else b""
    if made:
        return info, made
    with opened_pdf(draw_annotations(before, plain)) as document:
        return info, _finished(document)


def _finished(document: pikepdf.Pdf) -> bytes:
    for page in document.pages:
        _calm(page)
    _disarm(document)
    return _saved(document)


def _flatten(document: pikepdf.Pdf) -> list[int]:
    """Draw every field and comment that a screen shows into its page; return the pages (from 0) that keep some
    without a look of their own: those only PDFium can draw."""
    form = document.Root.get("/AcroForm")
    if form is not None and form.get("/NeedAppearances", False):
        document.generate_appearance_streams()
    if form is None and not any("/Annots" in page.obj for page in document.pages):
        return []
    plain = {number: _seen(page) for number, page in enumerate(document.pages)}
    document.flatten_annotations("print")
    left = {number: many for number, many in plain.items() if many}
    for number, many in left.items():
        page = document.pages[number]
        page.obj["/Annots"] = pikepdf.Array([*page.obj.get("/Annots", []), *many])
    return sorted(left)


def _seen(page: pikepdf.Page) -> list[pikepdf.Object]:
    """Let print have what the screen shows; take out and return what has no look of its own."""
    annotations = page.obj.get("/Annots")
    if annotations is None:
        return []
    plain: list[pikepdf.Object] = []
    kept: list[pikepdf.Object] = []
    for one in _dictionaries(annotations):
        flags = _flags(one)
        if not flags & _UNSEEN and not _is_button(one):
            one["/F"] = flags | _PRINT
        is_plain = "/AP" not in one and str(one.get("/Subtype")) in _DRAWN_BY_PDFIUM
        (plain if is_plain and not flags & _UNSEEN else kept).append(one)
    page.obj["/Annots"] = pikepdf.Array(kept)
    return plain


def _flags(annotation: pikepdf.Object) -> int:
    try:
        return int(annotation.get("/F", 0))
    except (TypeError, ValueError):
        return 0


def _is_button(annotation: pikepdf.Object) -> bool:
    """A push button: it is there to be pressed, not to be read."""
    try:
        return annotation.get("/FT") == pikepdf.Name.Btn and bool(
            int(annotation.get("/Ff", 0)) & _PUSH
        )
    except (TypeError, ValueError):
        return False


def _calm(page: pikepdf.Page) -> None:
    for name in ("/AA", "/AF", "/Trans", "/Dur", "/PresSteps"):
        if name in page.obj:
            del page.obj[name]
    annotations = page.obj.get("/Annots")
    if annotations is None:
        return
    kept = [one for one in _dictionaries(annotations) if _is_plain_link(one)]
    for one in kept:
        if "/AA" in one:
            del one["/AA"]
    if kept:
        page.obj["/Annots"] = pikepdf.Array(kept)
    else:
        del page.obj["/Annots"]


def _dictionaries(annotations: pikepdf.Object) -> Iterator[pikepdf.Object]:
    if not isinstance(annotations, pikepdf.Array):
        return
    for number, one in enumerate(annotations):
        if number >= _WIDGET_LIMIT:
            return
        if isinstance(one, pikepdf.Dictionary):
            yield one


def _is_plain_link(annotation: pikepdf.Object) -> bool:
    if annotation.get("/Subtype") != pikepdf.Name.Link:
        return False
    action = annotation.get("/A")
    if action is None:
        return "/Dest" in annotation
    if not isinstance(action, pikepdf.Dictionary) or "/Next" in action:
        return False
    if action.get("/S") == pikepdf.Name.GoTo:
        return True
    address = str(action.get("/URI", "")).lower()
    return action.get("/S") == pikepdf.Name.URI and address.startswith(_SAFE_ADDRESS)


def _disarm(document: pikepdf.Pdf) -> None:
    """Take out what acts, or hides another document in this one."""
    for name in _ACTIVE_ROOT:
        if name in document.Root:
            del document.Root[name]
    names = document.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        for name in (one for one in _ACTIVE_NAMES if one in names):
            del names[name]
    outline = document.Root.get("/Outlines")
    if outline is not None and any("/A" in one for one in _outline_items(outline)):
        del document.Root["/Outlines"]
    document.remove_unreferenced_resources()


def _outline_items(outline: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Every bookmark; a ring of them ends after as many as a document can use."""
    waiting, count = [outline.get("/First")], 0
    while waiting and count < _WIDGET_LIMIT:
        one = waiting.pop()
        if not isinstance(one, pikepdf.Dictionary):
            continue
        count += 1
        yield one
        waiting += [one.get("/Next"), one.get("/First")]


def _saved(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    try:
        document.save(
            out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True
        )
    except (pikepdf.PdfError, RuntimeError) as error:
        raise BadInput(DAMAGED, field="file") from error
    return out.getvalue()
