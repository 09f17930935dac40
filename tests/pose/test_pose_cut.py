"""The picture that the network gets: how far it may be from the exact average, where it lies, and in which type the network wants it."""

from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.camera.video import VideoCamera
from kiosk.config import CameraConfig, PoseConfig
from kiosk.data import DEMO_CLIP
from kiosk.domain import Frame, ImageBgr
from kiosk.pose.crop import Square
from kiosk.pose.cut import cut
from kiosk.pose.movenet import MoveNet, Network

SIDES = (120, 192, 193, 210, 250, 288, 300, 340, 383, 384, 385, 400, 420, 470)
OFF_RMS, OFF_MOST = 1.1, 20.0
"""Grey levels of 255: largest measured over SIDES and these frames 1.05 and 19; the plain bilinear cut is 2.8 and 45 away."""


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """Some pictures of the clip that ships with the product."""
    with VideoCamera(CameraConfig(kind="video", path=str(DEMO_CLIP)), realtime=False) as camera:
        read = [camera.read(1.0) for _ in range(61)]
    return [frame for frame in read[::20] if frame is not None]


def averaged(image: ImageBgr, square: Square, n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The exact average over each pixel's area (slow)."""
    left, top, side = int(square.left_px), int(square.top_px), int(square.side_px)
    how = cv2.INTER_AREA if side > n else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image[top : top + side, left : left + side, ::-1], (n, n), interpolation=how), np.float64)


def off(image: ImageBgr, square: Square, n: int) -> tuple[float, float]:
    """(RMS, largest) distance from the exact average, grey levels."""
    out = np.empty((n, n, 3), np.uint8)
    done = cut(image, square, out)
    assert 0 <= done.left_px <= image.shape[1] - done.side_px
    assert 0 <= done.top_px <= image.shape[0] - done.side_px
    error = out - averaged(image, done, n)
    return float(np.sqrt(np.mean(error**2))), float(np.abs(error).max())


@pytest.mark.parametrize("side", SIDES)
def test_the_cut_is_nearly_the_exact_average(frames: list[Frame], side: int) -> None:
    """On real pictures of any size of square, about 1 grey level RMS, and no pixel far off."""
    found = [off(frame.image_bgr, Square(120.3, 4.6, side), 192) for frame in frames]
    assert max(rms for rms, _ in found) < OFF_RMS
    assert max(most for _, most in found) < OFF_MOST


@pytest.mark.parametrize("side", [600, 767, 768, 900, 1000, 1079])
def test_squares_of_large_pictures_too(frames: list[Frame], side: int) -> None:
    """A picture of 1080 lines, with a sensor's noise: averaged over whole blocks first, within 2 grey levels."""
    image = cv2.resize(frames[0].image_bgr, (1920, 1080), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noisy = np.clip(image + np.random.default_rng(1).integers(-12, 13, image.shape), 0, 255).astype(np.uint8)
    assert off(noisy, Square(500.4, 0.4, side), 192)[0] < 2.0


@pytest.mark.parametrize("side", [150, 300.4, 520.7, 801, 1203.3])
@pytest.mark.parametrize(("left", "top"), [(-100.4, -60.3), (300.7, 200.2), (-301.3, 10.0), (10.2, -77.7)])
def test_the_square_that_is_told_is_the_one_that_was_cut(left: float, top: float, side: float) -> None:
    """Pixels lie where the told square says, whatever hangs over which edge: a picture whose colours are its coordinates."""
    height, width, n = 480, 640, 192
    y, x = np.mgrid[:height, :width]
    image = np.stack([np.full(x.shape, 255), y / 2, x / 3], axis=2).astype(np.uint8)
    out = np.empty((n, n, 3), np.uint8)
    square = cut(image, Square(left, top, side), out)
    scale = square.side_px / n
    inside = out[..., 2] > 250
    assert abs(square.left_px - left) <= 1.5
    assert abs(square.side_px - side) <= 1.5
    if seen_area(square, width, height) <= 0:
        assert out.max() == 0
        return
    rows, columns = np.nonzero(cv2.erode(inside.astype(np.uint8), np.ones((5, 5))))
    assert len(rows) > 100
    found_x, found_y = 3.0 * out[rows, columns, 0], 2.0 * out[rows, columns, 1]
    assert np.median(np.abs((columns + 0.5) * scale + square.left_px - found_x)) < 2 + scale / 2
    assert np.median(np.abs((rows + 0.5) * scale + square.top_px - found_y)) < 2 + scale / 2
    assert np.abs(inside.sum() * scale**2 - seen_area(square, width, height)) < 2.5 * scale * (width + height)


def seen_area(square: Square, width: int, height: int) -> float:
    """Pixels of the frame that lie in the square."""
    across = min(square.left_px + square.side_px, width) - max(square.left_px, 0)
    down = min(square.top_px + square.side_px, height) - max(square.top_px, 0)
    return max(across, 0.0) * max(down, 0.0)


class Asked:
    """Keeps what a network is given."""

    def __init__(self) -> None:
        self.value: Any = None

    def set_tensor(self, index: int, value: Any) -> None:
        self.value = value


@pytest.mark.parametrize(("kind", "low", "high"), [(np.uint8, 0, 255), (np.int8, -128, 127), (np.int32, 0, 255), (np.float32, 0, 255)])
def test_the_picture_comes_in_the_type_that_the_network_wants(kind: Any, low: int, high: int) -> None:
    """Black and white in each type, one picture deep."""
    network, asked = Network.__new__(Network), Asked()
    network._dtype, network._input, network._interpreter = kind, 0, asked  # type: ignore[assignment]
    picture = np.zeros((192, 192, 3), np.uint8)
    picture[0, 0] = 255
    network.set_input(picture)
    assert (asked.value.dtype, asked.value.shape) == (np.dtype(kind), (1, 192, 192, 3))
    assert (asked.value[0, 0, 0, 0], asked.value[0, 1, 1, 1]) == (high, low)


def test_three_steps_are_the_same_as_one(frames: list[Frame]) -> None:
    """Prepare, infer and finish give what estimate gives, and no prepared picture is written to again."""
    whole, parts = MoveNet(PoseConfig(), check=False), MoveNet(PoseConfig(), check=False)
    kept = []
    for frame in frames:
        wanted = whole.estimate(frame)
        prepared = parts.prepare(frame)
        kept.append((prepared, prepared.picture_rgb.copy()))
        found = parts.finish(prepared, parts.infer(prepared))
        assert np.array_equal(found.xy_px, wanted.xy_px, equal_nan=True)
        assert np.array_equal(found.score, wanted.score)
    assert all(np.array_equal(prepared.picture_rgb, picture) for prepared, picture in kept)
