"""Building blocks of the sample contracts: python-docx with the few things it has no words for."""

from __future__ import annotations

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONT = "Liberation Sans"
INK = RGBColor(0x1B, 0x1F, 0x2A)
DEEP = RGBColor(0x16, 0x2B, 0x5E)
QUIET = RGBColor(0x6A, 0x70, 0x80)
KEPT_STYLES = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "Header", "Footer"}
RULE = "C9CED9"
TINT = "F3F5F9"
WIDTH_MM = 170.0
RIGHT = WD_ALIGN_PARAGRAPH.RIGHT
LEFT = WD_ALIGN_PARAGRAPH.LEFT


def new_document(*, title: str, lang: str) -> DocumentType:
    """Return an empty A4 document with our page, styles and language."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(26), Mm(21)
    section.header_distance, section.footer_distance = Mm(12), Mm(10)
    document.core_properties.title = title
    document.core_properties.author = "Paraph"
    document.core_properties.comments = ""
    style = document.styles["Normal"]
    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(9.5), INK
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), {"fr": "fr-FR", "en": "en-GB"}[lang])
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(4), 1.28
    style.paragraph_format.widow_control = True
    return document


def slim(document) -> None:
    """Drop what python-docx's own template brings and a contract never uses: 60 styles, a preview, effects."""
    for style in list(document.styles.element.findall(qn("w:style"))):
        if style.get(qn("w:styleId")) not in KEPT_STYLES:
            document.styles.element.remove(style)
    package = document.part.package
    for owner in (document.part.rels, package.rels):
        for key, rel in list(owner.items()):
            if rel.reltype.endswith(("/stylesWithEffects", "/thumbnail", "/customXml")):
                del owner[key]


def write(paragraph, text, *, size=None, bold=False, colour=None, italic=False):
    """Add `text` to `paragraph`; pieces between ** are bold. Return the paragraph."""
    for index, piece in enumerate(text.split("**")):
        if not piece:
            continue
        run = paragraph.add_run(piece)
        run.bold, run.italic = bold or index % 2 == 1, italic
        if size:
            run.font.size = Pt(size)
        if colour is not None:
            run.font.color.rgb = colour
    return paragraph


def space(paragraph, *, before=0.0, after=0.0, lines=None, keep=False, align=None):
    """Set the spacing of `paragraph` in points. Return the paragraph."""
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    if lines:
        form.line_spacing = lines
    form.keep_with_next = keep
    if align is not None:
        paragraph.alignment = align
    return paragraph


def heading(document, number, text):
    """Add a numbered section heading that stays with what follows."""
    paragraph = document.add_paragraph()
    space(paragraph, before=11, after=3, keep=True)
    write(paragraph, f"{number}\u2002", size=10.5, bold=True, colour=QUIET)
    return write(paragraph, text, size=10.5, bold=True, colour=DEEP)


def table(document, widths_mm, rows=1):
    """Add a table without borders, of fixed column widths."""
    made = document.add_table(rows, len(widths_mm))
    made.autofit, made.alignment = False, WD_TABLE_ALIGNMENT.LEFT
    properties = made._tbl.tblPr
    _child(properties, "w:tblLayout", type="fixed")
    _child(properties, "w:tblInd", w="0", type="dxa")
    margins = _child(properties, "w:tblCellMar")
    for side in ("left", "right"):
        _child(margins, f"w:{side}", w="0", type="dxa")
    for row in made.rows:
        widths(row, widths_mm)
    for column, width in zip(made.columns, widths_mm, strict=True):
        column.width = Mm(width)
    return made


def widths(row, widths_mm):
    """Set the cell widths of `row`, and keep it on one page."""
    for cell, width in zip(row.cells, widths_mm, strict=True):
        cell.width = Mm(width)
    _child(row._tr.get_or_add_trPr(), "w:cantSplit")


def repeat_header(row):
    """Let `row` be shown again at the top of every page."""
    _child(row._tr.get_or_add_trPr(), "w:tblHeader")


def borders(cell, *, colour=RULE, size=4, **sides):
    """Draw the named sides of `cell` (top=True...)."""
    properties = cell._tc.get_or_add_tcPr()
    box = properties.find(qn("w:tcBorders"))
    if box is None:
        box = _child(properties, "w:tcBorders")
    for side in ("top", "left", "bottom", "right"):
        if sides.get(side) or sides.get("box"):
            _child(box, f"w:{side}", val="single", sz=str(size), space="0", color=colour)


def shade(cell, colour=TINT):
    """Fill `cell`."""
    _child(cell._tc.get_or_add_tcPr(), "w:shd", val="clear", color="auto", fill=colour)


def padding(cell, *, top=0.0, bottom=0.0, left=0.0, right=0.0):
    """Set the inner margins of `cell` in millimetres."""
    margins = _child(cell._tc.get_or_add_tcPr(), "w:tcMar")
    for side, value in (("top", top), ("left", left), ("bottom", bottom), ("right", right)):
        _child(margins, f"w:{side}", w=str(round(value * 56.7)), type="dxa")


def rule_below(paragraph, colour=RULE):
    """Draw a hairline under `paragraph`."""
    edges = _child(paragraph._p.get_or_add_pPr(), "w:pBdr")
    _child(edges, "w:bottom", val="single", sz="4", space="6", color=colour)


def page_field(paragraph, code, **look):
    """Add a field such as PAGE to `paragraph`."""
    for kind, text in (("begin", None), (None, code), ("end", None)):
        run = write(paragraph, "\u200b", **look).runs[-1]
        run.text = ""
        if kind:
            _child(run._r, "w:fldChar", fldCharType=kind)
        else:
            _child(run._r, "w:instrText").text = text


def right_tab(paragraph):
    """Put one tab stop at the right margin, and no other."""
    paragraph.style = "Normal"
    paragraph.paragraph_format.tab_stops.clear_all()
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT)


def _child(parent, tag, **attributes):
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    parent.append(made)
    return made
