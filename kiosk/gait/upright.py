"""Which way is down: the camera's roll from lines in the background, with the error it has.

Upright things in a room (door frames, wall corners, poles) and level things (skirting, shelves, the edge of the belt) point to
vanishing points. The line from the picture's middle to the vanishing point of the uprights is gravity, whatever the camera's pitch.
What must not go in: finding the lines (camera/background.py), and anything that knows a person (gait/stance.py).

Method: lines in general position through one vanishing point, found by trying pairs and counting which far apart ones agree
(RANSAC, Fischler & Bolles 1981, doi:10.1145/358669.358692, here with all pairs instead of random ones).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray

IndexArray = NDArray[np.integer[Any]]

FOCAL_OF_LONGER_SIDE = 0.8
"""Focal length over the longer side of the picture: a horizontal field of 64°, between Camera Module 2 (62.2°) and 3 (66°) (data sheets of
Raspberry Pi). Only gates, pitch and yaw depend on it; the roll does not."""
STEEPEST_DEG = 25.0
"""Lines further from the picture's axes are neither uprights nor levels of a camera that stands roughly straight (our choice)."""
SHORTEST = 0.05
"""Of the longer side: shorter segments say little about direction (our choice)."""
MOST_LINES = 90
"""The longest ones only: every pair is tried (our choice)."""
END_PX = 0.5
"""How far off the end of a segment is, pixels (our choice: half a pixel of blur and compression)."""
PLUMB_DEG = 0.3
"""How far things in a room are from plumb (our choice: 1 cm in 2 m)."""
FLOOR_DEG = 0.2
"""No estimate is surer than this: lens, and what all uprights of a room have in common (our choice)."""
ENOUGH_UPRIGHTS = 5
POSTS_DEG = 1.0
"""The error of fewer uprights than that: two posts of a treadmill, far and near, with what hangs on them, count up to four, and posts lean
(our choice)."""
LEVELS_FLOOR_DEG = 0.3
"""The same for levels: shelves and skirting follow the building, decks and handlebars only roughly (our choice)."""
LEVELS_SPAN = 0.3
"""Of the longer side: level lines that lie closer together may all belong to one deck, which may be tilted (our choice)."""
ONE_DECK_DEG = 1.5
"""The error of such levels: a deck on an incline of 3 % is tilted by 1.7° (our choice)."""
PITCH_SD_DEG, YAW_SD_DEG = 10.0, 10.0
"""How far cameras are turned up, down and sideways before anybody looks at the lines (our choice)."""
TOLERANCE = 2.5
"""A line belongs to the others when it misses by less than this many of its own errors (99 % of those that belong do)."""
APART = 0.04
"""Of the longer side: lines closer than this count as one thing, e.g. the two edges of a pole (our choice)."""
FEWEST_THINGS = 3
"""Two lines always agree on a vanishing point; the third is the first check."""
RIVAL = 0.75
"""Another direction with this share of the best one's support: the lines do not agree (our choice)."""
RIVAL_DEG = 2.0
"""Directions closer than this are one (our choice)."""
AGREE = 3.0
"""Uprights that differ from the levels by more errors than this lean, as the posts of most treadmills do, and are left out (our choice)."""


@dataclass(frozen=True)
class Fan:
    """Lines that meet in one vanishing point near one axis of the picture."""

    tilt_deg: float
    """Direction of the vanishing point from the picture's middle, from the axis; positive from down towards the right."""
    sd_deg: float
    """Standard error of the tilt, degrees."""
    turn_deg: float
    """Angle of the lines out of the picture plane: pitch for uprights, yaw for levels."""
    turn_sd_deg: float
    lines: int
    things: int
    """Lines that stand apart."""
    span: float
    """From the first to the last, focal lengths."""


@dataclass(frozen=True)
class Upright:
    """How the camera stands, as far as the lines tell."""

    roll_deg: float
    """Degrees the picture must be turned clockwise so that gravity points down."""
    sd_deg: float
    """Standard error of the roll, degrees."""
    uprights: int
    """Upright things behind it."""
    levels: int
    """Level things behind it."""
    yaw_deg: float | None = None
    """Angle between the picture plane and the level lines, degrees, unsigned: a hint, as a wall need not be square to the treadmill."""


def upright_from_lines(segments_px: FloatArray, width: int, height: int) -> Upright | None:
    """The camera's roll from line segments of the background.

    Args:
        segments_px: (n, 4) x, y of both ends, pixels, y down.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        None when the lines are too few or do not agree.
    """
    segments_px = np.asarray(segments_px, float).reshape(-1, 4)
    longer_px = float(max(width, height))
    middle = np.array([width, height, width, height]) / 2
    ends = (segments_px - middle) / (FOCAL_OF_LONGER_SIDE * longer_px)
    levels = meeting_lines(ends[:, [1, 0, 3, 2]], longer_px, YAW_SD_DEG)  # x and y exchanged: levels stand upright, roll changes its sign
    if levels is None:
        uprights = meeting_lines(ends, longer_px, PITCH_SD_DEG)
        return None if uprights is None else Upright(uprights.tilt_deg, _uprights_sd_deg(uprights), uprights.things, 0)
    roll_deg, sd_deg = -levels.tilt_deg, _levels_sd_deg(levels)
    uprights = meeting_lines(ends, longer_px, PITCH_SD_DEG, (roll_deg, AGREE * sd_deg))
    if uprights is None:
        return Upright(roll_deg, sd_deg, 0, levels.things, abs(levels.turn_deg))
    weight = np.array([sd_deg, _uprights_sd_deg(uprights)]) ** -2
    mean_deg = float((weight * [roll_deg, uprights.tilt_deg]).sum() / weight.sum())
    return Upright(mean_deg, float(weight.sum() ** -0.5), uprights.things, levels.things, abs(levels.turn_deg))


def _uprights_sd_deg(uprights: Fan) -> float:
    return float(np.hypot(uprights.sd_deg, FLOOR_DEG if uprights.things >= ENOUGH_UPRIGHTS else POSTS_DEG))


def _levels_sd_deg(levels: Fan) -> float:
    """Seen with pitch p, a level line that is turned by yaw y out of the picture plane looks rolled by p times y; p is not known."""
    yaw = np.radians(np.hypot(levels.turn_deg, levels.turn_sd_deg))
    one_deck = ONE_DECK_DEG if levels.span * FOCAL_OF_LONGER_SIDE < LEVELS_SPAN else 0.0
    return float(np.linalg.norm([levels.sd_deg, PITCH_SD_DEG * np.tan(yaw), LEVELS_FLOOR_DEG, one_deck]))


def meeting_lines(ends: FloatArray, longer_px: float, turn_sd_deg: float, near_deg: tuple[float, float] | None = None) -> Fan | None:
    """The vanishing point near the vertical axis on which most lines that stand apart agree.

    A line with the unit normal n through the point m meets the vanishing point (a, 1, e) when n.(a, 1) - e n.m = 0: a is the tangent of the
    tilt, e that of the turn. This is linear, and each residual is the angle by which the line misses.

    Args:
        ends: (n, 4) from the picture's middle, in focal lengths.
        longer_px: longer side of the picture, pixels.
        turn_sd_deg: how far the camera is expected to be turned; keeps the turn from running away when all lines stand together.
        near_deg: (tilt, half width) within which the tilt must lie.

    Returns:
        None when too few lines agree, or when two directions are about equally good.
    """
    lines = _Lines.near_vertical(ends, longer_px, turn_sd_deg)
    if len(lines.place) < FEWEST_THINGS:
        return None
    first, second = np.triu_indices(len(lines.place), 1)
    points = lines.solve_pairs(first, second)
    if near_deg is not None:
        points = points[np.abs(np.degrees(np.arctan(points[:, 0])) - near_deg[0]) < near_deg[1]]
    if not len(points):
        return None
    support = lines.support(points)
    best = points[np.argmax(support)]
    off_deg = np.abs(np.degrees(np.arctan(points[:, 0]) - np.arctan(best[0])))
    if support.max() <= 0 or support[off_deg > RIVAL_DEG].max(initial=0.0) > RIVAL * support.max():
        return None
    fan = lines.fan(best)
    return None if fan is None or (near_deg is not None and abs(fan.tilt_deg - near_deg[0]) >= near_deg[1]) else fan


@dataclass(frozen=True, eq=False)
class _Lines:
    """Near vertical lines, sorted by where they stand."""

    normal: FloatArray
    """(n, 2) unit normals."""
    offset: FloatArray
    """(n,) n.m: distance of the line from the picture's middle, focal lengths."""
    sd: FloatArray
    """(n,) error of the direction, radians."""
    place: FloatArray
    """(n,) where the line stands across the picture, increasing, focal lengths."""
    start: IndexArray
    """Index of the first line of each thing."""
    turn_sd: float
    """Tangent."""

    @classmethod
    def near_vertical(cls, ends: FloatArray, longer_px: float, turn_sd_deg: float) -> "_Lines":
        along = ends[:, 2:] - ends[:, :2]
        along = along * np.where(along[:, 1:] < 0, -1.0, 1.0)
        length = np.hypot(along[:, 0], along[:, 1]) * FOCAL_OF_LONGER_SIDE  # in longer sides
        steep = np.abs(along[:, 0]) < np.tan(np.radians(STEEPEST_DEG)) * along[:, 1]
        kept = np.flatnonzero(steep & (length > SHORTEST))
        kept = kept[np.argsort(-length[kept])][:MOST_LINES]
        middle = (ends[kept, :2] + ends[kept, 2:]) / 2
        order = np.argsort(middle[:, 0])
        kept, middle = kept[order], middle[order]
        unit = along[kept] / np.hypot(along[kept, 0], along[kept, 1])[:, None]
        normal = np.stack([unit[:, 1], -unit[:, 0]], axis=1)
        sd = np.hypot(END_PX * np.sqrt(2) / (length[kept] * longer_px), np.radians(PLUMB_DEG))
        return cls(normal, (normal * middle).sum(1), sd, middle[:, 0], _starts(middle[:, 0]), float(np.tan(np.radians(turn_sd_deg))))

    def solve_pairs(self, first: IndexArray, second: IndexArray) -> FloatArray:
        """(p, 2) tilt and turn of every pair, as tangents."""
        rows = np.stack([self.normal[:, 0], -self.offset], axis=1) / self.sd[:, None]
        right = -self.normal[:, 1] / self.sd
        left = rows[:, :, None] * rows[:, None, :]
        matrix = left[first] + left[second] + np.diag([1e-6, self.turn_sd**-2])
        vector = (rows * right[:, None])[first] + (rows * right[:, None])[second]
        return np.asarray(np.linalg.solve(matrix, vector[..., None])[..., 0])

    def misses(self, points: FloatArray) -> FloatArray:
        """(p, n) how far each line misses each point, in its own errors."""
        angle = points[:, :1] * self.normal[:, 0] + self.normal[:, 1] - points[:, 1:] * self.offset
        return np.asarray(angle / self.sd)

    def support(self, points: FloatArray) -> FloatArray:
        """(p,) sum over things of the best line's weight, less what the turn is unlikely."""
        worth = np.maximum(1 - (self.misses(points) / TOLERANCE) ** 2, 0) * (np.radians(PLUMB_DEG) / self.sd) ** 2
        apart: FloatArray = np.maximum.reduceat(worth, self.start, axis=1).sum(1)
        return apart - 0.1 * (points[:, 1] / self.turn_sd) ** 2

    def fan(self, point: FloatArray) -> Fan | None:
        """The weighted fit through the lines that agree with `point`, one vote a thing; None when they are too few."""
        for _ in range(5):
            inside = np.flatnonzero(np.abs(self.misses(point[None])[0]) < TOLERANCE)
            if len(inside) < FEWEST_THINGS:
                return None
            starts = _starts(self.place[inside])
            count = np.diff([*starts, len(inside)])
            weight = 1 / (self.sd[inside] ** 2 * np.repeat(count, count))
            rows = np.stack([self.normal[inside, 0], -self.offset[inside]], axis=1)
            matrix = (rows * weight[:, None]).T @ rows + np.diag([0.0, self.turn_sd**-2])
            point = np.linalg.solve(matrix, rows.T @ (weight * -self.normal[inside, 1]))
        if len(starts) < FEWEST_THINGS:
            return None
        misfit = float((weight * (self.misses(point[None])[0, inside] * self.sd[inside]) ** 2).sum()) / (len(starts) - 2)
        sd_deg = np.degrees(np.sqrt(np.diag(np.linalg.inv(matrix)) * max(1.0, misfit)))
        tilt_deg, turn_deg = np.degrees(np.arctan(point))
        span = float(np.ptp(self.place[inside]))
        return Fan(float(tilt_deg), float(sd_deg[0]), float(turn_deg), float(sd_deg[1]), len(inside), len(starts), span)


def _starts(place: FloatArray) -> IndexArray:
    """Index of the first line of each thing: those within APART of its first line belong to it."""
    starts, begun = [], -np.inf
    for i, x in enumerate(place):
        if x - begun > APART / FOCAL_OF_LONGER_SIDE:
            starts.append(i)
            begun = x
    return np.asarray(starts)
