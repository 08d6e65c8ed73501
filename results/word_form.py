"""The form of a Vietnamese administrative document in Word: page, letters, tables, pictures; the same bytes each time.

Sizes follow Decree 30/2020/NĐ-CP, annex I: A4, margins 20 mm above and below, 30 mm left, 15–20 mm right, Times New Roman
13–14 points, page numbers centered above from the second page on.
"""

import datetime
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from .wording import Lang

FONT = "Times New Roman"
BODY, TABLE, SMALL = Pt(13), Pt(9.5), Pt(11)
PAGE = (Mm(210), Mm(297))
MARGINS = {"top": Mm(20), "bottom": Mm(20), "left": Mm(30), "right": Mm(20)}
TEXT_MM = 160.0  #: width of the text
PICTURE_MM = 225.0  #: height left for a picture under its title
MADE = datetime.datetime(2000, 1, 1)  #: of every file: a run has no clock
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
BLACK = RGBColor(0, 0, 0)
CENTER, JUSTIFY, LEFT, RIGHT = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.RIGHT,
)


def new_document(lang: Lang, title: str) -> WordDocument:
    """Return an empty document with page, letters and page numbers set."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = PAGE
    for side, margin in MARGINS.items():
        setattr(section, f"{side}_margin", margin)
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    for name in ("Normal", "Heading 1", "Heading 2"):
        style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        _letters(style, lang, bold=name != "Normal")
    number = section.header.paragraphs[0]
    number.alignment = CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number._p.append(field)
    core = document.core_properties
    core.author = core.last_modified_by = "motcua"
    core.title, core.comments, core.revision, core.language = plain(title)[:250], "", 1, "vi-VN" if lang == "vi" else "en-US"
    core.created = core.modified = MADE
    return document


def _letters(style: ParagraphStyle, lang: Lang, *, bold: bool) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, BODY, bold, False
    style.font.color.rgb = BLACK
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN" if lang == "vi" else "en-US")
    properties.append(language)
    space = style.paragraph_format
    space.space_before, space.space_after, space.line_spacing = Pt(8 if bold else 0), Pt(6), 1.1
    space.keep_with_next = bold


def plain(text: str) -> str:
    """Text without what an XML file cannot hold; tabs and breaks become blanks."""
    return "".join(sign if sign.isprintable() or sign == "\u00a0" else " " for sign in text if not 0xD800 <= ord(sign) <= 0xDFFF)


def write(
    paragraph: Paragraph,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: Length | None = None,
    align: WD_ALIGN_PARAGRAPH | None = None,
    after: Length | None = None,
) -> Paragraph:
    """Add text to a paragraph and set it."""
    run = paragraph.add_run(plain(text))
    run.bold, run.italic = bold, italic
    if size is not None:
        run.font.size = size
    if align is not None:
        paragraph.alignment = align
    if after is not None:
        paragraph.paragraph_format.space_after = after
    return paragraph


def body(document: WordDocument, text: str, *, italic: bool = False) -> Paragraph:
    """Add a paragraph of the body: justified, first line set in by 10 mm."""
    paragraph = write(document.add_paragraph(), text, italic=italic, align=JUSTIFY)
    paragraph.paragraph_format.first_line_indent = Mm(10)
    return paragraph


def item(document: WordDocument, mark: str, text: str) -> Paragraph:
    """Add a numbered or dashed paragraph."""
    return body(document, f"{mark} {text}")


def rule(paragraph: Paragraph, inset: Length) -> Paragraph:
    """Draw a line below a paragraph, set in on both sides."""
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = inset
    paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(0)
    paragraph.paragraph_format.line_spacing = Pt(3)
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr")
    return paragraph


def side_by_side(document: WordDocument, widths_mm: tuple[float, float], rows: int = 1) -> tuple[tuple[_Cell, _Cell], ...]:
    """Rows of two columns without borders, as the head and the signature stand."""
    table = document.add_table(rows=rows, cols=2)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
    return tuple((row.cells[0], row.cells[1]) for row in table.rows)


def grid(
    document: WordDocument, head: Sequence[str], rows: Iterable[Sequence[str]], shares: Sequence[float], right: Iterable[int] = ()
) -> Table:
    """Add a table with borders; the head is repeated on every page. shares : of the text's width; right : columns of figures.

    A row of one text stands over all columns; a break in a text begins a new line.
    """
    table: Table = document.add_table(rows=0, cols=len(head))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    widths = [Mm(TEXT_MM * share / sum(shares)) for share in shares]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    figures = frozenset(right)
    _row(table, head, widths, figures, bold=True)
    _mark(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
    for row in rows:
        _row(table, row, widths, figures, bold=len(row) == 1 < len(head))
    closing = document.add_paragraph()
    closing.paragraph_format.space_after = Pt(0)
    return table


def _row(table: Table, texts: Sequence[str], widths: Sequence[Length], figures: frozenset[int], *, bold: bool) -> None:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]
    _mark(row._tr.get_or_add_trPr(), "w:cantSplit")
    cells = row.cells
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        cell.width = width
        if place < len(texts):
            align = (CENTER if bold and len(texts) > 1 else RIGHT) if place in figures else LEFT
            for number, line in enumerate(texts[place].split("\n")):
                paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
                write(paragraph, line, bold=bold, size=TABLE, align=align, after=Pt(1))
                paragraph.paragraph_format.line_spacing = 1.0
    if len(texts) == 1 < len(widths):
        cells[0].merge(cells[-1])


def _mark(properties: BaseOxmlElement, name: str) -> None:
    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    properties.append(mark)


def picture(document: WordDocument, png: bytes, size_in: tuple[float, float], description: str) -> None:
    """Add a picture as wide as the text, or as high as a page holds, with a description for who cannot see it."""
    wide = min(TEXT_MM, PICTURE_MM * size_in[0] / size_in[1])
    paragraph = document.add_paragraph()
    paragraph.alignment = CENTER
    shape = paragraph.add_run().add_picture(BytesIO(png), width=Mm(wide))
    shape._inline.docPr.set("descr", plain(description))


def packed(document: WordDocument) -> bytes:
    """The file, with no moment of writing in it."""
    stream, settled = BytesIO(), BytesIO()
    document.save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            kept = zipfile.ZipInfo(entry.filename, ZIP_DATE)
            kept.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(kept, source.read(entry))
    return settled.getvalue()
