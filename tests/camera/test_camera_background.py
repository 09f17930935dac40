"""Line segments of what stands still: drawn pictures, and the demo turned by known angles."""

import av
import cv2
import numpy as np
import pytest

from kiosk.camera.background import MOST_FRAMES, Background
from kiosk.data import DEMO_CLIP
from kiosk.domain import FloatArray, ImageBgr
from kiosk.gait.upright import Upright, upright_from_lines
from pictures import turned


def look(images: list[ImageBgr]) -> tuple[FloatArray, Upright | None]:
    background = Background()
    for image in images:
        background.add(image)
    lines = background.segments_px()
    return lines, upright_from_lines(lines, *background.size_px)


def room(size: tuple[int, int] = (480, 640)) -> ImageBgr:
    """Seven doors in a wall."""
    image = np.full((*size, 3), 190, np.uint8)
    for i, x in enumerate(np.linspace(0.15, 0.8, 7)):
        top, bottom = (0.2 + 0.02 * i) * size[0], 0.75 * size[0]
        cv2.rectangle(image, (int(x * size[1]), int(top)), (int((x + 0.05) * size[1]), int(bottom)), (90, 120, 60 + 10 * i), -1)
    return image


@pytest.mark.parametrize("roll_deg", [-8.0, -4.0, 0.0, 2.0, 6.0, 8.0])
@pytest.mark.parametrize("size", [(480, 640), (640, 480), (1080, 1920)])
def test_drawn_doors(roll_deg: float, size: tuple[int, int]) -> None:
    """Doors turned by a known angle, with noise: the roll within 0.3°, at any size."""
    rng = np.random.default_rng(1)
    picture = turned(room(size), roll_deg)
    noisy = [cv2.add(picture, rng.integers(0, 6, picture.shape, np.uint8)) for _ in range(6)]
    _, found = look([np.asarray(p, np.uint8) for p in noisy])
    assert found is not None
    assert found.roll_deg == pytest.approx(roll_deg, abs=0.3)


@pytest.mark.parametrize("roll_deg", [-5.0, 0.0, 3.0])
def test_the_demo_turned(roll_deg: float) -> None:
    """A room with a treadmill whose posts lean, and a runner: the roll within 0.5°, its error under 0.6°."""
    with av.open(str(DEMO_CLIP)) as clip:
        images = [f.to_ndarray(format="bgr24") for i, f in enumerate(clip.decode(video=0)) if i % 20 == 0]
    _, found = look([turned(np.asarray(i, np.uint8), roll_deg) for i in images])
    assert found is not None
    assert found.roll_deg == pytest.approx(roll_deg, abs=0.5)
    assert found.sd_deg < 0.6


def test_what_moves_gives_no_lines() -> None:
    """A striped board that swings before a still wall leaves nothing, though its median picture has edges."""
    images = []
    for i in range(20):
        image = np.full((480, 640, 3), 160, np.uint8)
        x = 300 + round(12 * np.sin(i))
        for stripe in range(0, 120, 30):
            cv2.rectangle(image, (x + stripe, 100), (x + stripe + 15, 400), (20, 20, 20), -1)
        images.append(image)
    assert len(look(images)[0]) == 0


@pytest.mark.parametrize("value", [0, 255])
def test_a_blank_picture_has_no_lines(value: int) -> None:
    """A covered or blinded lens: no lines and no roll."""
    lines, found = look([np.full((240, 320, 3), value, np.uint8)] * 10)
    assert lines.shape == (0, 4)
    assert found is None


def test_no_frames_no_lines() -> None:
    """Nothing seen is not an error."""
    assert look([])[0].shape == (0, 4)


def test_frames_are_kept_evenly_over_any_length() -> None:
    """After 1000 frames at most 32 are kept; doors that were there for the last 400 only are not the background."""
    background, wall = Background(), np.full((480, 640, 3), 190, np.uint8)
    for i in range(1000):
        background.add(room() if i >= 600 else wall)
    assert MOST_FRAMES / 2 <= background.frames < MOST_FRAMES
    assert len(background.segments_px()) == 0


def test_lines_are_in_pixels_of_the_frame() -> None:
    """Large pictures are looked at smaller; the lines come back in full size."""
    lines, _ = look([room((1080, 1920))] * 5)
    assert lines[:, [0, 2]].max() == pytest.approx(0.85 * 1920, abs=4)
    assert lines[:, [1, 3]].max() == pytest.approx(0.75 * 1080, abs=4)
