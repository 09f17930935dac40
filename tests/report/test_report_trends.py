"""Trends over visits: which points are joined, and what the page says of the others."""

from dataclasses import replace
from typing import Any

import clinic_fakes as fakes
import pytest
from clinic_documents import document, facts, texts

from kiosk.clinic import Paper
from kiosk.domain import View
from kiosk.report.assessment import assessment_report
from kiosk.report.trends import unlike
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
