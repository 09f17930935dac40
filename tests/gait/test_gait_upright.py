"""The camera's roll from lines: rooms made of numbers, seen by a camera that is turned in known ways."""

import numpy as np
import pytest

from kiosk.domain import FloatArray
from kiosk.gait.upright import FOCAL_OF_LONGER_SIDE, upright_from_lines

WIDTH, HEIGHT = 640, 480


def seen(points: FloatArray, roll_deg: float, pitch_deg: float = 0.0, yaw_deg: float = 0.0) -> FloatArray:
    """Pixels of world points (..., 3: right, down, away, metres) for a camera at the origin.

    The picture must be turned clockwise by `roll_deg` to be upright.
    """
    r, p, y = np.radians([roll_deg, pitch_deg, yaw_deg])
    yaw = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    pitch = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    roll = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    out = points @ (roll @ pitch @ yaw).T
    return np.asarray(out[..., :2] / out[..., 2:] * FOCAL_OF_LONGER_SIDE * WIDTH + [WIDTH / 2, HEIGHT / 2])


def poles(count: int = 8, seed: int = 1) -> FloatArray:
    """(count, 2, 3) both ends of uprights in a room."""
    rng = np.random.default_rng(seed)
    x, z = np.linspace(-1.8, 1.8, count), rng.uniform(3, 5, count)
    ends = [np.stack([x, y, z], axis=-1) for y in (rng.uniform(-1.2, -0.4, count), rng.uniform(0.2, 0.9, count))]
    return np.stack(ends, axis=1)


def shelves(count: int = 8, seed: int = 2) -> FloatArray:
    """(count, 2, 3) both ends of level lines on a wall behind the treadmill."""
    rng = np.random.default_rng(seed)
    y = np.linspace(-1.2, 1.0, count)
    ends = [np.stack([x, y, np.full(count, 4.0)], axis=-1) for x in (rng.uniform(-1.5, -0.3, count), rng.uniform(0.3, 1.5, count))]
    return np.stack(ends, axis=1)


def leaning(count: int, lean_deg: float) -> FloatArray:
    """(count, 2, 3) posts of a treadmill that lean to the right."""
    x = np.linspace(-0.9, 0.9, count)
    foot = np.stack([x, np.full(count, 0.8), np.full(count, 2.6)], axis=-1)
    top = foot + 1.1 * np.array([np.sin(np.radians(lean_deg)), -np.cos(np.radians(lean_deg)), 0])
    return np.stack([foot, top], axis=1)


def clutter(count: int, seed: int = 3) -> FloatArray:
    """(count, 4) segments in any direction, pixels."""
    rng = np.random.default_rng(seed)
    start = rng.uniform([0, 0], [WIDTH, HEIGHT], (count, 2))
    way, length = rng.uniform(0, np.pi, count), rng.uniform(35, 90, count)
    return np.hstack([start, start + (np.stack([np.cos(way), np.sin(way)]) * length).T])


def segments(things: FloatArray, noise_px: float = 0.3, **camera: float) -> FloatArray:
    """(n, 4) of world segments, with noise at their ends."""
    flat = seen(things, **camera).reshape(-1, 4)
    return flat + np.random.default_rng(7).normal(0, noise_px, flat.shape)


@pytest.mark.parametrize("roll_deg", [-8.0, -3.0, 0.0, 2.0, 8.0, 18.0])
@pytest.mark.parametrize("pitch_deg", [-12.0, 0.0, 12.0])
def test_roll_of_uprights_whatever_the_pitch(roll_deg: float, pitch_deg: float) -> None:
    """Pitch makes uprights converge; the roll is still right, and within three of its own errors."""
    found = upright_from_lines(segments(poles(), roll_deg=roll_deg, pitch_deg=pitch_deg), WIDTH, HEIGHT)
    assert found is not None
    assert found.uprights >= 6
    assert abs(found.roll_deg - roll_deg) < min(0.5, 3 * found.sd_deg)


def test_uprights_on_one_side_only() -> None:
    """With pitch, poles on the right side alone all lean; the error is told as larger than with poles on both sides."""
    camera = {"roll_deg": 3.0, "pitch_deg": 10.0}
    both = upright_from_lines(segments(poles(8), **camera), WIDTH, HEIGHT)
    right = upright_from_lines(segments(poles(16)[11:], **camera), WIDTH, HEIGHT)
    assert both is not None
    assert right is not None
    assert abs(right.roll_deg - 3.0) < 3 * right.sd_deg
    assert right.sd_deg > 1.5 * both.sd_deg


def test_clutter_does_not_move_it() -> None:
    """As many segments in any direction as there are things: the same roll within half a degree."""
    lines = np.vstack([segments(poles(), roll_deg=-5.0), segments(shelves(), roll_deg=-5.0), clutter(16)])
    found = upright_from_lines(lines, WIDTH, HEIGHT)
    assert found is not None
    assert abs(found.roll_deg + 5.0) < 0.5


def test_leaning_posts_are_not_uprights() -> None:
    """Nine posts that lean by 7° outnumber four poles, but the level shelves are with the poles."""
    lines = np.vstack([segments(x, roll_deg=2.0) for x in (leaning(9, 7.0), shelves(), poles(4))])
    found = upright_from_lines(lines, WIDTH, HEIGHT)
    assert found is not None
    assert abs(found.roll_deg - 2.0) < 0.6


def test_edges_of_one_thing_count_once() -> None:
    """A leaning board with twelve stripes against six poles: the poles, as the stripes are one thing."""
    stripes = np.concatenate([leaning(2, 7.0)[:1] + [0.008 * i, 0, 0] for i in range(12)])
    found = upright_from_lines(np.vstack([segments(stripes, roll_deg=0.0), segments(poles(6), roll_deg=0.0)]), WIDTH, HEIGHT)
    assert found is not None
    assert found.uprights >= 5
    assert abs(found.roll_deg) < 0.6


def test_few_posts_alone_are_not_sure() -> None:
    """Four posts and nothing else may lean as one: the error says so."""
    found = upright_from_lines(segments(leaning(4, 5.0), roll_deg=0.0), WIDTH, HEIGHT)
    assert found is None or found.sd_deg > 1.0


def test_levels_that_may_be_one_deck_are_not_sure() -> None:
    """Level lines within a narrow band may belong to a deck on an incline."""
    deck = shelves(6) * [1, 0.5, 1]
    found = upright_from_lines(segments(deck, roll_deg=0.0), WIDTH, HEIGHT)
    assert found is not None
    assert found.levels >= 4
    assert found.sd_deg > 1.0


def test_levels_tell_yaw() -> None:
    """A camera turned by 10° sees the shelves converge, and says that the roll from them is less sure."""
    square, turned = (upright_from_lines(segments(shelves(), roll_deg=1.0, yaw_deg=y), WIDTH, HEIGHT) for y in (0.0, 10.0))
    assert square is not None
    assert turned is not None
    assert square.yaw_deg == pytest.approx(0, abs=1.5)
    assert turned.yaw_deg == pytest.approx(10, abs=2)
    assert turned.sd_deg > 2 * square.sd_deg


def test_two_directions_do_not_agree() -> None:
    """Half of the uprights say 6°, half say -6°, no levels: nothing is told."""
    lines = np.vstack([segments(poles(8, 1), roll_deg=6.0), segments(poles(8, 4), roll_deg=-6.0)])
    assert upright_from_lines(lines, WIDTH, HEIGHT) is None


@pytest.mark.parametrize("lines", [np.zeros((0, 4)), segments(poles(2), roll_deg=0.0), clutter(5)], ids=["none", "two", "clutter"])
def test_too_few_lines(lines: FloatArray) -> None:
    """No lines, two poles, a little clutter: None."""
    assert upright_from_lines(lines, WIDTH, HEIGHT) is None


def test_the_error_is_honest() -> None:
    """Over 60 rooms the roll misses by about its own standard error: root mean square of miss over error between 0.3 and 1.3."""
    rng = np.random.default_rng(11)
    ratio = []
    for seed in range(60):
        roll_deg, pitch_deg, yaw_deg = rng.uniform(-10, 10), rng.normal(0, 6), rng.normal(0, 4)
        room = np.concatenate([poles(6, seed), shelves(6, seed)])
        room = room + rng.normal(0, 0.004, room.shape)  # 4 mm out of plumb
        lines = np.vstack([segments(room, roll_deg=roll_deg, pitch_deg=pitch_deg, yaw_deg=yaw_deg), clutter(8, seed)])
        found = upright_from_lines(lines, WIDTH, HEIGHT)
        if found is not None:
            ratio.append((found.roll_deg - roll_deg) / found.sd_deg)
    assert len(ratio) > 50
    assert 0.3 < float(np.sqrt(np.mean(np.square(ratio)))) < 1.3
