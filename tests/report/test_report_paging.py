"""Which rows of a table stand on which page: no row or two alone, nothing lost."""

from io import BytesIO

import pypdfium2
import pytest
from clinic_documents import document

from kiosk.clinic import Paper
from kiosk.report.as_html import html
from kiosk.report.as_pdf import pdf
from kiosk.report.document import Document, Heading, Table
from kiosk.report.paging import pages_of
from kiosk.words import Language

CASES = [
    ("all fit", 5, 10.0, [(0, 5)]),
    ("the last one would be alone", 11, 10.0, [(0, 8), (8, 11)]),
    ("two would be alone", 12, 10.0, [(0, 9), (9, 12)]),
    ("three may be", 13, 10.0, [(0, 10), (10, 13)]),
    ("too little room for three", 8, 2.0, [(0, 0), (0, 8)]),
    ("four rows, of which three fit", 4, 3.0, [(0, 0), (0, 4)]),
    ("a short table whole on the next page", 2, 1.0, [(0, 0), (0, 2)]),
    ("over three pages", 25, 10.0, [(0, 10), (10, 20), (20, 25)]),
    ("over three pages, the last one short", 21, 10.0, [(0, 10), (10, 18), (18, 21)]),
    ("no row", 0, 10.0, []),
]


@pytest.mark.parametrize(("rows", "room", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_rows_stand_together(rows: int, room: float, expected: list[tuple[int, int]]) -> None:
    """Rows of height 1 on pages of height 10."""
    assert pages_of([1.0] * rows, room, 10.0) == expected


@pytest.mark.parametrize("heights", [[11.0, 1.0, 12.0], [4.0] * 9, [9.0, 9.0, 9.0, 1.0], [1.0] * 40])
@pytest.mark.parametrize("room", [0.0, 2.5, 10.0])
def test_every_row_stands_once(heights: list[float], room: float) -> None:
    """Also rows as high as a page and higher ones: the spans follow one another and end at the last row."""
    spans = pages_of(heights, room, 10.0)
    assert [row for start, end in spans for row in range(start, end)] == list(range(len(heights)))
    assert all(start < end for start, end in spans[1:])


@pytest.mark.parametrize("rows", range(44, 54))
def test_no_page_of_the_pdf_has_a_row_or_two_alone(rows: int) -> None:
    """Tables of lengths around a page's end, counted in the pages' text; the heads stand on each of these pages."""
    table = Table(("Measure", "Value"), tuple((f"row{n}x", "1.0") for n in range(rows)), (1.0, 1.0))
    made = pdf(Document("t", "h", Language.EN, Paper.A4, (Heading("Part"), table)), Paper.A4)
    texts = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(BytesIO(made))]
    counts = [sum(f"row{n}x" in text for n in range(rows)) for text in texts]
    assert sum(counts) == rows
    assert min(counts) >= 3
    assert all("Measure" in text for text in texts)


def test_changed_rows_are_marked() -> None:
    """Those whose verdict is "changed" and no others, in HTML and in the table that the PDF is made of."""
    tables = [block for block in document("retest").blocks if isinstance(block, Table) and block.heads[-1] == "Verdict"]
    verdicts = [{table.rows[place][-1] for place in table.marked} for table in tables]
    assert verdicts == [{"changed"}, {"changed"}]
    changed = sum(row[-1] == "changed" for table in tables for row in table.rows)
    assert html(document("retest")).count("<tr class=marked>") == changed == sum(len(table.marked) for table in tables)
