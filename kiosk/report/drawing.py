"""Small pictures of the typical stride as inline SVG: one moment, left and right leg told apart by their lines.

What must not go in: words, and which finding gets which moment.
"""

import numpy as np

from kiosk.domain import FloatArray, Moment, Side, TypicalStride, View
from kiosk.pose.keypoints import BONES, LEFT, NOSE, OF_SIDE, RIGHT

SCALE = 60
"""Units of the drawing a leg length."""
EDGE = 0.18
"""Air around the runner, leg lengths (our choice)."""
HEAD = 0.11
"""Radius of the drawn head, leg lengths (our choice)."""

LOOKS = {
    Side.LEFT: 'class="left" stroke="#0a4f9e" stroke-width="4"',
    Side.RIGHT: 'class="right" stroke="#b3440b" stroke-width="4" stroke-dasharray="7 5"',
    None: 'class="trunk" stroke="#333" stroke-width="3"',
}
"""Left a whole line, right a broken one, so that it also shows without colour."""
MARK = 'class="mark" stroke="#ffd23f" stroke-width="13" stroke-opacity="0.75"'


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
    """The runner at this phase of the stride.

    Args:
        stride: typical stride.
        phase: 0 to 1.
        marks: pairs of keypoints whose line is marked.
        title: what the picture shows, for readers who do not see it.
    """
    points = stride.xy[round(phase * len(stride.xy)) % len(stride.xy)] * SCALE
    left, top, width, height = _frame(stride.xy * SCALE)
    lines = [_line(points, pair, MARK) for pair in marks]
    lines += [_line(points, pair, LOOKS[_side_of(pair)]) for pair in sorted(BONES, key=lambda pair: _is_near(stride.view, pair))]
    box = f"{left:.0f} {top:.0f} {width:.0f} {height:.0f}"
    return (
        f'<svg class="figure" viewBox="{box}" role="img" aria-label="{title}" fill="none" stroke-linecap="round">'
        f"{''.join(lines)}{_head(points)}</svg>"
    )


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


def _line(points: FloatArray, pair: tuple[int, int], looks: str) -> str:
    a, b = points[pair[0]], points[pair[1]]
    if not np.isfinite([a, b]).all():
        return ""
    return f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" {looks}/>'


def _head(points: FloatArray) -> str:
    """A ring around the ears and, where it is seen, the nose, on a neck."""
    seen = points[[NOSE, LEFT["ear"], RIGHT["ear"]]]
    seen = seen[np.isfinite(seen).all(axis=1)]
    if not len(seen):
        return ""
    (x, y), radius = seen.mean(axis=0), HEAD * SCALE
    base = (points[LEFT["shoulder"]] + points[RIGHT["shoulder"]]) / 2
    towards = np.array([x, y]) - base
    top = base + towards * max(0.0, 1 - radius / max(float(np.hypot(*towards)), 1.0))
    neck = (
        f'<line x1="{base[0]:.1f}" y1="{base[1]:.1f}" x2="{top[0]:.1f}" y2="{top[1]:.1f}" {LOOKS[None]}/>' if np.isfinite(top).all() else ""
    )
    return f'{neck}<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {LOOKS[None]}/>'
