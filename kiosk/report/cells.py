"""Cells of a CSV: text that a spreadsheet would take for a formula is kept from that. What must not go in: which columns there are."""

from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins so is calculated by spreadsheets (OWASP, CSV injection): a file's name could run a command there."""


def cells(row: Iterable[object]) -> list[object]:
    """The row with an apostrophe before text that begins like a formula; numbers stay numbers, also below zero."""
    return [f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value for value in row]
