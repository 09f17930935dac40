"""A document as a PDF: text that can be searched, figures as vectors, header and page numbers on every page.

What must not go in: what a report says, fonts and page heads (pdf_pages.py), tables (pdf_table.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatchmethod
from io import BytesIO
from itertools import takewhile

from kiosk.clinic import Paper
from kiosk.report.document import Block, Card, Charts, Document, Facts, Heading, PageBreak, Paragraph, Table
from kiosk.report.pdf_pages import BLACK, FONT, LINE, PT_MM, TOP_MM, FontError, Pages
from kiosk.report.pdf_table import put_table
from kiosk.report.vectors import Drawing, Words, svg
from kiosk.words import Phrase
from kiosk.words.catalogue import translated

__all__ = ["FontError", "pdf"]

SIGNS_MISSING = Phrase("Signs that this file's font does not have are written as “?”; the report as a web page shows them.")
SIZES_PT = {"plain": 10.5, "small": 8.5, "strong": 10.5}
HEADING_PT = {1: 22.0, 2: 14.0, 3: 11.5}
FIGURE_MM = (34.0, 37.0)
"""Most width and height of a card's picture."""
GAP_MM = 6.0
BELOW_MM = 18.0
"""Room that a heading needs below it (our choice)."""
BELOW_LARGE_MM = 46.0
"""The same where a table or charts follow (our choice: a row of charts, or the heads of a table and the rows that stand together)."""
NEAR = 2
"""Blocks after a heading among which a table or charts count."""
BLUE, BROWN = (10, 79, 158), (138, 53, 0)


def pdf(document: Document, paper: Paper) -> bytes:
    """The whole file.

    Raises:
        FontError: the package of the font is missing.
    """
    writer = _Writer(document, paper)
    for place, block in enumerate(document.blocks):
        writer.below_mm = BELOW_LARGE_MM if _is_before_large(document.blocks[place + 1 : place + 1 + NEAR]) else BELOW_MM
        writer.put(block)
    return writer.finish()


def _is_before_large(following: Sequence[Block]) -> bool:
    return any(isinstance(block, Table | Charts) for block in takewhile(lambda block: not isinstance(block, Heading), following))


class _Writer:
    """Writes blocks below one another."""

    def __init__(self, document: Document, paper: Paper) -> None:
        self._document = document
        self.below_mm = BELOW_MM
        """Room that a heading needs below it."""
        self._pages = Pages(document, paper)
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
        self._keep(before + size * PT_MM * LINE + self.below_mm)  # not alone at the foot of a page
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
        put_table(self._pages, block)
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
        tall = p.tall(safe, w, h) if dry else 0.0
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
