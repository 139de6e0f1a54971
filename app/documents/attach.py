"""Joins a signed document, its certificate pages and its trail into the one file that is then sealed."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import AttachedFileSpec, Dictionary, Name, Pdf
from reportlab.pdfgen.canvas import Canvas

from app.documents import ink
from app.documents.geometry import frame_of
from app.documents.stamp import UNREADABLE
from app.errors import BadInput

TRAIL_NAME = "evidence.json"
PRODUCER = "Paraph"
_TRAIL = "Evidence of signing: people, documents, every event with its hash"
_BROUGHT = "Brought by a signer"
_LINE_SIZE = 6.2

# What could act by itself, sign, or carry a hidden file: none of it may be sealed as if we had made it.
_ACTIVE_IN_CATALOGUE = (
    "/OpenAction",
    "/AA",
    "/AcroForm",
    "/Perms",
    "/DSS",
    "/Collection",
    "/AF",
    "/URI",
)
_ACTIVE_NAMES = ("/JavaScript", "/EmbeddedFiles")
_SAFE_LINKS = ("/URI", "/GoTo")


def append_and_attach(
    pdf: bytes,
    certificate_pdf: bytes,
    trail_json: bytes,
    *,
    id_line: str,
    lang: str,
    title: str = "",
    files: Sequence[tuple[str, bytes]] = (),
) -> bytes:
    """Return `pdf` with `id_line` on its pages, the certificate's pages after them and the trail attached.

    Form fields stay visible but can no longer be filled; scripts, actions, earlier signatures and attachments are
    left out. files: name and bytes of PDFs that signers brought, attached too. Sets title and language. The same
    input gives the same bytes. Raises BadInput when a PDF is damaged.
    """
    try:
        with (
            pikepdf.open(io.BytesIO(pdf)) as document,
            pikepdf.open(io.BytesIO(certificate_pdf)) as more,
        ):
            _calm(document)
            _write_line(document, id_line)
            document.pages.extend(more.pages)
            _attach(document, trail_json, files)
            _describe(document, title=title, lang=lang)
            out = io.BytesIO()
            document.save(
                out,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                compress_streams=True,
                deterministic_id=True,
                min_version="1.7",
            )
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError) as error:
        # A hostile PDF may hold anything where a dictionary should stand.
        raise BadInput(UNREADABLE, field="file") from error
    return out.getvalue()


def _calm(document: Pdf) -> None:
    """Take out whatever acts on its own; what a page looks like stays."""
    if "/AcroForm" in document.Root:
        document.generate_appearance_streams()
    if any("/Annots" in page.obj for page in document.pages):
        document.flatten_annotations(mode="all")
    for key in _ACTIVE_IN_CATALOGUE:
        if key in document.Root:
            del document.Root[key]
    names = document.Root.get("/Names")
    for key in _ACTIVE_NAMES:
        if names is not None and key in names:
            del names[key]
    for page in document.pages:
        _calm_page(page)


def _calm_page(page: pikepdf.Page) -> None:
    if "/AA" in page.obj:
        del page.obj["/AA"]
    notes = page.obj.get("/Annots")
    if notes is None:
        return
    kept = [
        note for note in notes if isinstance(note, Dictionary) and note.get("/Subtype") == "/Link"
    ]
    for note in kept:
        for key in ("/AA", "/PA"):
            if key in note:
                del note[key]
        action = note.get("/A")
        if action is not None and action.get("/S") not in _SAFE_LINKS:
            del note["/A"]
    page.obj["/Annots"] = pikepdf.Array(kept)


def _write_line(document: Pdf, line: str) -> None:
    """Write `line` small at the foot of every page, right on rotated and cropped ones too."""
    forms: dict[tuple[float, float], pikepdf.Object] = {}
    for page in document.pages if line else ():
        frame = frame_of(page)
        size = (frame.width, frame.height)
        if size not in forms:
            forms[size] = _line_form(document, line, size)
        name = Name(f"/ParaphLine{list(forms).index(size)}")
        page.add_resource(forms[size], Name.XObject, name=name)
        matrix = " ".join(f"{number:.4f}" for number in frame.matrix())
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(f"\nQ q {matrix} cm {name} Do Q\n".encode())


def _line_form(document: Pdf, line: str, size: tuple[float, float]) -> pikepdf.Object:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1, pageCompression=1)
    area = ink.Area(28, 12, size[0] - 56, 8)
    ink.draw_text(canvas, line, area, size=_LINE_SIZE, colour=ink.QUIET)
    canvas.save()
    with pikepdf.open(out) as drawn:
        return document.copy_foreign(drawn.pages[0].as_form_xobject())


def _attach(document: Pdf, trail_json: bytes, files: Sequence[tuple[str, bytes]]) -> None:
    trail = _spec(document, TRAIL_NAME, trail_json, kind="application/json", text=_TRAIL)
    specs = [trail, *(_file_spec(document, n, name, pdf) for n, (name, pdf) in enumerate(files, 1))]
    for spec in specs:
        document.attachments[spec.filename] = spec
    document.Root["/AF"] = pikepdf.Array([spec.obj for spec in specs])


def _file_spec(document: Pdf, number: int, name: str, pdf: bytes) -> AttachedFileSpec:
    """Two signers may bring files of one name: a number keeps them apart."""
    unique = f"{number:02} {name.removesuffix('.pdf')}.pdf"
    return _spec(document, unique, pdf, kind="application/pdf", text=_BROUGHT)


def _spec(document: Pdf, name: str, data: bytes, *, kind: str, text: str) -> AttachedFileSpec:
    return AttachedFileSpec(
        document,
        data,
        filename=name,
        mime_type=kind,
        description=text,
        relationship=Name("/Supplement"),
    )


def _describe(document: Pdf, *, title: str, lang: str) -> None:
    document.Root["/Lang"] = pikepdf.String(lang)
    document.Root["/ViewerPreferences"] = Dictionary(DisplayDocTitle=True)
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as metadata:
        if title:
            metadata["dc:title"] = title
        metadata["dc:language"] = [lang]
        metadata["pdf:Producer"] = PRODUCER
        metadata["xmp:CreatorTool"] = PRODUCER
