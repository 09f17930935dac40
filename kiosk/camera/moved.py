"""Was the camera moved since it was set up? What stood still then against what stands still now.

A `Reference` keeps no picture: for some 20 000 places only whether an edge stood there and which way it ran (edges.py).
What must not go in: when to look, words, what a move does to the measurement.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.camera.background import Background
from kiosk.camera.edges import LONGER_SIDE, EdgeMap, Fit, best_fit, edge_map
from kiosk.settings import write_whole

FILE_NAME = "camera_reference.json"
"""In the data folder; who deletes it makes the station forget how the camera stood."""
VERSION = 1
FEWEST_EDGES = 0.02
"""Share of the known places with an edge below which a map says nothing: a dark, covered or blank picture (our choice: an eighth of the
emptiest of 14 rooms)."""
LEAST_KNOWN = 0.3
"""Share of the picture that must stand still (our choice)."""
SAME_ROOM = 0.6
"""Correlation from which the two are the same room: 0.72 and more in 14 clips (two of them real) moved by up to 8 % and 6°, at a quarter of
their light and over-exposed by half; 0.53 and less between 27 pairs of rendered gyms, all with the treadmill in the same place."""
RIVAL = 0.92
"""Another shift with this share of the correlation: nothing is told, e.g. before a wall of equal bars. In those clips it was 0.76 and less,
0.85 on the whole picture of a room with long level lines."""
OTHER_ROOM = 0.5
"""Less than this at every shift and turn, with edges enough, is another picture: turned away, or something large stands before it (our
choice: well below SAME_ROOM, as this is said aloud)."""
EDGES_LEFT = 0.5
"""Of the edges then that a picture must have now before it is called another one; with fewer it may be the light (our choice)."""
MOST_TURN_DEG = 12
"""Turns that are tried, by whole degrees, then by halves (our choice: more is seen without us)."""

SHIFT_LIMIT = 0.03
"""Of the picture's width or height: zone and margins still hold with less (our choice: a third of a hand's breadth at the runner; with the
lens of Camera Module 2 it is a turn of 2°, and yaw is harmless up to 12°)."""
TURN_LIMIT_DEG = 1.0
"""A degree of roll is a degree of pelvic drop, and side-to-side metrics are refused from 1° of doubt on (kiosk/gait/tilt.py)."""


class ReferenceFileError(ValueError):
    """A stored reference cannot be read; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Reference:
    """How the still part of the picture lay when the camera was set up."""

    edges: EdgeMap
    width: int
    """Of the camera's picture then, pixels."""
    height: int
    made_utc: str = ""
    """When, ISO 8601; "" when not known. A label: no duration is computed from it."""


@dataclass(frozen=True)
class Moved:
    """How the picture lies now, against then."""

    right: float
    """What stands still lies so much further right than then, parts of the picture's width; NaN for another picture."""
    down: float
    """The same downwards, parts of its height."""
    turn_deg: float
    """Degrees that the picture must now be turned clockwise to lie as then: to be added to the old roll_deg; NaN for another picture."""
    confidence: float
    """0 to 1: correlation of the two maps, or how little they have in common when the picture is another one."""

    @property
    def another_picture(self) -> bool:
        """The camera looks somewhere else, or something large stands before it."""
        return math.isnan(self.turn_deg)

    @property
    def matters(self) -> bool:
        """Far enough that the camera should be set up again."""
        return self.another_picture or max(abs(self.right), abs(self.down)) > SHIFT_LIMIT or abs(self.turn_deg) > TURN_LIMIT_DEG


def reference(background: Background, made_utc: str = "") -> Reference | None:
    """What is kept of a background of some seconds; None when it is too dark, too empty or too much of it moves."""
    still = background.still()
    if still is None:
        return None
    edges = edge_map(*still)
    return Reference(edges, *background.size_px, made_utc) if _says_something(edges) else None


def _says_something(edges: EdgeMap) -> bool:
    return edges.edges >= FEWEST_EDGES and float(edges.known.mean()) >= LEAST_KNOWN


def moved(then: Reference, background: Background) -> Moved | None:
    """How the picture lies now.

    In the 14 clips above: shift within 0.006 of the picture, mostly 0.001, turn within 0.5°. A camera that came nearer
    or went further is not measured: a little reads as no shift, much as another picture.

    Args:
        then: what was stored.
        background: at least some seconds of now.

    Returns:
        None when it cannot be told: too dark or empty, another format of the picture, or several answers fit.
    """
    still = background.still()
    if still is None:
        return None
    upright = edge_map(*still)
    if upright.known.shape != then.edges.known.shape or not _says_something(upright):
        return None
    fits = {float(turn): best_fit(then.edges, edge_map(*still, turn)) for turn in range(-MOST_TURN_DEG, MOST_TURN_DEG + 1)}
    middle = _best(fits)
    fits |= {turn: best_fit(then.edges, edge_map(*still, turn)) for turn in (middle - 0.5, middle + 0.5)}
    turn_deg = _best(fits)
    fit = fits[turn_deg]
    if fit.score >= SAME_ROOM:
        return None if fit.rival > RIVAL * fit.score else _moved(then, fit, _between(fits, turn_deg))
    if fit.score < OTHER_ROOM and upright.edges >= EDGES_LEFT * then.edges.edges:
        return Moved(math.nan, math.nan, math.nan, 1 - max(0.0, fit.score))
    return None


def _best(fits: dict[float, Fit]) -> float:
    return max(fits, key=lambda turn: fits[turn].score)


def _between(fits: dict[float, Fit], best: float) -> float:
    """The turn at the top of a parabola through the best and its neighbours of half or a whole degree."""
    step = next((s for s in (0.5, 1.0) if best - s in fits and best + s in fits), None)
    if step is None:
        return best
    low, top, high = (fits[turn].score for turn in (best - step, best, best + step))
    bend = low - 2 * top + high
    return best + step * float(np.clip((low - high) / (2 * bend), -0.5, 0.5)) if bend < 0 else best


def _moved(then: Reference, fit: Fit, turn_deg: float) -> Moved:
    rows, columns = then.edges.known.shape
    return Moved(fit.right / columns, fit.down / rows, turn_deg, min(1.0, fit.score))


# ---- on the disk -----------------------------------------------------------------------------------------------------

EMPTY, UNKNOWN = ".", "~"
LETTERS = "0123456789abcdefghijklmnopqrstuv"
"""One a direction."""


def save(folder: Path, found: Reference) -> Path:
    """Write the reference into the data folder, whole or not at all; what was there is replaced.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / FILE_NAME
    rows = [
        "".join(_letter(*place) for place in zip(*row, strict=True)) for row in zip(found.edges.direction, found.edges.known, strict=True)
    ]
    content = {"version": VERSION, "made_utc": found.made_utc, "width": found.width, "height": found.height, "rows": rows}
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode(), 0o600)
    return path


def _letter(direction: int, known: bool) -> str:
    return UNKNOWN if not known else EMPTY if direction < 0 else LETTERS[direction]


def load(folder: Path) -> Reference | None:
    """What `save` wrote; None when nothing is stored.

    Raises:
        ReferenceFileError: the file is damaged or of another version.
        OSError: it cannot be read.
    """
    path = folder / FILE_NAME
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        return _read(content)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ReferenceFileError(f"{path}: cannot be used ({error}). Delete it and set up the camera again.") from error


def _read(content: dict[str, Any]) -> Reference:
    if content["version"] != VERSION:
        raise ValueError(f"version {content['version']}, expected {VERSION}")
    rows = [list(row) for row in content["rows"]]
    allowed = {EMPTY, UNKNOWN, *LETTERS}
    if max(len(rows), *map(len, rows)) != LONGER_SIDE or len({len(row) for row in rows}) != 1 or not set().union(*rows) <= allowed:
        raise ValueError(f"its rows are not a map of {LONGER_SIDE} places")
    direction = np.array([[LETTERS.find(letter) for letter in row] for row in rows], np.int8)
    return Reference(EdgeMap(direction, np.array(rows) != UNKNOWN), int(content["width"]), int(content["height"]), str(content["made_utc"]))
