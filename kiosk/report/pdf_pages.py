"""Pages of a PDF with a font, a header and a number on each.

What must not go in: blocks of a document (as_pdf.py). The font is Source Sans Pro from the package font-source-sans-pro (SIL Open Font
License): Latin, Greek and Cyrillic. Signs of other scripts are written as NO_SIGN and a line at the end says so; the HTML report shows
them.
"""

import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont

from kiosk.clinic import Paper
from kiosk.report.document import Document
from kiosk.words import Phrase
from kiosk.words.catalogue import translated

FONT = "Source Sans Pro"
FONT_PACKAGE = "font_source_sans_pro"
NO_SIGN = "?"
"""In place of a sign that the font does not have."""
MARGIN_MM = 15.0
TOP_MM = 22.0
PT_MM = 25.4 / 72
LINE = 1.28
"""Height of a line in sizes of its letters (our choice)."""
BLACK, GREY = (17, 17, 17), (90, 90, 90)


class FontError(RuntimeError):
    """The font's package is not installed."""


@cache
def font_file(style: str) -> Path:
    """The font's file for "Regular" or "Bold"; the package itself is not imported."""
    spec = find_spec(FONT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FontError("The font of the PDF report is missing. Install the package font-source-sans-pro, or ask for the report as HTML.")
    return Path(spec.submodule_search_locations[0]) / "files" / f"SourceSansPro-{style}.ttf"


class Pages(FPDF):
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

    def tall(self, safe: str, width: float, line: float) -> float:
        """Height of a text in the font that is set."""
        return float(self.multi_cell(width, line, safe, align="L", dry_run=True, output=MethodReturnValue.HEIGHT))  # type: ignore[arg-type]


def _cut(header: str) -> str:
    """A header that fits into one line."""
    return header if len(header) <= 90 else f"{header[:89]}…"
