"""Drift and smallest detectable change on made sessions: known drift is found, noise is not, and how often it is all the same."""

import numpy as np
import pytest

from kiosk.domain import FloatArray, Side
from kiosk.gait.drift import (
    Change,
    Track,
    block_length_s,
    block_spread,
    change,
    correlation_strides,
    detectable_change,
    drift,
    drifts,
    own_detectable_change,
)

STRIDE_S = 0.72


def noise(n: int, alike: float, rng: np.random.Generator) -> FloatArray:
    """Noise of spread 1 whose neighbours are alike by `alike` (first-order autoregression)."""
    out = rng.normal(size=n)
    for i in range(1, n):
        out[i] = alike * out[i - 1] + np.sqrt(1 - alike**2) * out[i]
    return out


def track(seconds: float, values: FloatArray | None = None, start_s: float = 0.0) -> Track:
    t_s = np.arange(0.0, seconds, STRIDE_S)
    return Track(t_s + start_s, np.zeros(len(t_s)) if values is None else values[: len(t_s)])


def test_known_drift_is_found() -> None:
    """A rise of 4 over the settled time: last minus first fifth is 80 % of it."""
    session = track(660, np.random.default_rng(1).normal(size=1000))
    found = drift(Track(session.t_s, session.value + np.clip(session.t_s - 60, 0, None) / 600 * 4), 0.0)
    assert found.change == pytest.approx(3.2, abs=0.3)
    assert found.error == pytest.approx(1.2533 * np.sqrt(2 / found.n), rel=0.35)
    assert found.sure


def test_the_first_minute_does_not_count() -> None:
    """A runner who is 10 off for 59 s and steady afterwards has no drift, on a clock that starts anywhere."""
    session = track(400, start_s=7000.0)
    found = drift(Track(session.t_s, np.where(session.t_s < 7059.5, 10.0, 0.0)), 7000.0)
    assert (found.change, found.sure) == (0.0, False)


@pytest.mark.parametrize("alike", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("seconds", [175, 600])
def test_noise_is_seldom_called_drift(seconds: float, alike: float) -> None:
    """In 400 made sessions without drift at most 2 % are called one."""
    rng = np.random.default_rng(3)
    alarms = [drift(track(seconds, noise(1000, alike, rng)), 0.0).sure for _ in range(400)]
    assert np.mean(alarms) <= 0.02


def test_a_drift_of_one_spread_is_mostly_found_in_ten_minutes() -> None:
    """A test that never alarms would pass the one above: here at least 95 % of 100 real drifts are found."""
    rng = np.random.default_rng(4)
    steps = np.repeat([0.0, 1.0], 500)
    assert np.mean([drift(track(600, noise(1000, 0.3, rng) + steps), 0.0).sure for _ in range(100)]) >= 0.95


def test_a_short_session_has_a_reason_with_the_least() -> None:
    """149 settled strides are one too few."""
    settled = 60 + 149 * STRIDE_S
    (short, enough) = (drift(track(seconds), 0.0) for seconds in (settled, settled + STRIDE_S))
    assert (short.change, short.error, short.sure) == (None, None, False)
    assert short.reason == "Drift needs 150 strides of a leg after the first minute, a run of about 3 minutes."
    assert (enough.change, enough.n, enough.reason) == (0.0, 30, "")


def test_noise_that_strides_share_comes_from_the_blocks() -> None:
    """Steady strides in blocks that jump by 1: the strides alone would be sure of a drift, the blocks know better."""
    level = np.repeat([0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0], 42)
    session = track(240, level + 0.01 * np.random.default_rng(5).normal(size=len(level)))
    blocks = [(30.0 * k, float(k % 2)) for k in range(8)]
    alone, known = (drifts({("m", None): session}, 0.0, {"m": b})["m"] for b in ([], blocks))
    assert (alone.sure, known.sure) == (True, False)


def test_metrics_with_sides_drift_by_their_mean() -> None:
    """Left +2, right 0: the metric +1."""
    session = track(400)
    left = Track(session.t_s, np.where(session.t_s > 200, 2.0, 0.0))
    assert drifts({("m", Side.LEFT): left, ("m", Side.RIGHT): session}, 0.0, {})["m"].change == 1.0


def test_strides_that_are_alike_count_as_fewer() -> None:
    """One stride of white noise counts as one; with neighbours alike by 0.6 four count as one: (1 + r) / (1 - r)."""
    rng = np.random.default_rng(6)
    counted = [np.mean([correlation_strides([noise(400, r, rng)], 1.0) for _ in range(50)]) for r in (0.0, 0.6)]
    assert counted == pytest.approx([1.05, 4.0], rel=0.1)


def test_detectable_change_of_known_blocks() -> None:
    """Blocks -1, 0, 1 about 5 and about 50: their spread is 1, whatever lies between the bouts."""
    bouts = [[(30.0 * k, level + k - 1) for k in range(3)] for level in (5.0, 50.0)]
    assert detectable_change(*bouts) == pytest.approx(1.96 * 2**0.5)
    assert own_detectable_change(bouts[0]) == pytest.approx(1.96 * 2**0.5)


def test_two_blocks_are_too_few() -> None:
    """Of either bout."""
    three, two = [(30.0 * k, float(k)) for k in range(3)], [(30.0 * k, float(k)) for k in range(2)]
    assert (detectable_change(three, two), detectable_change(two, three), own_detectable_change(two)) == (None, None, None)
    assert block_spread(two) == 0.0


def test_equal_bouts_are_seldom_called_changed() -> None:
    """False alarms in 2000 pairs of equal bouts: 3 % with three blocks each, almost none with six; a change of 4 spreads is mostly seen."""
    rng = np.random.default_rng(7)

    def called(blocks: int, moved: float) -> float:
        said = []
        for _ in range(2000):
            first, second = rng.normal(size=blocks), moved + rng.normal(size=blocks)
            noise_ = detectable_change(*([(0.0, float(v)) for v in bout] for bout in (first, second)))
            said.append(change(float(first.mean()), float(second.mean()), noise_, 0.0).real)
        return float(np.mean(said))

    assert 0.01 < called(3, 0.0) < 0.05
    assert called(6, 0.0) < 0.005
    assert called(3, 4.0) > 0.8


def test_spread_of_blocks_is_not_widened_by_drift() -> None:
    """Noise of spread 1 on a long slope with one step stays about 1."""
    blocks = [(30.0 * k, 0.05 * k + 9 * (k > 90) + v) for k, v in enumerate(np.random.default_rng(8).normal(size=200))]
    assert block_spread(blocks) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize(("bouts_s", "block_s"), [((600, 90), 30.0), ((600, 60), 20.0), ((12, 12), 4.0), ((12, 10), None)])
def test_blocks_shrink_with_the_shorter_bout(bouts_s: tuple[float, float], block_s: float | None) -> None:
    """30 s, else a third of the shorter bout, else none."""
    assert block_length_s(*bouts_s) == block_s


def test_a_metric_without_a_value_is_not_compared() -> None:
    """No value in one bout, or too few blocks: a reason and no verdict."""
    assert change(None, 3.0, 1.0, 0.5) == Change(reason="Not measured in both.", method=0.5)
    found = change(2.0, 3.0, None, 0.5)
    assert (found.change, found.detectable, found.real) == (1.0, None, False)
    assert "Too few blocks" in found.reason
