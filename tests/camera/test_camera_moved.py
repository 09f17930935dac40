"""Was the camera moved? The demo's frames shifted, turned and lit in known ways, other rooms, drawn pictures, damaged files."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from kiosk.camera.background import Background
from kiosk.camera.moved import FILE_NAME, SHIFT_LIMIT, TURN_LIMIT_DEG, Moved, Reference, ReferenceFileError, load, moved, reference, save
from kiosk.data import DEMO_CLIP
from kiosk.domain import ImageBgr

INSIDE = 0.12
"""Of each side that is cut off, so that a moved picture shows no made-up border."""


def frames_of(path: Path, every: int) -> list[ImageBgr]:
    with av.open(str(path)) as clip:
        return [np.asarray(f.to_ndarray(format="bgr24"), np.uint8) for i, f in enumerate(clip.decode(video=0)) if i % every == 0]


@pytest.fixture(scope="module")
def demo() -> list[ImageBgr]:
    return frames_of(DEMO_CLIP, 12)


@pytest.fixture(scope="module")
def other() -> list[ImageBgr]:
    """Another gym, another runner, the same treadmill in the same place."""
    return frames_of(Path(__file__).parents[1] / "data" / "p02_side_left_overstride.mp4", 12)


def camera(image: ImageBgr, right: float = 0.0, down: float = 0.0, turn_deg: float = 0.0, gain: float = 1.0, more: float = 0.0) -> ImageBgr:
    """What a camera sees whose picture must be turned clockwise by `turn_deg` and then lies so many parts of its own sides further."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn_deg, 1.0)
    inner = 1 - 2 * INSIDE
    matrix[:, 2] += matrix[:, :2] @ [right * width * inner, down * height * inner]
    seen = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    x, y = round(INSIDE * width), round(INSIDE * height)
    return np.asarray(np.clip(seen[y:-y, x:-x] * gain + more, 0, 255), np.uint8)


def looked(images: Sequence[ImageBgr], change: Callable[[ImageBgr], ImageBgr] = camera) -> Background:
    background = Background()
    for image in images:
        background.add(change(image))
    return background


def then(images: Sequence[ImageBgr]) -> Reference:
    found = reference(looked(images))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("right", "down", "turn_deg", "light"),
    [
        (0.0, 0.0, 0.0, (1.0, 0.0)),
        (0.0, 0.0, 0.0, (0.35, 0.0)),
        (0.05, 0.0, 0.0, (1.0, 0.0)),
        (0.0, -0.08, 0.0, (1.3, 20.0)),
        (0.0, 0.0, 2.0, (0.35, 0.0)),
        (-0.04, 0.03, -5.0, (1.3, 20.0)),
        (0.1, 0.1, 7.0, (0.35, 0.0)),
    ],
)
def test_known_moves(demo: list[ImageBgr], right: float, down: float, turn_deg: float, light: tuple[float, float]) -> None:
    """Shift and turn are told to half a hundredth and half a degree, in good light, at a third of it, and over-exposed."""
    half = len(demo) // 2
    found = moved(then(demo[:half]), looked(demo[half:], lambda image: camera(image, right, down, turn_deg, *light)))
    assert found is not None
    assert (found.right, found.down) == pytest.approx((right, down), abs=0.006)
    assert found.turn_deg == pytest.approx(turn_deg, abs=0.5)
    assert found.matters is bool(right or down or turn_deg)


def with_runner(room: list[ImageBgr], runner: list[ImageBgr]) -> list[ImageBgr]:
    """The room with the upper middle part of another clip, in which another person runs, in front of it."""
    height, width = room[0].shape[:2]
    part = (slice(int(0.15 * height), int(0.85 * height)), slice(int(0.35 * width), int(0.65 * width)))
    mixed = [image.copy() for image in room]
    for image, other_image in zip(mixed, runner, strict=False):
        image[part] = other_image[part]
    return mixed


def test_another_runner_in_front(demo: list[ImageBgr], other: list[ImageBgr]) -> None:
    """A fifth of the picture shows somebody else before another wall: the rest tells the move all the same."""
    n = min(len(demo), len(other))
    found = moved(then(demo), looked(with_runner(demo[:n], other[:n]), lambda image: camera(image, 0.05, -0.02, 3.0)))
    assert found is not None
    assert found.turn_deg == pytest.approx(3.0, abs=0.5)
    assert (found.right, found.down) == pytest.approx((0.05, -0.02), abs=0.006)


def test_turned_away(demo: list[ImageBgr]) -> None:
    """A camera that looks half a picture further down sees another picture, which matters."""
    found = moved(then(demo), looked(demo, lambda image: camera(image, 0.1, 0.45)))
    assert found is not None
    assert found.another_picture
    assert found.matters
    assert math.isnan(found.right)


def test_another_gym_is_never_called_the_same(demo: list[ImageBgr], other: list[ImageBgr]) -> None:
    """The same treadmill in the same place before other walls: told as another picture or not at all, never as not moved."""
    found = moved(then(demo), looked(other))
    assert found is None or found.another_picture


def test_the_limits() -> None:
    """A little less than the limits is nothing, a little more matters, in each of the three ways."""
    assert not Moved(SHIFT_LIMIT - 0.001, -SHIFT_LIMIT + 0.001, -TURN_LIMIT_DEG + 0.1, 0.9).matters
    for found in (Moved(SHIFT_LIMIT + 0.001, 0, 0, 0.9), Moved(0, -SHIFT_LIMIT - 0.001, 0, 0.9), Moved(0, 0, -TURN_LIMIT_DEG - 0.1, 0.9)):
        assert found.matters


def test_what_tells_nothing(demo: list[ImageBgr]) -> None:
    """Black, a white wall, noise that never stands still, no frames, another format: None, no false alarm."""
    rng = np.random.default_rng(1)
    shape = camera(demo[0]).shape
    kept = then(demo)
    dark = [np.zeros(shape, np.uint8)] * 6
    wall = [np.asarray(np.full(shape, 200) + rng.integers(-3, 4, shape), np.uint8) for _ in range(6)]
    noise = [rng.integers(0, 256, shape, np.uint8) for _ in range(6)]
    tall = [np.rot90(image).copy() for image in demo]
    for images in (dark, wall, noise, [], tall):
        assert moved(kept, looked(images, lambda image: image)) is None
    for images in (dark, wall, noise, []):
        assert reference(looked(images, lambda image: image)) is None


def test_equal_bars_tell_nothing() -> None:
    """Before a wall of equal bars every fifth place fits as well: a shift is not told."""
    bars = np.zeros((480, 640, 3), np.uint8)
    bars[:, (np.arange(640) // 32) % 2 == 0] = 200
    assert moved(then([bars] * 5), looked([bars] * 5, lambda image: camera(image, right=0.03))) is None


def test_stored_and_read(demo: list[ImageBgr], tmp_path: Path) -> None:
    """What is read is what was stored; the file is for its owner only and holds directions of edges, no grey level."""
    kept = reference(looked(demo), "2026-11-21T20:00:00+00:00")
    assert kept is not None
    assert load(tmp_path) is None
    path = save(tmp_path, kept)
    again = load(tmp_path)
    assert again is not None
    assert (again.edges.direction == kept.edges.direction).all()
    assert (again.edges.known == kept.edges.known).all()
    assert (again.width, again.height, again.made_utc) == (kept.width, kept.height, "2026-11-21T20:00:00+00:00")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size < 30_000
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"version": 2}', '{"version": 1, "rows": []}', '{"version":1,"made_utc":"","width":1,"height":1,"rows":["12"]}'],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: str) -> None:
    """Whatever the file holds, the error names it and says what to do."""
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(ReferenceFileError, match=r"camera_reference\.json: cannot be used .*set up the camera again"):
        load(tmp_path)
