"""Assessments as a clinic has them: rendered runners measured from the side and from behind, and a retest."""

from dataclasses import replace
from functools import cache

import numpy as np

from kiosk.clinic import (
    Assessment,
    BoutOrder,
    BoutQuality,
    BoutResult,
    Consent,
    Kind,
    Patient,
    PatientForm,
    StoredBout,
)
from kiosk.domain import Metrics, Quality, View
from kiosk.gait.typical import typical_stride_of
from kiosk.words import Language, Phrase
from known_cases import NOISY, report, series

MODEL = "treadside 0.6.0 movenet_thunder_int8 9a3c1f0b7e5d litert"
CONSENT = Consent("I was told what is measured and that I may stop at any time.", Language.EN, True, "2026-09-01T08:55:00+00:00")
PATIENT = Patient(
    3,
    PatientForm("KX-0417", 178.0, 10.0, 0.0, "Left shin since June, 30 km a week.\nRuns on the forefoot. <b>Ask again</b> & note ≥ 3/10."),
    "2026-09-01",
)
CLINIC = "Physio am Park"
CAMERA = {
    **{"roll_deg": -0.8, "roll_sd_deg": 0.2, "roll_source": "lines", "yaw_deg": 1.5, "leg_by_belt_cm": 88.4},
    **{"width": 1280.0, "height": 720.0, "fps": 59.9},
}


@cache
def metrics_of(runner: str, view: View) -> Metrics:
    """What gait measures of one of known_cases.RUNNERS, with the strides of a minute."""
    found = report(runner, view, NOISY).metrics
    return {name: replace(m, n=m.n * 9) if m.value is not None else m for name, m in found.items()}


def blocks_of(metrics: Metrics, noise: float = 0.3) -> dict[str, tuple[float, ...]]:
    """Three blocks that scatter by a part of the spread, the same on every call."""
    random = np.random.default_rng(5)
    scatter = {name: random.normal(0, noise * (m.spread or 0.0), 3) for name, m in metrics.items()}
    return {name: tuple(m.value + float(s) for s in scatter[name]) for name, m in metrics.items() if m.value is not None}


def bout(number: int, assessment_id: int, day: str, view: View, runner: str = "usual", speed_kmh: float | None = 10.0) -> StoredBout:
    """A bout of a minute with good quality."""
    metrics = metrics_of(runner, view)
    result = BoutResult(
        *(view, 60.0, 81, metrics, blocks_of(metrics), 20.0, BoutQuality(True), MODEL, CAMERA),
        stride=typical_stride_of(series(runner, view), view),
    )
    order = BoutOrder(assessment_id, view, 60.0, speed_kmh, 0.0, 178.0, video=True)
    return StoredBout(number, assessment_id, f"{day}T09:0{number % 10}:00+00:00", order, result, f"bout_{number}.npz", f"bout_{number}.mp4")


@cache
def assessment(number: int = 1, day: str = "2026-09-01", runner: str = "usual", speed_kmh: float | None = 10.0) -> Assessment:
    """Both views of one of known_cases.RUNNERS."""
    kind = Kind.BASELINE if number == 1 else Kind.RETEST
    bouts = (
        bout(2 * number - 1, number, day, View.LEFT, runner, speed_kmh),
        bout(2 * number, number, day, View.REAR, runner, speed_kmh),
    )
    return Assessment(number, 3, kind, f"{day}T09:00:00+00:00", CONSENT, bouts)


@cache
def visits() -> tuple[Assessment, ...]:
    """A baseline, one at another speed, and a retest by a runner who changed."""
    return assessment(1), assessment(2, "2026-10-06", "asymmetric", 11.0), assessment(3, "2026-11-17", "asymmetric")


def refused(day: str = "2026-09-01") -> Assessment:
    """An assessment whose only bout could not be used."""
    whole = assessment(1, day)
    side = whole.bouts[0]
    nothing = {
        name: replace(m, value=None, left=None, right=None, n=0, spread=None, quality=Quality.NONE, reason=FEET)
        for name, m in side.result.metrics.items()
    }
    problems = (FEET, Phrase("Too few strides: let the patient run for the whole minute."))
    result = replace(side.result, metrics=nothing, blocks={}, block_s=None, quality=BoutQuality(False, problems), stride=None, refusal=FEET)
    return replace(whole, bouts=(replace(side, result=result),))


FEET = Phrase("The feet are cut off at the bottom of the picture. Move the camera back or tilt it down.")
