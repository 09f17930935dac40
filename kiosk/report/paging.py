"""Which rows of a table stand on which page. Pure arithmetic. What must not go in: how high a row is, drawing (as_pdf.py)."""

from collections.abc import Sequence

TOGETHER = 3
"""Rows of a table that a page has at least (our choice: two alone look lost); a table of fewer stands on one page."""


def pages_of(heights: Sequence[float], room: float, page: float) -> list[tuple[int, int]]:
    """Spans [start, end) of rows, a page each, in order; an empty first one says that the table begins on the next page.

    No page has fewer than TOGETHER rows when that can be helped; a row that is higher than a page has one of its own.

    Args:
        heights: of the rows.
        room: left on this page, below the heads.
        page: of a new page, below the heads.
    """
    out: list[tuple[int, int]] = []
    start = 0
    while start < len(heights):
        end = _fitting(heights, start, page if out else room)
        if 0 < len(heights) - end < TOGETHER:
            end = max(start, len(heights) - TOGETHER)
        if end < len(heights) and end - start < TOGETHER:
            end = max(_fitting(heights, start, page), start + 1) if out else start
        out.append((start, end))
        start = end
    return out


def _fitting(heights: Sequence[float], start: int, room: float) -> int:
    """Where the rows end that fit."""
    end = start
    while end < len(heights) and sum(heights[start : end + 1]) <= room:
        end += 1
    return end
