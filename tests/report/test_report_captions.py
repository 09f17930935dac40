"""Words in a video: plain names, numbers with units, ASCII only."""

import clinic_fakes as fakes
import numpy as np
import pytest

from kiosk.coach.labels import LABELS
from kiosk.domain import MetricValue, Pose, View
from kiosk.report.captions import MOST, ascii_only, caption, captions, lines_of
from kiosk.report.video import draw_pose
from kiosk.words import Language


def test_a_caption_is_name_number_and_unit() -> None:
    """In both languages, umlauts written out."""
    assert caption("cadence_spm", 171.23) == "Cadence 171.2 steps a minute"
    assert caption("knee_contact_deg", -1.04, Language.DE) == "Kniebeugung beim Aufsetzen -1,0 Grad"
    assert caption("bounce_ratio", 0.08123, Language.DE) == "Auf und Ab 0,081 Beinlaengen"


def test_a_side_is_said_in_words() -> None:
    """The sign of a sideways lean is a side."""
    assert caption("lateral_lean_deg", -2.04) == "Side lean 2.0 degrees to the left"


@pytest.mark.parametrize("value", [None, float("nan")])
def test_nothing_is_said_without_a_value(value: float | None) -> None:
    """Neither None nor NaN is a number for a video."""
    assert caption("cadence_spm", value) == ""


def test_signs_are_written_in_ascii() -> None:
    """What our words have is spelled, accents go, other scripts become question marks."""
    assert ascii_only("Größe ±3° \N{MINUS SIGN}2 „é“ 走") == 'Groesse +/-3 deg -2 "e" ?'


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("metric", LABELS)
def test_every_metric_has_an_ascii_caption_without_names_of_the_machine(metric: str, language: Language) -> None:
    """No sign that OpenCV would draw as a question mark, no underscore."""
    said = caption(metric, 1.5, language)
    assert said.isascii()
    assert "?" not in said
    assert "_" not in said


def test_what_can_be_worked_on_comes_first() -> None:
    """At most six, cadence first, the trunk among them; values that are not known take no place."""
    known = dict(fakes.metrics_of("usual", View.LEFT))
    said = captions(known | {"contact_ms": MetricValue()})
    assert len(said) == MOST
    assert said[0].startswith("Cadence ")
    assert any(line.startswith("Forward lean ") for line in said)
    assert not any(line.startswith("Ground contact") for line in said)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 854), (1280, 720)])
def test_the_longest_lines_fit_into_the_picture(width: int, height: int) -> None:
    """Nothing is written in the last columns of the picture, whatever its shape; short lines keep their size."""
    pose = Pose(0.0, np.full((17, 2), np.nan), np.zeros(17), width, height)
    longest = tuple(caption(metric, -12.345, Language.DE) for metric in LABELS)[-6:]
    refusal = lines_of("This looks like walking, or like slow motion: running form is judged while running, at true speed.")
    drawn = draw_pose(np.full((height, width, 3), 90, np.uint8), pose, None, (*longest, *refusal, "x" * 70))
    changed = (drawn != 90).any(axis=(0, 2))
    assert changed.any()
    assert not changed[-3:].any()
    short = draw_pose(np.full((height, width, 3), 90, np.uint8), pose, None, ("Cadence",))
    assert (short != 90).any(axis=(1, 2)).nonzero()[0].max() >= 20 * height / 480
