"""A few of the moments of tests/kill_store.py: kill -9 while everything is written, and a disk that fills up."""

import random
from pathlib import Path

from kill_store import Tally, one_full, one_kill


def test_kill_at_random_moments(tmp_path: Path) -> None:
    """The file is whole, what was confirmed is there, of what was sent at most a second is lost, deletions are finished."""
    random.seed(4)
    tally = Tally()
    for number in range(3):
        one_kill(tmp_path, number, tally, 2.0, 1.5)  # longer than what may be lost
    assert (tally.faults, tally.written > 20) == ([], True)


def test_disk_that_fills_up(tmp_path: Path) -> None:
    """It is said, and nothing that was confirmed is lost."""
    random.seed(4)
    tally = Tally()
    one_full(tmp_path, 0, tally)
    assert (tally.faults, tally.told) == ([], 1)
