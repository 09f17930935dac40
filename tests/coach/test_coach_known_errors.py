"""The table of known errors against the page of measured accuracy."""

import math
import re
from pathlib import Path

import pytest

from kiosk.coach.known_errors import KNOWN_ERRORS, NONE_KNOWN, known_error, worst_error

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
NETWORKS = ("## Rendered runners, network in the loop", "## Rendered runners, the smaller network of the live screen")
ANY_VIEW = ("cadence_spm", "contact_ms", "step_symmetry_pct")


def figures(metric: str) -> list[tuple[float, float, float]]:
    """(bias, mean absolute error, worst error) of both networks, in any view where the metric has one."""
    parts = [part for part in re.split("(?m)^(?=## )", PAGE.read_text(encoding="utf-8")) if part.startswith(NETWORKS)]
    view = "any" if metric in ANY_VIEW else "[^|]*"
    rows = [re.search(rf"(?m)^\| {metric} \| {view} \|[^|]*\|[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|", part) for part in parts]
    return [(float(row[1]), float(row[2]), float(row[3])) for row in rows if row]


@pytest.mark.parametrize("metric", KNOWN_ERRORS)
def test_the_table_says_what_the_page_says(metric: str):
    """Too low: error less a bias upwards; too high: error plus a bias downwards; the worse network, within a tenth."""
    known = figures(metric)
    assert len(known) == 2
    low = max(error - max(bias, 0.0) for bias, error, _ in known)
    high = max(error + min(bias, 0.0) for bias, error, _ in known)
    assert known_error(metric).low == pytest.approx(low, rel=0.1, abs=0.1 * max(low, high))
    assert known_error(metric).high == pytest.approx(high, rel=0.1, abs=0.1 * max(low, high))
    assert worst_error(metric) == pytest.approx(max(worst for *_, worst in known), rel=0.1)


def test_a_metric_without_figures_has_no_known_error():
    """Pelvic drop is refused from the network's points."""
    assert (known_error("pelvic_drop_deg"), worst_error("pelvic_drop_deg")) == (NONE_KNOWN, math.inf)
