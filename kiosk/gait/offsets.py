"""Where the network's points lie beside the joints, and the way back: one table, one cause for all of it.

Networks learn the points that people click in pictures: the top of the shoulder, the crest side of the hip, the outer ankle bone.
Metrics are about joint centres. The difference is a property of the pictures' labels, not of a runner, and lies fixed in the body:
it is given along and across a bone and moves with it.
"""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, Side
from kiosk.gait.geometry import Body
from kiosk.pose.keypoints import OF_SIDE
from kiosk.words import Phrase

MOVENET = "movenet"
"""The name under which both MoveNet models, Lightning and Thunder, find their offsets: they learnt from the same labels."""


@dataclass(frozen=True)
class Offset:
    """Mean place of the network's point seen from the joint, leg lengths."""

    part: str
    start: str
    end: str
    """The bone from start to end that carries the offset; "mid-hip" and "mid-shoulder" make the trunk line."""
    along: float
    """Towards the bone's end."""
    across: float
    """Forward of the bone (side views), outward from the body's middle (front and rear)."""
    cause: str


TOP_OF_SHOULDER = "labels mark the top of the shoulder, the joint lies below it"
FAR_SHOULDER = "the hidden shoulder is marked where it meets the neck"
FRONT_OF_HIP = "labels mark the front of the hip bone, the joint lies behind it"
INNER_HIP = "labels mark the hips where the legs part, the joints lie further out"
ABOVE_ELBOW = "labels mark the outer bump of the upper arm bone, above the joint"
KNEECAP = "labels mark the kneecap, the joint lies behind and below its middle"
ANKLE_BONE = "labels mark the ankle bone, which is above and outside the joint"
EAR = "the network marks the back of the ear"
FAR_EAR = "the hidden ear is marked on the head's visible outline"

SIDE_NEAR = (
    Offset("shoulder", "mid-hip", "mid-shoulder", 0.063, 0.0, TOP_OF_SHOULDER),
    Offset("hip", "mid-hip", "mid-shoulder", 0.0, 0.018, FRONT_OF_HIP),
    Offset("elbow", "shoulder", "elbow", -0.027, 0.0, ABOVE_ELBOW),
    Offset("knee", "hip", "knee", -0.008, 0.007, KNEECAP),
    Offset("ankle", "knee", "ankle", -0.017, -0.007, ANKLE_BONE),
    Offset("ear", "mid-hip", "mid-shoulder", 0.0, -0.020, EAR),
)
SIDE_FAR = (
    Offset("shoulder", "mid-hip", "mid-shoulder", 0.112, 0.0, FAR_SHOULDER),
    Offset("hip", "mid-hip", "mid-shoulder", 0.0, 0.032, FRONT_OF_HIP),
    Offset("knee", "hip", "knee", -0.008, 0.0, KNEECAP),
    Offset("ankle", "knee", "ankle", -0.027, -0.006, ANKLE_BONE),
    Offset("ear", "mid-hip", "mid-shoulder", 0.047, -0.008, FAR_EAR),
)
FACING = (
    Offset("shoulder", "mid-hip", "mid-shoulder", 0.047, 0.0, TOP_OF_SHOULDER),
    Offset("hip", "mid-hip", "mid-shoulder", 0.0, -0.013, INNER_HIP),
    Offset("elbow", "shoulder", "elbow", -0.020, 0.0, ABOVE_ELBOW),
    Offset("ankle", "knee", "ankle", -0.046, 0.017, ANKLE_BONE),
)
"""Means over Lightning and Thunder against the joint centres of 12 rendered runners (7 from the side, 5 from front and behind);
SD over the runners 0.003 to 0.013. Points whose offset scatters as much as its mean are left alone (hip along the trunk,
wrist, the hidden arm). The points that people would click on the same runners, which the rendering knows, are off in the same
directions by 0.02 to 0.03, less at the shoulder."""

BLIND = {
    "pelvic_drop_deg": Phrase(
        "The network does not follow the hip bones: runners with 4 to 9° of drop read -2 to 1°, left and right alike."
        " Let a person watch the runner, or use markers."
    ),
}
"""Metrics that these networks cannot tell, with the reason. Pelvic drop: 5 rendered runners from front and behind, Lightning and Thunder;
one with 9° left and 4° right read 1.2° and 1.2°. Neither the value nor left against right nor its change can be corrected."""


def reason_against(metric: str, network: str) -> str:
    """Why a metric cannot be known from this network's points; "" when it can."""
    return BLIND.get(metric, "") if network == MOVENET else ""


def network_of(made_by: str) -> str:
    """Name of the network whose points these are, from what a recording says about its making; "" for anybody else's points."""
    return MOVENET if any(name in made_by.lower() for name in (MOVENET, "lightning", "thunder")) else ""


def to_joints(body: Body, leg_px: float, network: str) -> Body:
    """The body with its points moved to the joints; the same body for an unknown network ("" for joints and for raw values)."""
    if network != MOVENET or not leg_px > 0:
        return body
    xy = body.xy.copy()
    bones: dict[tuple[str, str, Side | None], FloatArray] = {}
    for side in Side:
        for row in _rows(body, side):
            bone = (row.start, row.end, None if row.start == "mid-hip" else side)  # the trunk line is both sides'
            along = bones[bone] if bone in bones else bones.setdefault(bone, _direction(body, side, row))
            sign = 1.0 if body.view.is_side or side is Side.RIGHT else -1.0
            across = sign * np.stack([along[:, 1], -along[:, 0]], axis=1) * (1.0 if row.start == "mid-hip" else -1.0)
            xy[:, OF_SIDE[side][row.part]] -= leg_px * (row.along * along + row.across * across)
    return Body(body.t_s, xy, body.score, body.view)


def _rows(body: Body, side: Side) -> tuple[Offset, ...]:
    if not body.view.is_side:
        return FACING
    return SIDE_NEAR if side.value == body.view.value else SIDE_FAR


def _direction(body: Body, side: Side, row: Offset) -> FloatArray:
    """(n, 2) unit vector along the bone; NaN where one of its ends is missing."""
    ends = [body.mid(name[4:]) if name.startswith("mid-") else body.xy[:, OF_SIDE[side][name]] for name in (row.start, row.end)]
    bone = ends[1] - ends[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(bone / np.hypot(bone[:, :1], bone[:, 1:]))
