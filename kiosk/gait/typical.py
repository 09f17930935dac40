"""The typical stride: the median-like path of every keypoint over one stride, for slow motion and pictures.

Metrics do not use it. What must not go in: drawing, and which moment a picture shows.
"""

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, Side, TypicalStride, View
from kiosk.gait.analysis import analyse
from kiosk.gait.events import FootPhases
from kiosk.gait.folding import HARMONICS, fold_all
from kiosk.gait.geometry import Setting, to_picture
from kiosk.gait.signals import ARM_HARMONICS, LINE_HARMONICS
from kiosk.gait.strides import Gait
from kiosk.pose.keypoints import COUNT, LEFT, RIGHT, SEEN_SCORE

PHASES = 60
"""Pictures of one stride: half a degree of the thigh's way apart in the mean; at quarter speed 20 a second (our choice)."""
WIDEST_UNSEEN = 0.25
"""A point that is not seen for longer than this part of a stride has no path: the far wrist behind the trunk (our choice)."""
OF_LEGS = frozenset(table[part] for table in (LEFT, RIGHT) for part in ("knee", "ankle"))
OF_ARMS = frozenset(table[part] for table in (LEFT, RIGHT) for part in ("elbow", "wrist"))


def typical_stride(gait: Gait | None) -> TypicalStride | None:
    """Every keypoint relative to mid-hip, folded over the stride robustly.

    Args:
        gait: of `Analysis.gait`: legs told apart, points moved to the joints, phase followed. None gives None.

    Returns:
        60 phases from the left foot's contact (where it is not known: half a stride before the right one's); None when no foot's
        events are known or no leg was seen. Points that were hardly seen are NaN.
    """
    if gait is None or not gait.feet:
        return None
    start = _start(gait.feet)
    phases = start + np.arange(PHASES) / PHASES
    paths = _paths(gait, phases)
    if not np.isfinite(paths[:, sorted(OF_LEGS)]).any():
        return None
    return TypicalStride(
        view=gait.body.view,
        xy=to_picture(paths, gait.body.view) / gait.leg_px,
        duration_s=1 / gait.legs.stride_hz,
        contact={side: (foot.contact - start) % 1.0 for side, foot in gait.feet.items()},
        toe_off={side: (foot.toe_off - start) % 1.0 for side, foot in gait.feet.items()},
        strides=max(len(strides) for strides in gait.strides.values()),
    )


def typical_stride_of(series: PoseSeries, view: View, setting: Setting = Setting()) -> TypicalStride | None:  # noqa: B008 (frozen)
    """The same of one span of poses; None when it is refused. Where an analysis is at hand, its gait saves this one."""
    return typical_stride(analyse(series, view, setting).gait)


def _start(feet: dict[Side, FootPhases]) -> float:
    """Phase of the left foot's contact."""
    return feet[Side.LEFT].contact if Side.LEFT in feet else feet[Side.RIGHT].contact - 0.5


def _paths(gait: Gait, phases: FloatArray) -> FloatArray:
    """(phases, 17, 2) every keypoint from the mid-hip, pixels forward and up; NaN when it was hardly seen."""
    body = gait.body
    off = body.xy - body.mid("hip")[:, None]
    seen = np.isfinite(off).all(axis=2) & (body.score > SEEN_SCORE)
    samples = np.where(seen[..., None], off, np.nan).reshape(len(off), -1).T
    curves = fold_all(gait.legs.phases, samples, harmonics=[_harmonics(point) for point in range(COUNT) for _ in range(2)])
    unknown = np.full(len(phases), np.nan)
    along = [curve.along(phases) if curve is not None and curve.gap <= WIDEST_UNSEEN else unknown for curve in curves]
    return np.asarray(np.stack(along, axis=1).reshape(len(phases), COUNT, 2))


def _harmonics(point: int) -> int:
    """How sharply a point may turn: feet most, the trunk least, as where metrics are read (signals.py)."""
    return HARMONICS if point in OF_LEGS else ARM_HARMONICS if point in OF_ARMS else LINE_HARMONICS
