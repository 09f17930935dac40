"""The folded signals that metrics read: angles and distances of the runner over the stride, each folded once.

What must not go in: which metric is made of them, and what may be trusted.
"""

from collections.abc import Callable, Iterable

import numpy as np

from kiosk.domain import FloatArray, Side, Stride, View
from kiosk.gait.geometry import FORWARD, UP, flexion_deg, from_vertical_deg, thigh_deg
from kiosk.gait.legs import head_seen
from kiosk.gait.strides import Folded, Gait

PerStride = dict[Side | None, FloatArray]
"""Values of one metric, one a stride; key None for metrics without sides (then strides of the reference foot)."""

ARM_HARMONICS = 4
"""Arms swing smoothly: enough for their path, too few to learn the noise of a half-hidden elbow (our choice)."""
LINE_HARMONICS = 3
"""Of the stride, for the lines through hips and shoulders: they turn and dip once and twice a stride (our choice)."""


def reference_side(gait: Gait) -> Side:
    """The foot whose strides cut signals without sides: the near one in side views."""
    near = Side.LEFT if gait.body.view is View.LEFT else Side.RIGHT
    return near if near in gait.feet else near.other


def reference(gait: Gait) -> tuple[Stride, ...]:
    """The strides of that foot."""
    return gait.strides[reference_side(gait)]


def trunk(gait: Gait) -> Folded:
    """Mid-hip -> mid-shoulder from vertical, degrees: forward in side views, to the runner's right in the others."""
    return gait.folded("trunk", lambda: from_vertical_deg(gait.body.mid("hip"), gait.body.mid("shoulder")))


def head(gait: Gait) -> Folded:
    """Mid-shoulder -> mid-ear from vertical, degrees."""
    return gait.folded("head", lambda: from_vertical_deg(gait.body.mid("shoulder"), gait.body.mid("ear")))


def leg_line(gait: Gait, side: Side) -> Folded:
    """Ankle -> mid-hip from vertical, degrees."""
    return gait.folded(f"leg line {side}", lambda: from_vertical_deg(gait.points(side, "ankle"), gait.body.mid("hip")))


def ankle_ahead(gait: Gait, side: Side) -> Folded:
    """(ankle - mid-hip) along the first axis, leg lengths; in side views as a camera square to the treadmill would see it."""
    return gait.folded(f"ankle {side}", lambda: gait.scale * (gait.points(side, "ankle") - gait.body.mid("hip"))[:, FORWARD])


def shank(gait: Gait, side: Side) -> Folded:
    """Ankle ahead of the knee, from vertical, degrees."""
    return gait.folded(f"shank {side}", lambda: thigh_deg(gait.points(side, "knee"), gait.points(side, "ankle")))


def knee(gait: Gait, side: Side) -> Folded:
    """Knee flexion, degrees, 0 when straight."""
    return gait.folded(f"knee {side}", lambda: flexion_deg(*(gait.points(side, part) for part in ("hip", "knee", "ankle"))))


def thigh(gait: Gait, side: Side) -> Folded:
    """Hip -> knee ahead of vertical, degrees."""
    return gait.folded(f"thigh {side}", lambda: thigh_deg(gait.points(side, "hip"), gait.points(side, "knee")))


def arm(gait: Gait, side: Side) -> Folded:
    """Shoulder -> elbow ahead of the trunk line, degrees."""

    def samples() -> FloatArray:
        line = from_vertical_deg(gait.body.mid("hip"), gait.body.mid("shoulder"))
        return thigh_deg(gait.points(side, "shoulder"), gait.points(side, "elbow")) + line

    return gait.folded(f"arm {side}", samples, ARM_HARMONICS)


def elbow(gait: Gait, side: Side) -> Folded:
    """Angle shoulder-elbow-wrist, degrees, 180 when straight."""
    return gait.folded(f"elbow {side}", lambda: 180.0 - flexion_deg(*(gait.points(side, part) for part in ("shoulder", "elbow", "wrist"))))


def level(gait: Gait) -> Folded:
    """Height of the runner over a step, leg lengths, from hip and head together (docs/metrics.md, bounce)."""

    def samples() -> FloatArray:
        hip, ear = gait.body.mid("hip")[:, UP], gait.body.mid("ear")[:, UP]
        return ((hip + 2 * ear) / 3 if head_seen(gait.body) else hip) / gait.leg_px

    return gait.folded("level", samples, 3, per_step=True)


def line_tilt(gait: Gait, part: str) -> Folded:
    """Line through both hips or shoulders, degrees, positive when the left end is higher."""

    def samples() -> FloatArray:
        across = gait.points(Side.LEFT, part) - gait.points(Side.RIGHT, part)
        return np.asarray(np.degrees(np.arctan2(across[:, UP], np.abs(across[:, FORWARD]))))

    return gait.folded(f"{part} line", samples, LINE_HARMONICS)


def wrist_past_middle(gait: Gait, side: Side) -> Folded:
    """How far the wrist is past the line mid-hip to mid-shoulder at its own height, shoulder widths."""

    def samples() -> FloatArray:
        hip, shoulder, wrist = gait.body.mid("hip"), gait.body.mid("shoulder"), gait.points(side, "wrist")
        tall = shoulder[:, UP] - hip[:, UP]
        share = (wrist[:, UP] - hip[:, UP]) / np.where(tall > 0, tall, np.nan)
        middle = hip[:, FORWARD] + share * (shoulder - hip)[:, FORWARD]
        outward = (wrist[:, FORWARD] - middle) * (1 if side is Side.RIGHT else -1)
        width = np.abs((gait.points(Side.LEFT, "shoulder") - gait.points(Side.RIGHT, "shoulder"))[:, FORWARD])
        known = width[np.isfinite(width)]
        return np.asarray(-outward / max(float(np.median(known)), 1.0) if known.size else np.full(len(width), np.nan))

    return gait.folded(f"wrist {side}", samples, ARM_HARMONICS)


def ask_for_all(gait: Gait) -> None:
    """Ask for every signal of this view, so that they are folded together."""
    wanted: list[tuple[Callable[[Gait, Side], Folded], Iterable[Side]]]
    if gait.body.view.is_side:
        trunk(gait), head(gait), level(gait)
        wanted = [(signal, gait.feet) for signal in (ankle_ahead, shank, knee, leg_line)]
        wanted += [(thigh, Side), (arm, near_side(gait)), (elbow, near_side(gait))]
    else:
        trunk(gait), line_tilt(gait, "shoulder"), line_tilt(gait, "hip")
        wanted = [(signal, gait.feet) for signal in (ankle_ahead, wrist_past_middle)]
    for signal, sides in wanted:
        for side in sides:
            signal(gait, side)


def near_side(gait: Gait) -> tuple[Side, ...]:
    """In side views the side that faces the camera, if its foot was found; the trunk hides the other arm."""
    return tuple(side for side in gait.feet if side.value == gait.body.view.value)


def both(gait: Gait, measure: Callable[[Side], FloatArray]) -> PerStride:
    """One array a side, for the feet that were found."""
    return {side: measure(side) for side in gait.feet}


def steps_of(gait: Gait) -> list[tuple[float, float]]:
    """(time of the right step, of the left step) of each stride of the reference foot, s; NaN where the other contact is missing."""
    side = reference_side(gait)
    other = gait.strides.get(side.other, ())
    others = np.array([s.start_s for s in other] + [s.end_s for s in other[-1:]])
    out = []
    for stride in gait.strides[side]:
        inside = others[(others > stride.start_s) & (others < stride.end_s)]
        first, second = (inside[0] - stride.start_s, stride.end_s - inside[0]) if len(inside) == 1 else (float("nan"), float("nan"))
        out.append((first, second) if side is Side.LEFT else (second, first))
    return out
