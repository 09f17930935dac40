"""Small pictures of the typical stride: one moment, left and right leg told apart by their lines.

What must not go in: words, and which finding gets which moment.
"""

import numpy as np

from kiosk.domain import FloatArray, Moment, Side, TypicalStride, View
from kiosk.pose.keypoints import BONES, LEFT, NOSE, OF_SIDE, RIGHT
from kiosk.report.vectors import Circle, Drawing, Line, Look, svg

SCALE = 60
"""Units of the drawing a leg length."""
EDGE = 0.18
"""Air around the runner, leg lengths (our choice)."""
HEAD = 0.11
"""Radius of the drawn head, leg lengths (our choice)."""

LOOKS = {
    Side.LEFT: Look("left", "#0a4f9e", 4),
    Side.RIGHT: Look("right", "#b3440b", 4, dash=(7, 5)),
    None: Look("trunk", "#333333", 3),
}
"""Left a whole line, right a broken one, so that it also shows without colour."""
MARK = Look("mark", "#ffd23f", 13, opacity=0.75)


def moment_phase(stride: TypicalStride, moment: Moment, side: Side) -> float | None:
    """Phase of the moment for this foot, 0 to 1; None when its events are not known or there is no such moment."""
    contact, toe_off = stride.contact.get(side), stride.toe_off.get(side)
    if moment is Moment.SWING:
        return _knee_most_bent(stride, side)
    if contact is None or toe_off is None or moment is Moment.WHOLE:
        return None
    stance = (toe_off - contact) % 1.0
    return {Moment.CONTACT: contact, Moment.MIDSTANCE: contact + stance / 2, Moment.TOE_OFF: toe_off}[moment] % 1.0


def shown_side(stride: TypicalStride, side: Side | None) -> Side:
    """The side that is drawn: the one that is out, else the one that faces the camera, else the left."""
    return side or (Side.RIGHT if stride.view is View.RIGHT else Side.LEFT)


def figure(stride: TypicalStride, phase: float, marks: tuple[tuple[int, int], ...] = (), title: str = "") -> str:
    """`sketch` as inline SVG."""
    return svg(sketch(stride, phase, marks, title))


def sketch(stride: TypicalStride, phase: float, marks: tuple[tuple[int, int], ...] = (), title: str = "") -> Drawing:
    """The runner at this phase of the stride.

    Args:
        stride: typical stride.
        phase: 0 to 1.
        marks: pairs of keypoints whose line is marked.
        title: what the picture shows, for readers who do not see it; plain text.
    """
    points = stride.xy[round(phase * len(stride.xy)) % len(stride.xy)] * SCALE
    bones = sorted(BONES, key=lambda pair: _is_near(stride.view, pair))
    lines = [*((pair, MARK) for pair in marks), *((pair, LOOKS[_side_of(pair)]) for pair in bones)]
    drawn = (line for pair, look in lines for line in _line(points, pair, look))
    return Drawing(*_frame(stride.xy * SCALE), (*drawn, *_head(points)), title)


def _knee_most_bent(stride: TypicalStride, side: Side) -> float | None:
    """Where knee and ankle are so that hip and ankle are nearest."""
    at = OF_SIDE[side]
    reach = np.linalg.norm(stride.xy[:, at["ankle"]] - stride.xy[:, at["hip"]], axis=1)
    return float(np.nanargmin(reach)) / len(reach) if np.isfinite(reach).any() else None


def _frame(points: FloatArray) -> tuple[float, float, float, float]:
    """Left, top, width, height of the whole stride, so that all its pictures have one scale."""
    low, high = np.nanmin(points, axis=(0, 1)) - EDGE * SCALE, np.nanmax(points, axis=(0, 1)) + EDGE * SCALE
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _side_of(pair: tuple[int, int]) -> Side | None:
    return next((side for side, table in OF_SIDE.items() if set(pair) <= set(table.values())), None)


def _is_near(view: View, pair: tuple[int, int]) -> bool:
    """True for the side that faces the camera: it is drawn last."""
    side = _side_of(pair)
    return side is not None and side.value == view.value


def _line(points: FloatArray, pair: tuple[int, int], look: Look) -> tuple[Line, ...]:
    """None where an end is not known."""
    a, b = points[pair[0]], points[pair[1]]
    return (_between(a, b, look),) if np.isfinite([a, b]).all() else ()


def _between(a: FloatArray, b: FloatArray, look: Look) -> Line:
    return Line((float(a[0]), float(a[1])), (float(b[0]), float(b[1])), look)


def _head(points: FloatArray) -> tuple[Line | Circle, ...]:
    """A ring around the ears and, where it is seen, the nose, on a neck."""
    seen = points[[NOSE, LEFT["ear"], RIGHT["ear"]]]
    seen = seen[np.isfinite(seen).all(axis=1)]
    if not len(seen):
        return ()
    middle, radius = seen.mean(axis=0), HEAD * SCALE
    base = (points[LEFT["shoulder"]] + points[RIGHT["shoulder"]]) / 2
    towards = middle - base
    top = base + towards * max(0.0, 1 - radius / max(float(np.hypot(*towards)), 1.0))
    neck = (_between(base, top, LOOKS[None]),) if np.isfinite(top).all() else ()
    return (*neck, Circle((float(middle[0]), float(middle[1])), radius, LOOKS[None]))
