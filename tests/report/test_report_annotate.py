"""Which pose is drawn into a picture of the annotated video."""

import numpy as np
import pytest

from kiosk.report.annotate import nearest


@pytest.mark.parametrize(("at_s", "place"), [(-5.0, 0), (0.0, 0), (0.5, 0), (0.51, 1), (1.0, 1), (2.9, 2), (3.5, 3), (9.0, 3)])
def test_the_nearest_pose_is_drawn(at_s: float, place: int) -> None:
    """The earlier of two that are as near; the first and the last beyond the ends."""
    assert nearest(np.array([0.0, 1.0, 2.0, 4.0]), at_s) == place


def test_it_is_the_one_that_looking_at_all_finds() -> None:
    """Over uneven times; of one pose, that one."""
    rng = np.random.default_rng(2)
    t_s = np.sort(rng.uniform(0, 10, 200))
    for at_s in rng.uniform(-1, 11, 500):
        assert nearest(t_s, at_s) == np.argmin(np.abs(t_s - at_s))
    assert nearest(np.array([3.0]), 7.0) == 0
