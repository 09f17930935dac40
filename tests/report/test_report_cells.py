"""No CSV of ours runs a formula in a spreadsheet."""

import csv
import io
from pathlib import Path

import pytest

from kiosk.report.cells import cells
from kiosk.results import failed_json, write_table


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    """So that a spreadsheet shows it."""
    assert cells([text]) == [f"'{text}"]


def test_numbers_and_other_text_stay() -> None:
    """Below zero too, and signs inside of a text."""
    row = [-1.5, 3, None, "", "a=b", "lean -3", True]
    assert cells(row) == row


def test_names_of_files_are_no_formulas_in_the_table_of_a_batch() -> None:
    """Name, path and reason of a file that is named by a stranger."""
    out = io.StringIO()
    write_table(out, [failed_json(Path("=cmd|calc!A1.npz"), "=cmd|calc!A1.npz: no such file.")])
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert [row[name][:2] for name in ("input", "path", "failure")] == ["'="] * 3
