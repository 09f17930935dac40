"""docs/reliability.md holds the table of faults as it stands in tests/fault_table.py, and every test it names is there."""

import re
from pathlib import Path

import pytest

from fault_table import FAULTS, Fault
from play_faults import BEGIN, DOC, END, PLAYS

ROOT = Path(__file__).parents[1]


def test_the_table_in_the_document_is_that_of_the_program() -> None:
    """Every cell but the measured time; `python tests/play_faults.py --only none --write` writes it anew."""
    text = DOC.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row[:5] for row in rows] == [[f.name, f.detection, f.action, f.shows, f"`{f.test}`"] for f in FAULTS]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_named_test_is_there(fault: Fault) -> None:
    """A file, and in it the function."""
    path, _, name = fault.test.partition("::")
    assert not name or re.search(rf"^def {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert (ROOT / path).is_file()


def test_every_fault_is_played() -> None:
    """No row without a measured time, and nothing is played that has no row."""
    assert {f.name for f in FAULTS} == set(PLAYS)
