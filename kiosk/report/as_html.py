"""A document as one HTML file: no script, nothing from elsewhere, printed with the document's header on every page.

What must not go in: what a report says.
"""

from functools import singledispatch
from html import escape
from importlib import resources

from kiosk.clinic import Paper
from kiosk.report.document import Block, Card, Charts, Document, Facts, Heading, PageBreak, Paragraph, Table
from kiosk.report.vectors import svg
from kiosk.words import Phrase
from kiosk.words.catalogue import translated

STYLE = resources.files("kiosk.report").joinpath("document.css").read_text(encoding="utf-8")
SIZES = {Paper.A4: "A4", Paper.LETTER: "letter"}


def html(document: Document) -> str:
    """The whole file; every text is escaped."""
    body = "".join(block_html(block) for block in document.blocks)
    return (
        f'<!doctype html><html lang="{document.language.value}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(document.title)}</title><style>{STYLE}{_page(document)}</style></head>"
        f"<body><main><p class=running>{escape(document.header)}</p>{body}</main></body></html>"
    )


def _page(document: Document) -> str:
    """Paper, header and page numbers of the printed pages."""
    words = translated(Phrase("Page {page} of {pages}", page="\0", pages="\1"), document.language)
    before, _, rest = words.partition("\0")
    between, _, after = rest.partition("\1")
    number = f'"{_css(before)}" counter(page) "{_css(between)}" counter(pages) "{_css(after)}"'
    return f'@page{{size:{SIZES[document.paper]};@top-left{{content:"{_css(document.header)}"}}@top-right{{content:{number}}}}}'


def _css(text: str) -> str:
    """The text inside a CSS string: every sign that is no plain letter or digit as its code."""
    return "".join(sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):06x}" for sign in text)


@singledispatch
def block_html(block: Block) -> str:
    """One block as HTML."""
    raise TypeError(f"{type(block).__name__} is no block that HTML is known for; write it in as_html.py")


@block_html.register
def _(block: Heading) -> str:
    return f"<h{block.level}>{escape(block.text)}</h{block.level}>"


@block_html.register
def _(block: Paragraph) -> str:
    return f'<p class="{block.tone}">{escape(block.text)}</p>'


@block_html.register
def _(block: Facts) -> str:
    return f"<dl class=facts>{_rows(block.rows)}</dl>"


@block_html.register
def _(block: Card) -> str:
    picture = f"<figure>{svg(block.picture)}<figcaption>{escape(block.caption)}</figcaption></figure>" if block.picture else ""
    return (
        f'<article class="{"good" if block.good else "work"}">{picture}<div><p class=sign>{escape(block.sign)}</p>'
        f"<p class=told>{escape(block.text)}</p><dl>{_rows(block.facts)}</dl></div></article>"
    )


@block_html.register
def _(block: Table) -> str:
    whole = sum(block.widths)
    columns = "".join(f'<col width="{100 * width / whole:.1f}%">' for width in block.widths)
    head = "".join(f"<th scope=col>{escape(head)}</th>" for head in block.heads)
    marks = (" class=marked" if place in block.marked else "" for place in range(len(block.rows)))
    rows = "".join(f"<tr{mark}>{_cells(row, block.heads)}</tr>" for mark, row in zip(marks, block.rows, strict=True))
    return f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


@block_html.register
def _(block: Charts) -> str:
    return f"<div class=charts>{''.join(svg(drawing) for drawing in block.drawings)}</div>"


@block_html.register
def _(_block: PageBreak) -> str:
    return "<hr class=page>"


def _rows(rows: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)


def _cells(row: tuple[str, ...], heads: tuple[str, ...]) -> str:
    cells = zip(heads[1:], row[1:], strict=True)
    return f"<th scope=row>{escape(row[0])}</th>" + "".join(f'<td data-head="{escape(head)}">{escape(cell)}</td>' for head, cell in cells)
