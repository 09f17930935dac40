"""Every sentence of the table has a made case that brings it out, and the manual lists them all."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain import PoseSeries, Side, View
from kiosk.gait.analysis import analyse
from kiosk.gait.events import FootPhases
from kiosk.gait.framing import arm_problem, feet_problem, head_problem
from kiosk.gait.geometry import Setting, to_body
from kiosk.gait.legs import tell_apart
from kiosk.gait.quality import grade, refusal_of_gait
from kiosk.gait.refusals import REFUSALS, say, table
from kiosk.gait.spans import cut
from kiosk.gait.stretches import analyses
from kiosk.pose.light import Light, picture_problem
from known_cases import series
from runner import make_runner, times

DOCS = Path(__file__).parents[2] / "docs" / "refusals.md"
SHARP = Light(level=130, contrast=60, burnt=0.0, sharpness=0.4)


def runner(**how: float) -> PoseSeries:
    return make_runner(times(8, 30), noise_px=1, **how)  # type: ignore[arg-type]


def unseen(points: list[int], share: float = 1.0) -> PoseSeries:
    series = runner()
    score = series.score.copy()
    score[np.ix_(np.random.default_rng(4).uniform(size=len(score)) < share, points)] = 0.05
    return PoseSeries(series.t_s, series.xy_px, score, 640, 480)


def changed(series: PoseSeries, speed: float = 1.0, scale: float = 1.0, height: int = 480) -> PoseSeries:
    return PoseSeries(series.t_s * speed, series.xy_px * scale, series.score, 640, height)


def still(series: PoseSeries) -> PoseSeries:
    """The same moment again and again, with a network's trembling."""
    together = int(np.argmin(np.abs(series.xy_px[:, 15, 0] - series.xy_px[:, 16, 0])))
    xy = series.xy_px[together] + np.random.default_rng(3).normal(0, 2, series.xy_px.shape)
    return PoseSeries(series.t_s, xy.astype(np.float32), series.score, 640, 480)


def shuffled() -> PoseSeries:
    """Feet that move, in no order."""
    series = runner()
    return PoseSeries(series.t_s, series.xy_px[np.random.default_rng(5).permutation(len(series.t_s))], series.score, 640, 480)


def of(series: PoseSeries, view: View = View.RIGHT) -> str:
    return analyse(series, view).report.refusal


def odd_feet() -> str:
    legs = tell_apart(to_body(runner(), View.RIGHT))
    return refusal_of_gait(legs, 200.0, {})


def of_file(series: PoseSeries) -> str:
    ((_, analysis),) = analyses(series, None, Setting())
    return analysis.report.refusal


CASES: dict[str, tuple[Callable[[], str], dict[str, object]]] = {
    "empty": (lambda: of(cut(runner(), 0, 0)), {}),
    "few_pictures": (lambda: of(make_runner(times(20, 5))), {"fps": 5.0, "least": 7.5}),
    "nobody": (lambda: of(unseen([5, 6, 11, 12])), {}),
    "too_dark": (lambda: picture_problem(SHARP._replace(level=12, contrast=6)), {}),
    "too_bright": (lambda: picture_problem(SHARP._replace(level=235, contrast=27)), {}),
    "blurred": (lambda: picture_problem(SHARP._replace(sharpness=0.1)), {}),
    "feet_cut": (lambda: of(changed(unseen([15, 16], 0.5), height=430)), {}),
    "feet_hidden": (lambda: of(unseen([15, 16])), {}),
    "foot_hidden": (lambda: of(unseen([15])), {"side": "left"}),
    "legs_hidden": (lambda: of(unseen([13, 14, 15, 16])), {}),
    "too_short": (lambda: of(make_runner(times(1.5, 30))), {"seconds": 44 / 30, "strides": 4}),
    "wrong_side": (lambda: of(runner(), View.LEFT), {"seen": "right", "view": "left"}),
    "wrong_view": (lambda: of(runner(), View.FRONT), {"seen": "right", "view": "front"}),
    "view_unknown": (lambda: of_file(shuffled_sideways()), {}),
    "too_small": (lambda: of(changed(runner(), scale=0.2)), {"leg_px": 40.0, "least": 50.0}),
    "still": (lambda: of(still(runner())), {}),
    "no_rhythm": (lambda: of(shuffled()), {}),
    "odd_feet": (odd_feet, {}),
    "walking": (lambda: of(runner(cadence_spm=110, duty=0.62)), {}),
    "walking_or_slow": (lambda: analyse(changed(series("usual", View.FRONT), speed=2), View.FRONT).report.refusal, {}),
    "slow_motion": (lambda: of(changed(runner(), speed=2)), {"factor": 2.0}),
    "fast_forward": (lambda: of(changed(make_runner(times(8, 60)), speed=0.5)), {"factor": 2.0}),
    "no_strides": (lambda: grade(3)[1], {"n": 3, "least": 4}),
    "few_strides": (lambda: grade(6)[1], {"n": 6, "good": 7}),
    "head_hidden": (lambda: head_problem(unseen([3, 4])), {}),
    "arm_hidden": (lambda: arm_problem(unseen([10]), Side.RIGHT), {"side": "right"}),
}


def shuffled_sideways() -> PoseSeries:
    """A person who turns from side to side: half of the pictures are mirrored."""
    series = runner()
    mirrored = np.arange(len(series.t_s)) % 2 == 0
    xy = series.xy_px.copy()
    xy[mirrored, :, 0] = 640 - xy[mirrored, :, 0]
    return PoseSeries(series.t_s, xy, series.score, 640, 480)


def test_every_row_has_a_case() -> None:
    """A new sentence needs a case that brings it out."""
    assert set(CASES) == {row.name for row in REFUSALS}


@pytest.mark.parametrize("name", CASES)
def test_the_case_brings_the_sentence(name: str) -> None:
    """The made case is refused with exactly this sentence."""
    case, fields = CASES[name]
    assert case() == say(name, **fields)


def test_a_refused_report_has_no_values() -> None:
    """Each metric has the sentence as its reason."""
    report = analyse(unseen([15, 16]), View.RIGHT).report
    assert all(m.value is None and m.reason == say("feet_hidden") for m in report.metrics.values())


def test_a_good_runner_is_not_refused() -> None:
    """The runner behind the cases is measured, and nothing of the body is missing."""
    assert of(runner()) == ""
    assert [feet_problem(runner()), head_problem(runner()), arm_problem(runner(), Side.RIGHT)] == ["", "", ""]
    assert picture_problem(SHARP) == ""


def test_feet_near_the_edge_are_not_cut() -> None:
    """Soles that just fit into the picture are in it."""
    assert feet_problem(changed(runner(), height=462)) == ""
    assert feet_problem(changed(runner(), height=440)) == say("feet_cut")


def test_walking_needs_both_feet_down_for_half_the_stride() -> None:
    """Duty 0.49 is running, 0.51 walking."""
    legs = tell_apart(to_body(runner(), View.RIGHT))
    for duty, sentence in ((0.49, ""), (0.51, say("walking"))):
        foot = FootPhases(0.0, duty, 0.02)
        assert refusal_of_gait(legs, 200.0, {Side.LEFT: foot, Side.RIGHT: foot}) == sentence


@pytest.mark.parametrize(("fps", "frames"), [(8, 5), (8, 6), (10, 6), (10, 7)])
def test_locked_frame_rates_refuse_the_events(fps: float, frames: int) -> None:
    """A stride of 5 to 7 frames, always the same: cadence, but no event; 1 % off, and with uneven stamps, there is one."""
    cadence = 120 * fps / frames

    def events(cadence_spm: float, jitter: float) -> tuple[float | None, str]:
        metrics = analyse(make_runner(times(14, fps, jitter), cadence_spm), View.RIGHT).report.metrics
        assert metrics["cadence_spm"].value == pytest.approx(cadence_spm, abs=1)
        return metrics["contact_ms"].value, metrics["contact_ms"].reason

    locked, reason = events(cadence, 0.0)
    assert locked is None
    assert "same moments" in reason
    assert events(1.01 * cadence, 0.0)[0] is not None
    assert events(cadence, 0.8)[0] is not None


@pytest.mark.parametrize(("fps", "frames"), [(12, 9), (15, 10), (24, 17), (30, 21), (60, 42), (120, 84)])
def test_a_locked_but_dense_rate_is_measured(fps: float, frames: int) -> None:
    """Nine or more frames a stride cover it, also when they are always the same: as exact as slightly off."""
    off, locked = (
        analyse(make_runner(times(14, fps), factor * 120 * fps / frames), View.RIGHT).report.metrics["contact_ms"].value
        for factor in (1.01, 1.0)
    )
    assert locked == pytest.approx(off, abs=12)


def test_the_manual_lists_every_sentence() -> None:
    """docs/refusals.md holds the table as the code has it."""
    assert table() in DOCS.read_text()
