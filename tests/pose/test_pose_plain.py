"""What is decided of single points in plain numbers is what arrays of all points say: the same formulas, written with numpy."""

import numpy as np
import pytest

from kiosk.domain import FloatArray, Pose
from kiosk.pose.crop import BODY_ROOM, TORSO_ROOM, Square, wanted_square
from kiosk.pose.identity import CORE, PLACE, SCALE, TWIN, Identity, present
from kiosk.pose.keypoints import SEEN_SCORE
from kiosk.pose.movenet import _to_pose
from kiosk.pose.presence import BOUNCES, MOVES, MOVES_S, Presence, steps
from kiosk.pose.smooth import LOST_S, REST_HZ, SPEED_GAIN, SPEED_HZ, OneEuro
from runner import make_runner, times


def poses(seed: int) -> list[Pose]:
    """A runner in a bad film: noise, points missing and badly seen, pauses, stamps twice, and somebody else in between."""
    rng, series = np.random.default_rng(seed), make_runner(times(12, 30, jitter=0.3), noise_px=2 + seed)
    xy_px, t_s = series.xy_px.copy(), series.t_s + 3.0 * (series.t_s > 7)
    t_s[100:200:9] = t_s[99:199:9]
    score = rng.uniform(0.1, 0.9, series.score.shape).astype(np.float32)
    score[:, [5, 6, 11, 12]] += np.float32(0.2)
    score[220:235] = 0.05
    xy_px[240:290] = xy_px[240:290] * 0.6 + 30
    missing = rng.uniform(size=score.shape) < 0.05
    xy_px[missing], score[missing] = np.nan, 0
    return [Pose(float(t), xy, s, 640, 480) for t, xy, s in zip(t_s, xy_px, score, strict=True)]


class ArrayEuro:
    """The One Euro filter of all points at once."""

    def __init__(self) -> None:
        self.t_s, self.xy, self.speed = np.full(17, -np.inf), np.full((17, 2), np.nan), np.zeros((17, 2))

    def update(self, pose: Pose) -> FloatArray:
        xy = pose.xy_px.astype(float)
        seen, dt_s = np.isfinite(xy).all(axis=1), pose.t_s - self.t_s
        fresh = ~np.isfinite(self.xy).all(axis=1) | (dt_s > LOST_S) | (dt_s <= 0)
        dt_s = np.where(fresh, 1.0, dt_s)
        torso = np.nan_to_num(np.hypot(*(xy[[5, 6]].mean(axis=0) - xy[[11, 12]].mean(axis=0))))
        speed = np.where(fresh[:, None], 0.0, (xy - self.xy) / dt_s[:, None] / max(torso, 1.0))
        speed = self.speed + self.part(dt_s, SPEED_HZ)[:, None] * (np.nan_to_num(speed) - self.speed)
        part = np.where(fresh, 1.0, self.part(dt_s, REST_HZ * (1 + SPEED_GAIN * np.hypot(*speed.T))))[:, None]
        out = np.where(fresh[:, None], xy, self.xy + part * (xy - self.xy))
        self.xy, self.speed = np.where(seen[:, None], out, self.xy), np.where(seen[:, None], speed, self.speed)
        self.t_s = np.where(seen, pose.t_s, self.t_s)
        return np.where(seen[:, None], self.xy, np.nan)

    @staticmethod
    def part(dt_s: FloatArray, cut_hz: FloatArray | float) -> FloatArray:
        return np.asarray(1 / (1 + 1 / (2 * np.pi * cut_hz * dt_s)))


@pytest.mark.parametrize("seed", range(3))
def test_smoothing_point_by_point(seed: int) -> None:
    """Each point as its own filter gives what the filter of all points at once gives."""
    plain, arrays = OneEuro(), ArrayEuro()
    for pose in poses(seed):
        np.testing.assert_allclose(plain.update(pose).xy_px, arrays.update(pose).astype(np.float32), rtol=2e-7)


@pytest.mark.parametrize("seed", range(3))
def test_the_square_around_a_pose(seed: int) -> None:
    """Centre and side from the seen points; no square without a torso."""
    for pose in poses(seed):
        seen, found = pose.score > SEEN_SCORE, wanted_square(pose)
        if not (seen[[11, 12]].any() and seen[[5, 6]].any()):
            assert found is None
            continue
        xy = pose.xy_px.astype(float)
        centre = xy[[11, 12]][seen[[11, 12]]].mean(axis=0)
        away = np.abs(xy - centre)
        half = min(max(TORSO_ROOM * float(np.nanmax(away[[5, 6, 11, 12]])), BODY_ROOM * float(np.nanmax(away[seen]))), 320)
        assert found == Square(float(centre[0]) - half, float(centre[1]) - half, 2 * half)


def core_of(pose: Pose) -> FloatArray:
    return np.where((pose.score > SEEN_SCORE)[:, None], pose.xy_px.astype(float), np.nan)[list(CORE)]


def torsos_of(core: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(core[3:5, None] - core[None, 5:7], axis=-1).ravel())


@pytest.mark.parametrize("seed", range(3))
def test_the_second_pose_is_the_same_person(seed: int) -> None:
    """Half of the lengths alike and half of the points near, as nanmedian says of arrays; the place is the first pose's."""
    known = [pose for pose in poses(seed) if present(pose) and pose.score[[5, 6, 11, 12]].mean() >= 0.4]
    said, wanted = [], []
    for first, second in zip(known[::3], known[40::3], strict=False):
        identity = Identity()
        for ago_s in (1.0, 0.5, 0.01):  # long enough to be sure of her
            identity.update(Pose(-ago_s, first.xy_px, first.score, 640, 480))
        now = Pose(0.0, second.xy_px, second.score, 640, 480)
        said.append(identity.update(now) is now)
        core, place = core_of(now), core_of(first)
        size = float(np.nanmedian(torsos_of(place)))
        ratio = torsos_of(core) / size
        alike = 2 * ((ratio < SCALE) & (ratio > 1 / SCALE)).sum() >= np.isfinite(ratio).sum()
        off = np.fmin(*(np.linalg.norm(core - there, axis=1) for there in (place, place[list(TWIN)]))) / size
        wanted.append(bool(alike and np.nanmedian(off) <= PLACE + 0.003))
    assert {True, False} <= set(wanted)
    assert said == wanted


def as_arrays(pose: Pose) -> FloatArray:
    """What moves in a step: torso, trunk, feet apart, drops to the higher and lower ankle."""
    points = np.where((pose.score > SEEN_SCORE)[:, None], pose.xy_px.astype(float), np.nan)
    hip, shoulder = np.nanmean(points[[11, 12]], axis=0), np.nanmean(points[[5, 6]], axis=0)
    drops = np.sort(points[[15, 16], 1] - hip[1])
    feet = drops if np.isfinite(points[[15, 16]]).all() else np.full(2, np.nan)
    apart = np.linalg.norm(points[15] - points[16])
    return np.array([np.linalg.norm(hip - shoulder), (hip[1] + shoulder[1]) / 2, apart, *feet])


def ranges(rows: FloatArray) -> list[float]:
    """10th to 90th percentile of each column without NaN; 0 of fewer than four."""
    columns = [column[np.isfinite(column)] for column in rows.T]
    return [float(np.ptp(np.percentile(column, [10, 90]))) if column.size >= 4 else 0.0 for column in columns]


@pytest.mark.parametrize("seed", range(3))
def test_what_moves_in_a_step(seed: int) -> None:
    """Lengths and heights as arrays say them, and whether somebody moves as percentiles of arrays do."""
    seen = [pose for pose in poses(seed) if present(pose)]
    rows = np.array([as_arrays(pose) for pose in seen])
    np.testing.assert_allclose([steps(pose) for pose in seen], rows, rtol=1e-9, atol=1e-9)
    t_s, moved = np.array([pose.t_s for pose in seen]), []
    for end in range(70, 150, 5):
        at = np.arange(len(t_s)) <= end
        presence = Presence()
        for pose in seen[: end + 1]:
            presence.update(pose)
        halves = [at & (t_s > t_s[end] - 1), at & (t_s <= t_s[end] - 1) & (t_s >= t_s[end] - MOVES_S)]
        scale = 1 / np.median(rows[halves[0] | halves[1], 0])
        found = [ranges(rows[half, 1:] * scale) for half in halves]
        moved.append(presence._moves(float(t_s[end])) == all(trunk > BOUNCES and max(feet) > MOVES for trunk, *feet in found))
    assert all(moved)


def test_points_of_the_network_in_pixels() -> None:
    """y, x, score of the square become x, y of the frame; what lies outside the frame is missing."""
    yxs = np.array([[0.5, 0.25, 0.9]] * 17, np.float32)
    yxs[3], yxs[4], yxs[5] = (0.5, -0.3, 0.8), (1.2, 0.5, 0.7), (0.5, 1.0, 0.6)
    pose = _to_pose(yxs, Square(240, 80, 400), 1.5, 640, 480)
    wanted = np.array([[340, 280]] * 17, np.float32)
    wanted[[4, 5]] = np.nan
    wanted[3] = 120, 280
    np.testing.assert_allclose(pose.xy_px, wanted, rtol=1e-6)
    assert pose.score.tolist()[3:6] == [pytest.approx(0.8), 0, 0]
