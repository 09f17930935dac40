"""A document as a PDF: text that can be searched, figures as vectors, header and page numbers on every page.

What must not go in: what a report says. The font is Source Sans Pro from the package font-source-sans-pro (SIL Open Font License):
Latin, Greek and Cyrillic. Signs of other scripts are written as NO_SIGN and a line at the end says so; the HTML report shows them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, singledispatchmethod
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TableBordersLayout
from fpdf.fonts import FontFace, TTFFont

from kiosk.clinic import Paper
from kiosk.report.document import Block, Card, Charts, Document, Facts, Heading, PageBreak, Paragraph, Row, Table
from kiosk.report.paging import pages_of
from kiosk.report.vectors import Drawing, Words, svg
from kiosk.words import Phrase
from kiosk.words.catalogue import translated

FONT = "Source Sans Pro"
FONT_PACKAGE = "font_source_sans_pro"
NO_SIGN = "?"
"""In place of a sign that the font does not have."""
SIGNS_MISSING = Phrase("Signs that this file's font does not have are written as “?”; the report as a web page shows them.")
MARGIN_MM = 15.0
TOP_MM = 22.0
PT_MM = 25.4 / 72
LINE = 1.28
"""Height of a line in sizes of its letters (our choice)."""
SIZES_PT = {"plain": 10.5, "small": 8.5, "strong": 10.5}
HEADING_PT = {1: 22.0, 2: 14.0, 3: 11.5}
TABLE_PT = 8.3
FIGURE_MM = (34.0, 37.0)
"""Most width and height of a card's picture."""
CELL_LINE_MM = TABLE_PT * PT_MM * 1.22
CELL_MM = (0.75, 1.6, 0.75, 0.0)
"""Air of a table's cell: above, right, below, left."""
MARKED = FontFace(emphasis="BOLD", fill_color=(233, 240, 248))
"""A row that stands out."""
GAP_MM = 6.0
BELOW_MM = 40.0
"""Room that a heading needs below it (our choice: the heads of a table and the rows that stand together)."""
LONGEST_CELL = 1200
"""Letters of a table's cell; a longer one would not fit on a page. No cell of ours has half of it."""
BLUE, BROWN, BLACK, GREY = (10, 79, 158), (138, 53, 0), (17, 17, 17), (90, 90, 90)


class FontError(RuntimeError):
    """The font's package is not installed."""


def pdf(document: Document, paper: Paper) -> bytes:
    """The whole file.

    Raises:
        FontError: the package of the font is missing.
    """
    writer = _Writer(document, paper)
    for block in document.blocks:
        writer.put(block)
    return writer.finish()


@cache
def font_file(style: str) -> Path:
    """The font's file for "Regular" or "Bold"; the package itself is not imported."""
    spec = find_spec(FONT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FontError("The font of the PDF report is missing. Install the package font-source-sans-pro, or ask for the report as HTML.")
    return Path(spec.submodule_search_locations[0]) / "files" / f"SourceSansPro-{style}.ttf"


class _Pages(FPDF):
    """Pages with a header and a number."""

    def __init__(self, document: Document, paper: Paper) -> None:
        super().__init__(format=paper.value)
        self._document, self.missing = document, False
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(FONT, style, font_file(name))
        self.signs: set[int] = {sign for font in self.fonts.values() if isinstance(font, TTFFont) for sign in font.cmap}
        self.c_margin = 0  # text stands on the same edge as lines and tables
        self.set_margins(MARGIN_MM, TOP_MM, MARGIN_MM)
        self.set_auto_page_break(True, margin=MARGIN_MM)

    def header(self) -> None:
        """Whose report, and the page's number."""
        self.set_font(FONT, size=8.5)
        self.set_text_color(*GREY)
        number = translated(Phrase("Page {page} of {pages}", page=self.page_no(), pages="{nb}"), self._document.language)
        self.set_y(10)
        self.cell(self.epw - 40, 5, self.safe(_cut(self._document.header)))
        self.cell(40, 5, number, align="R")
        self.set_text_color(*BLACK)
        self.set_xy(self.l_margin, TOP_MM)

    def safe(self, text: str) -> str:
        """The text in signs of the font."""
        return "".join(self._sign(sign) for sign in unicodedata.normalize("NFC", text.replace("\t", " ")))

    def _sign(self, sign: str) -> str:
        if sign == "\n" or ord(sign) in self.signs:
            return sign
        plain = unicodedata.normalize("NFKD", sign)
        if plain != sign and all(ord(part) in self.signs for part in plain):
            return plain
        self.missing = self.missing or sign.isprintable()
        return NO_SIGN if sign.isprintable() else ""


def _cut(header: str) -> str:
    """A header that fits into one line."""
    return header if len(header) <= 90 else f"{header[:89]}…"


class _Writer:
    """Writes blocks below one another."""

    def __init__(self, document: Document, paper: Paper) -> None:
        self._document = document
        self._pages = _Pages(document, paper)
        self._pages.set_title(document.title)
        self._pages.set_lang(document.language.value)
        self._pages.set_creator(document.program)
        self._pages.add_page()

    def finish(self) -> bytes:
        """Say what could not be written, and close the file."""
        if self._pages.missing:
            self.put(Paragraph(translated(SIGNS_MISSING, self._document.language), "small"))
        return bytes(self._pages.output())

    @singledispatchmethod
    def put(self, block: Block) -> None:
        """One block."""
        raise TypeError(f"{type(block).__name__} is no block that the PDF is known for; write it in as_pdf.py")

    @put.register
    def _(self, block: Heading) -> None:
        size = HEADING_PT[block.level]
        before = {1: 0.0, 2: 6.0, 3: 3.0}[block.level]
        self._keep(before + size * PT_MM * LINE + BELOW_MM)  # not alone at the foot of a page
        if self._pages.get_y() > TOP_MM + 1:
            self._down(before)
        self._text(block.text, size, bold=True)
        if block.level == 2:
            y = self._pages.get_y() + 0.6
            self._pages.set_draw_color(*BLUE)
            self._pages.set_line_width(0.5)
            self._pages.line(self._pages.l_margin, y, self._pages.w - self._pages.r_margin, y)
        self._down(2.0 if block.level < 3 else 0.8)

    @put.register
    def _(self, block: Paragraph) -> None:
        self._text(block.text, SIZES_PT[block.tone], bold=block.tone == "strong")
        self._down(1.2)

    @put.register
    def _(self, block: Facts) -> None:
        if block.rows:
            self._pairs(block.rows, self._pages.l_margin, self._pages.epw, SIZES_PT["plain"])
            self._down(2)

    @put.register
    def _(self, block: Card) -> None:
        left, width = self._pages.l_margin, self._pages.epw
        if block.picture is not None:
            left, width = left + FIGURE_MM[0] + GAP_MM, width - FIGURE_MM[0] - GAP_MM
        text_mm = self._card_text(block, left, width, dry=True)
        picture_mm = FIGURE_MM[1] + 6 if block.picture is not None else 0.0
        height = max(text_mm, picture_mm)
        self._keep(height + 4)
        top = self._pages.get_y() + 1.5
        if block.picture is not None:
            self._picture(block.picture, self._pages.l_margin, top + (height - picture_mm) / 2, *FIGURE_MM)
            self._caption(block.caption, top + (height - picture_mm) / 2 + FIGURE_MM[1] + 0.5)
        self._pages.set_y(top + (height - text_mm) / 2)
        self._card_text(block, left, width, dry=False)
        self._pages.set_y(max(self._pages.get_y(), top + height) + 1.5)
        self._rule()

    @put.register
    def _(self, block: Table) -> None:
        p = self._pages
        heights = [self._row_mm(row, block.widths, bold=place in block.marked) for place, row in enumerate(block.rows)]
        page_mm = p.h - p.b_margin - TOP_MM - self._row_mm(block.heads, block.widths, bold=True)
        for number, (start, end) in enumerate(pages_of(heights, page_mm - (p.get_y() - TOP_MM), page_mm)):
            if number:
                p.add_page()
            if start < end:
                self._rows(block, start, end)
        self._down(2)

    @put.register
    def _(self, block: Charts) -> None:
        width = (self._pages.epw - GAP_MM) / 2
        for pair in (block.drawings[i : i + 2] for i in range(0, len(block.drawings), 2)):
            height = max(width * drawing.height / drawing.width for drawing in pair)
            self._keep(height + 3)
            top = self._pages.get_y()
            for place, drawing in enumerate(pair):
                self._picture(drawing, self._pages.l_margin + place * (width + GAP_MM), top, width, height)
            self._pages.set_y(top + height + 3)

    @put.register
    def _(self, _block: PageBreak) -> None:
        self._pages.add_page()

    # pieces ------------------------------------------------------------------------------------------------------

    def _rows(self, block: Table, start: int, end: int) -> None:
        """A part of a table that fits on this page, under its heads."""
        p = self._pages
        p.set_font(FONT, size=TABLE_PT)
        p.set_draw_color(190, 197, 205)
        p.set_line_width(0.15)
        with p.table(
            col_widths=block.widths,
            width=p.epw,
            line_height=CELL_LINE_MM,
            padding=CELL_MM,
            text_align="LEFT",
            v_align="TOP",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", color=BLACK),
        ) as table:
            for place, row in enumerate((block.heads, *block.rows[start:end]), start - 1):
                line = table.row(style=MARKED if place >= start and place in block.marked else None)
                for cell in row:
                    line.cell(p.safe(cell[:LONGEST_CELL]))

    def _row_mm(self, row: Row, widths: Sequence[float], *, bold: bool) -> float:
        """Height of a row of a table."""
        p, (above, right, below, left) = self._pages, CELL_MM
        p.set_font(FONT, "B" if bold else "", TABLE_PT)
        inner = [p.epw * width / sum(widths) - left - right for width in widths]
        texts = [p.safe(cell[:LONGEST_CELL]) for cell in row]
        return above + below + max(self._tall(text, width, CELL_LINE_MM) for text, width in zip(texts, inner, strict=True))

    def _tall(self, safe: str, width: float, line: float) -> float:
        """Height of text in the font that is set."""
        return float(self._pages.multi_cell(width, line, safe, align="L", dry_run=True, output=MethodReturnValue.HEIGHT))  # type: ignore[arg-type]

    def _card_text(self, block: Card, left: float, width: float, *, dry: bool) -> float:
        """Sign, sentence and facts; the height in mm, measured only when `dry`."""
        self._pages.set_text_color(*(BLUE if block.good else BROWN))
        sign = f"{'✓' if block.good else '→'} {block.sign}"
        height = self._text(sign, 9.5, bold=True, left=left, width=width, dry=dry)
        self._pages.set_text_color(*BLACK)
        height += self._text(block.text, 12, bold=True, left=left, width=width, dry=dry)
        height += self._pairs(block.facts, left, width, 9.5, dry=dry)
        return height

    def _pairs(self, rows: tuple[tuple[str, str], ...], left: float, width: float, size: float, *, dry: bool = False) -> float:
        """Names with their values beside them; the height in mm."""
        p, height = self._pages, 0.0
        p.set_font(FONT, "B", size)
        column = min(max((p.get_string_width(p.safe(name)) for name, _ in rows), default=0.0) + 4, width / 3)
        for name, value in rows:
            here = self._text(name, size, bold=True, left=left, width=column, dry=True)
            tall = max(here, self._text(value, size, left=left + column, width=width - column, dry=True))
            height += tall + 0.4
            if not dry:
                self._keep(min(tall, 40))
                top, page = p.get_y(), p.page_no()
                self._text(name, size, bold=True, left=left, width=column)
                p.set_y(top)
                self._text(value, size, left=left + column, width=width - column)
                p.set_y(max(p.get_y(), top + here) + 0.4 if p.page_no() == page else p.get_y() + 0.4)
        return height

    def _text(
        self, text: str, size: float, *, bold: bool = False, left: float | None = None, width: float | None = None, dry: bool = False
    ) -> float:
        """Lines of text from the current height on; their height in mm."""
        p = self._pages
        p.set_font(FONT, "B" if bold else "", size)
        x, w, h = p.l_margin if left is None else left, p.epw if width is None else width, size * PT_MM * LINE
        p.set_x(x)
        safe = p.safe(text)
        tall = self._tall(safe, w, h) if dry else 0.0
        if not dry:
            keep = p.l_margin
            p.set_left_margin(x)
            p.set_x(x)
            p.multi_cell(w, h, safe, align="L", new_x="LMARGIN", new_y="NEXT")
            p.set_left_margin(keep)
        return tall

    def _caption(self, text: str, y: float) -> None:
        p = self._pages
        p.set_font(FONT, size=7.5)
        p.set_xy(p.l_margin, y)
        p.multi_cell(FIGURE_MM[0], 7.5 * PT_MM * 1.2, p.safe(text), align="C")

    def _picture(self, drawing: Drawing, x: float, y: float, width: float, height: float) -> None:
        """The drawing as large as it fits, in the middle: lines as vectors with an alternative text, words as text."""
        p = self._pages
        scale = min(width / drawing.width, height / drawing.height)
        x, y = x + (width - scale * drawing.width) / 2, y + (height - scale * drawing.height) / 2
        lines = replace(drawing, shapes=tuple(shape for shape in drawing.shapes if not isinstance(shape, Words)))
        p.image(BytesIO(svg(lines).encode()), x, y, scale * drawing.width, scale * drawing.height, alt_text=drawing.title)
        for words in (shape for shape in drawing.shapes if isinstance(shape, Words)):
            self._words(words, x - scale * drawing.left, y - scale * drawing.top, scale)

    def _words(self, words: Words, x: float, y: float, scale: float) -> None:
        p = self._pages
        p.set_font(FONT, "B" if words.bold else "", words.size * scale / PT_MM)
        text = p.safe(words.text)
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor] * p.get_string_width(text)
        p.text(x + scale * words.at[0] - shift, y + scale * words.at[1], text)

    def _keep(self, height: float) -> None:
        """A new page when so much does not fit any more."""
        if self._pages.will_page_break(height) and self._pages.get_y() > TOP_MM + 1:
            self._pages.add_page()

    def _down(self, height: float) -> None:
        self._pages.set_y(self._pages.get_y() + height)

    def _rule(self) -> None:
        p = self._pages
        p.set_draw_color(205, 211, 218)
        p.set_line_width(0.2)
        p.line(p.l_margin, p.get_y(), p.w - p.r_margin, p.get_y())
