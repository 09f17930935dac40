"""How large a change the method can tell: the table against its page and its own rules."""

from pathlib import Path

import pytest

from kiosk.gait.detectable import LIMITS, Limit, limit_of
from kiosk.gait.metrics import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "retest.md"


def rows_of_page() -> dict[str, tuple[float, float | None]]:
    """Metric -> limit of another body, of the same body, as docs/retest.md lists them."""
    lines = PAGE.read_text(encoding="utf-8").split("## Limits of the method")[1].split("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][1:]
    return {name: (float(bodies), None if same == "-" else float(same)) for name, bodies, same, *_ in cells}


def test_every_metric_has_a_limit_with_a_source() -> None:
    """A metric without one would never be called changed."""
    assert set(LIMITS) == {row.name for row in METRICS}
    assert all(limit.value and limit.source.startswith(("measured", "our arithmetic", "Dingenen", "Damsted")) for limit in LIMITS.values())


def test_the_larger_limit_counts_and_names_its_source() -> None:
    """A paper's runners and our network are two errors: the change must be beyond both."""
    assert (Limit(2.0, "paper", 3.0, "ours").value, Limit(2.0, "paper", 3.0, "ours").source) == (3.0, "ours")
    assert (Limit(4.0, "paper", 3.0, "ours").value, Limit(4.0, "paper", 3.0, "ours").source) == (4.0, "paper")
    assert (limit_of("nobody_knows").value, limit_of("nobody_knows").source) == (None, "none measured, none published")


def test_the_table_is_what_the_page_measured() -> None:
    """No limit is smaller than the smaller of the two bounds that docs/retest.md measured, and none is much larger."""
    measured = rows_of_page()
    own_rule = {"trunk_lean_deg", "waist_bend_deg", "cadence_spm", "flight_ms", "duty_ratio"}
    plain = {name for name in LIMITS if LIMITS[name].measured is not None} - own_rule
    assert plain <= set(measured)
    for name in plain:
        bound = min(value for value in measured[name] if value is not None)
        assert LIMITS[name].measured == pytest.approx(bound, rel=0.03, abs=0.0006), name
    assert LIMITS["cadence_spm"].measured > measured["cadence_spm"][0]
    assert LIMITS["flight_ms"].measured == LIMITS["contact_ms"].measured
    assert LIMITS["waist_bend_deg"].measured >= max(LIMITS["trunk_lean_deg"].measured, measured["waist_bend_deg"][1])
