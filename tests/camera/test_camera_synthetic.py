"""The drawn runner."""

import numpy as np
import pytest

from kiosk.camera.synthetic import BACKGROUND, SyntheticCamera, draw_runner, joints_px
from kiosk.config import CameraConfig

FAST = CameraConfig(kind="synthetic", width=320, height=240, frames_per_s=60)


def test_the_same_moment_gives_the_same_picture() -> None:
    """The drawing depends on nothing but its arguments."""
    assert np.array_equal(draw_runner(1.234, 320, 240), draw_runner(1.234, 320, 240))


def test_size_and_rate_are_those_of_the_settings() -> None:
    """Frames come in the configured size at the configured rate."""
    with SyntheticCamera(FAST, realtime=False) as camera:
        frames = [camera.read(0.0) for _ in range(4)]
    assert np.array_equal(frames[3].image_bgr, draw_runner(3 / 60, 320, 240))
    assert [f.t_s for f in frames] == pytest.approx([0, 1 / 60, 2 / 60, 3 / 60])


@pytest.mark.parametrize("realtime", [False, True])
def test_it_ends_after_the_given_seconds(realtime: bool) -> None:
    """With `seconds` the camera gives that many seconds of frames, then ends."""
    camera = SyntheticCamera(FAST, realtime, seconds=0.25)
    camera.start()
    times = []
    while not camera.ended:
        frame = camera.read(1.0)
        if frame is not None:
            times.append(frame.t_s)
    assert times[-1] - times[0] == pytest.approx(14 / 60, abs=1e-6)


@pytest.mark.parametrize("cadence_spm", [150, 165, 190])
def test_the_feet_step_at_the_given_cadence(cadence_spm: float) -> None:
    """Each ankle comes forward once per stride, so two ankles make `cadence_spm` steps a minute."""
    t_s = np.arange(0, 8, 0.005)
    ankle_x = np.array([joints_px(t, 640, 480, cadence_spm)["right_ankle"][0] for t in t_s])
    spectrum = np.abs(np.fft.rfft(ankle_x - ankle_x.mean(), 1 << 15))
    stride_hz = np.fft.rfftfreq(1 << 15, 0.005)[spectrum.argmax()]
    assert stride_hz * 120 == pytest.approx(cadence_spm, rel=0.01)


def test_the_legs_are_half_a_stride_apart() -> None:
    """Where the right ankle is now, the left one is a step later."""
    step_s = 60 / 165
    assert joints_px(0.4, 640, 480)["right_ankle"] == pytest.approx(joints_px(0.4 + step_s, 640, 480)["left_ankle"])


def test_the_runner_stays_in_the_picture() -> None:
    """No joint leaves the picture in a whole stride."""
    points = [p for t in np.arange(0, 0.73, 0.02) for p in joints_px(t, 640, 480).values()]
    assert np.min(points) >= 0
    assert np.all(np.max(points, axis=0) < (640, 480))


def test_what_is_drawn_is_where_the_joints_are() -> None:
    """Under every joint of the near side the picture is not background."""
    for t_s in (0.0, 0.1, 0.3, 0.5):
        image = draw_runner(t_s, 640, 480)
        near = [p for name, p in joints_px(t_s, 640, 480).items() if not name.startswith("left")]
        assert all(tuple(image[round(y), round(x)]) != BACKGROUND for x, y in near)
