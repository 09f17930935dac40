"""How much of a difference between left and right step times is seen: about half, from every side (docs/metrics.md says why)."""

from functools import cache

import pytest

from kiosk.domain import View
from kiosk.gait.analysis import analyse
from known_camera import Camera, Network, record
from known_cases import FPS, NOISY, SECONDS, SEEN_CLEARLY
from known_runner import KnownRunner, Pair
from runner import times

EVEN: Pair = (240.0, 240.0)
SEEN_PART, SEEN_PART_OFF = 0.49, 0.1
"""Two pushes of half sine shape, moved apart by a little, move the two fastest sinkings of a wave of two harmonics by 0.49 of it; seen with
perspective and noise 0.44 to 0.55."""
CAMERA_PCT = 1.5
"""What an even runner may read: perspective (docs/metrics.md)."""


@cache
def reading(view: View, set_pct: float, contact_ms: Pair = EVEN, network: Network = SEEN_CLEARLY) -> float:
    """What the kiosk reads of a runner whose steps differ by `set_pct`; weight and legs that allow 8 % either way."""
    runner = KnownRunner(contact_ms=contact_ms, step_symmetry_pct=set_pct, knee_contact_deg=17.0, thigh_back_deg=17.5)
    series = record(runner, times(SECONDS, FPS, jitter=0.6, drop=0.05), Camera(view), network)
    value = analyse(series, view).report.metrics["step_symmetry_pct"].value
    assert value is not None
    return value


@pytest.mark.parametrize("view", View)
def test_even_steps_read_even(view: View) -> None:
    """No difference is made up."""
    assert reading(view, 0.0) == pytest.approx(0.0, abs=CAMERA_PCT)


@pytest.mark.parametrize("network", [SEEN_CLEARLY, NOISY])
@pytest.mark.parametrize("set_pct", [5.0, 8.0])
@pytest.mark.parametrize("view", View)
def test_half_of_a_difference_is_seen(view: View, set_pct: float, network: Network) -> None:
    """Between a runner who is late on the right and one who is as late on the left, half of the difference is read."""
    seen = reading(view, set_pct, network=network) - reading(view, -set_pct, network=network)
    assert seen / (2 * set_pct) == pytest.approx(SEEN_PART, abs=SEEN_PART_OFF)


@pytest.mark.parametrize("view", View)
def test_a_longer_contact_looks_like_a_longer_step(view: View) -> None:
    """Even steps, but the right foot stays 20 ms longer: its push comes later, and the trunk tells pushes."""
    assert reading(view, 0.0, (230.0, 250.0)) - reading(view, 0.0) == pytest.approx(3.3, abs=1.0)
