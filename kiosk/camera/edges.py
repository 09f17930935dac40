"""A coarse map of where edges stand in a still picture and which way they run, and where one map lies on another.

What must not go in: what a shift means, files. Method: correlation of gradient directions by the Fourier transform (Fitch et al. 2002,
doi:10.5244/C.16.14), with the angle doubled, so that an edge stays the same when the light turns dark on bright into bright on dark;
what moves in either picture is left out, and every overlap is scaled by what lies in it (Padfield 2012, doi:10.1109/TIP.2011.2181402).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Directions = NDArray[np.int8]
Complex = NDArray[np.complexfloating[Any, Any]]

LONGER_SIDE = 160
"""Places along the longer side of a map (our choice: a hundredth of the picture is 1.6 places; a head at 3 m is five places, no face)."""
DIRECTIONS = 32
"""Directions that are told apart, each 6° of half a turn (our choice: coarser ones pull a small turn towards none)."""
EDGE = 6.0
"""Grey levels a place by which an edge stands out, in a picture whose grey levels have the standard deviation CONTRAST (our choice:
well above noise and compression); less in a flatter or darker one."""
CONTRAST = 50.0
FLATTEST = 0.1
"""Of CONTRAST; in a still flatter picture edges are noise (our choice)."""
SOFT_PLACES = 1.0
"""Standard deviation of the blur of a map before it is compared: half a place and half a degree must not break an edge (our choice)."""
MOST_SHIFT = 0.3
"""Of each side of the picture (our choice)."""
OVERLAP = 0.35
"""Share of either map's edges that must lie in the overlap (our choice: fewer agree by chance)."""
RIVAL_PLACES = 4
"""Places closer than this are one (our choice)."""


@dataclass(frozen=True, eq=False)
class EdgeMap:
    """Where edges stand."""

    direction: Directions
    """(rows, columns) 0 to DIRECTIONS - 1, half a turn around; -1: no edge there."""
    known: Mask
    """(rows, columns) False where something moved, or no picture was."""

    @property
    def edges(self) -> float:
        """Share of the known places with an edge; 0 when nothing is known."""
        return float((self.direction >= 0).sum() / max(1, self.known.sum()))


@dataclass(frozen=True)
class Fit:
    """The best place of one map on another."""

    right: float
    """Places to the right, to a part of a place."""
    down: float
    score: float
    """Correlation, -1 to 1."""
    rival: float
    """The best correlation of any place further than RIVAL_PLACES away."""


def edge_map(grey: Grey, still: Mask, turn_deg: float = 0.0) -> EdgeMap:
    """The map of a picture.

    Args:
        grey: (height, width) picture.
        still: (height, width) False where something moved.
        turn_deg: the picture is turned clockwise by so much first.
    """
    height, width = grey.shape
    scale = LONGER_SIDE / max(height, width)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -turn_deg, 1.0)  # its positive angles are counter-clockwise
    smooth = cv2.GaussianBlur(grey, (0, 0), max(0.5 / scale, 0.1))
    turned = cv2.warpAffine(smooth, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    seen = cv2.warpAffine(still.astype(np.uint8) * 255, matrix, (width, height))
    small = cv2.resize(turned, size, interpolation=cv2.INTER_AREA)
    seen = (cv2.resize(seen, size, interpolation=cv2.INTER_AREA) > 250).astype(np.uint8)
    known = cv2.erode(seen, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=(0,)) > 0
    x, y = (cv2.Sobel(small, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    strong = np.hypot(x, y) > EDGE * max(FLATTEST, float(small.std()) / CONTRAST)
    doubled = np.angle((x + 1j * y) ** 2) / (2 * np.pi) * DIRECTIONS
    return EdgeMap(np.where(strong & known, np.rint(doubled) % DIRECTIONS, -1).astype(np.int8), np.asarray(known))


def best_fit(then: EdgeMap, now: EdgeMap) -> Fit:
    """Where `then` lies on `now`.

    Raises:
        ValueError: the maps have different sizes.
    """
    if then.known.shape != now.known.shape:
        raise ValueError(f"expected maps of one size, got {then.known.shape} and {now.known.shape}")
    field = _scores(then, now)
    row, column = np.unravel_index(int(field.argmax()), field.shape)
    rows, columns = np.mgrid[: field.shape[0], : field.shape[1]]
    far = np.maximum(abs(rows - row), abs(columns - column)) > RIVAL_PLACES
    down, more_down = _top(field[max(0, row - 1) : row + 2, column])
    right, more_right = _top(field[row, max(0, column - 1) : column + 2])
    middle, score = (np.array(field.shape) // 2), float(field[row, column]) + more_down + more_right
    return Fit(float(column + right - middle[1]), float(row + down - middle[0]), score, float(field[far].max(initial=-1.0)))


def _scores(then: EdgeMap, now: EdgeMap) -> FloatArray:
    """Correlation at every shift up to MOST_SHIFT, no shift in the middle; -1 where too little overlaps."""
    a, b = _soft(then), _soft(now)
    rows, columns = a.shape
    spectra = [np.fft.fft2(part, (2 * rows, 2 * columns)) for part in (a, b, np.abs(a) ** 2, np.abs(b) ** 2, then.known, now.known)]

    def across(first: int, second: int) -> FloatArray:
        return np.asarray(np.fft.ifft2(np.conj(spectra[first]) * spectra[second]).real)

    shared, then_there, now_there = across(0, 1), across(2, 5), across(4, 3)
    enough = (then_there > OVERLAP * (np.abs(a) ** 2).sum()) & (now_there > OVERLAP * (np.abs(b) ** 2).sum())
    score = np.where(enough, shared / np.sqrt(np.maximum(then_there * now_there, 1e-9)), -1.0)
    down, right = int(MOST_SHIFT * rows), int(MOST_SHIFT * columns)
    return np.asarray(np.roll(score, (down, right), (0, 1))[: 2 * down + 1, : 2 * right + 1])


def _soft(edges: EdgeMap) -> Complex:
    """The map as unit numbers at the doubled angle, a little blurred, 0 where nothing is known."""
    flat = np.where(edges.direction >= 0, np.exp(2j * np.pi * edges.direction / DIRECTIONS), 0)
    real, imaginary = (cv2.GaussianBlur(np.ascontiguousarray(part), (0, 0), SOFT_PLACES) for part in (flat.real, flat.imag))
    return np.asarray((real + 1j * imaginary) * edges.known)


def _top(three: FloatArray) -> tuple[float, float]:
    """Where between -0.5 and 0.5 a parabola through three values has its top, and how far it is above the middle one; 0, 0 at a border."""
    if len(three) < 3 or three.min() <= -1.0:
        return 0.0, 0.0
    slope, bend = (three[2] - three[0]) / 2, three[0] - 2 * three[1] + three[2]
    at = float(np.clip(-slope / bend, -0.5, 0.5)) if bend < 0 else 0.0
    return at, float(slope * at + bend * at * at / 2)
