"""Trends over visits: which points are joined, and what the page says of the others."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import clinic_fakes as fakes
import numpy as np
import pytest
from clinic_documents import document, facts, texts

from kiosk.clinic import Assessment, Paper
from kiosk.domain import View
from kiosk.report.assessment import assessment_report
from kiosk.report.chart import AXIS
from kiosk.report.document import Charts
from kiosk.report.trends import unlike
from kiosk.report.vectors import Circle, Line, Words
from kiosk.words import Language

NEWER = fakes.MODEL.replace("0.6.0", "0.7.0")


def test_the_page_says_which_visits_no_line_goes_through() -> None:
    """The day and both speeds, once; nothing when all visits are at one speed."""
    said = [text for text in texts(document("retest")) if text.startswith("Left out")]
    assert said == ["Left out of the lines, because measured otherwise than at this visit: October 6, 2026 (11.0 km/h instead of 10.0)."]
    first, _, last = fakes.visits()
    alike = assessment_report(replace(facts("retest"), earlier=(first,)), Language.EN, Paper.A4)
    assert last is facts("retest").assessment
    assert not any("Left out" in text for text in texts(alike))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"speed_kmh": 10.2}, ""),
        ({"speed_kmh": 10.3}, "10.3 km/h instead of 10.0"),
        ({"speed_kmh": None}, "speed not known"),
        ({"incline_pct": 0.25}, ""),
        ({"incline_pct": 1.0}, "incline 1.0 % instead of 0.0"),
        ({"view": View.RIGHT}, "seen from the right"),
    ],
)
def test_points_are_joined_as_a_retest_compares(order: dict[str, Any], why: str) -> None:
    """Speeds within 0.2 km/h are one speed; an unknown one is like none, not even like another unknown one."""
    bout = fakes.assessment().bouts[0]
    other = replace(bout, order=replace(bout.order, **order))
    assert unlike(other, bout) == why
    nowhere = replace(bout, order=replace(bout.order, speed_kmh=None))
    assert unlike(nowhere, nowhere) == "speed not known"


def test_points_of_another_network_are_not_joined() -> None:
    """Networks are off in different ways; the program's version does not matter."""
    bout = fakes.assessment().bouts[0]
    found = {model: unlike(replace(bout, result=replace(bout.result, model=model)), bout) for model in (NEWER, "other net")}
    assert found == {NEWER: "", "other net": "another neural network"}


def with_lean(visit: Assessment, value: float, spread: float) -> Assessment:
    """The visit with this forward lean, degrees."""
    bout = visit.bouts[0]
    metrics = bout.result.metrics
    lean = replace(metrics["trunk_lean_deg"], value=value, spread=spread)
    result = replace(bout.result, metrics={**metrics, "trunk_lean_deg": lean})
    return replace(visit, bouts=(replace(bout, result=result), *visit.bouts[1:]))


@pytest.mark.parametrize(
    ("before", "after", "spread", "wanted"),
    [
        (4.0, 10.0, 1.0, ["2", "4", "6", "8", "10", "12"]),
        (7.1, 7.2, 0.01, None),
        (-6.0, 3.0, 0.5, None),
        (0.02, 0.05, 0.0, None),
        (-40.0, 95.0, 3.0, None),
        (999.0, 1004.0, 1.0, None),
    ],
)
def test_the_lines_of_a_chart_stand_where_their_numbers_say(before: float, after: float, spread: float, wanted: list[str] | None) -> None:
    """Two to six lines; equal steps of 1, 2 or 5 times a power of ten, and each line as high as the number beside it, all rounded off."""
    first, _, last = fakes.visits()
    now, earlier = with_lean(last, after, spread), with_lean(first, before, spread)
    made = assessment_report(replace(facts("retest"), assessment=now, earlier=(earlier,)), Language.EN, Paper.A4)
    drawn = next(block for block in made.blocks if isinstance(block, Charts)).drawings
    shapes = next(one for one in drawn if one.title.startswith("Forward lean")).shapes
    lines = [shape.a[1] for shape in shapes if isinstance(shape, Line) and shape.look is AXIS]
    labels = [shape.text for shape in shapes if isinstance(shape, Words) and shape.anchor == "end"]
    numbers = [float(label.replace("\N{MINUS SIGN}", "-")) for label in labels]
    assert 2 <= len(numbers) <= 6
    assert wanted in (None, labels)
    step = numbers[1] - numbers[0]
    assert [b - a for a, b in pairwise(numbers)] == pytest.approx([step] * (len(numbers) - 1))
    assert f"{step:.0e}"[0] in "125"
    assert step == pytest.approx(float(f"{step:.0e}"))
    slope, start = np.polyfit(numbers, lines, 1)
    assert np.allclose(np.polyval((slope, start), numbers), lines, atol=0.1)
    dots = [shape.at[1] for shape in shapes if isinstance(shape, Circle)]
    assert np.allclose(np.polyval((slope, start), (before, after)), dots, atol=0.1)
