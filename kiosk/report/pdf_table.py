"""A table in a PDF: its heads on every page, rows that belong together on one page, marked rows on a ground of their own.

What must not go in: which rows stand on which page (paging.py).
"""

from collections.abc import Sequence

from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from kiosk.report.document import Row, Table
from kiosk.report.paging import pages_of
from kiosk.report.pdf_pages import BLACK, FONT, PT_MM, TOP_MM, Pages

SIZE_PT = 8.3
LINE_MM = SIZE_PT * PT_MM * 1.22
CELL_MM = (0.75, 1.6, 0.75, 0.0)
"""Air of a cell: above, right, below, left."""
MARKED = FontFace(emphasis="BOLD", fill_color=(233, 240, 248))
LONGEST_CELL = 1200
"""Letters of a cell; a longer one would not fit on a page. No cell of ours has half of it."""


def put_table(pages: Pages, table: Table) -> None:
    """Write it from the current height on, on as many pages as it needs."""
    heights = [_row_mm(pages, row, table.widths, bold=place in table.marked) for place, row in enumerate(table.rows)]
    page_mm = pages.h - pages.b_margin - TOP_MM - _row_mm(pages, table.heads, table.widths, bold=True)
    for number, (start, end) in enumerate(pages_of(heights, page_mm - (pages.get_y() - TOP_MM), page_mm)):
        if number:
            pages.add_page()
        if start < end:
            _put_rows(pages, table, start, end)


def _put_rows(pages: Pages, table: Table, start: int, end: int) -> None:
    """A part that fits on this page, under the heads."""
    pages.set_font(FONT, size=SIZE_PT)
    pages.set_draw_color(190, 197, 205)
    pages.set_line_width(0.15)
    with pages.table(
        col_widths=table.widths,
        width=pages.epw,
        line_height=LINE_MM,
        padding=CELL_MM,
        text_align="LEFT",
        v_align="TOP",
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD", color=BLACK),
    ) as lines:
        for place, row in enumerate((table.heads, *table.rows[start:end]), start - 1):
            line = lines.row(style=MARKED if place >= start and place in table.marked else None)
            for cell in row:
                line.cell(pages.safe(cell[:LONGEST_CELL]))


def _row_mm(pages: Pages, row: Row, widths: Sequence[float], *, bold: bool) -> float:
    """Height of a row."""
    above, right, below, left = CELL_MM
    pages.set_font(FONT, "B" if bold else "", SIZE_PT)
    inner = [pages.epw * width / sum(widths) - left - right for width in widths]
    texts = [pages.safe(cell[:LONGEST_CELL]) for cell in row]
    return above + below + max(pages.tall(text, width, LINE_MM) for text, width in zip(texts, inner, strict=True))
