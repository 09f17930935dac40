"""The 17 keypoints in COCO order, and which of them belong to which side.

Names only: no geometry (that is gait) and no network (that is movenet).
"""

from kiosk.domain import Side

NAMES = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""COCO keypoint order, which MoveNet uses."""

COUNT = len(NAMES)
NOSE = 0
LEFT = {"eye": 1, "ear": 3, "shoulder": 5, "elbow": 7, "wrist": 9, "hip": 11, "knee": 13, "ankle": 15}
RIGHT = {part: index + 1 for part, index in LEFT.items()}
OF_SIDE = {Side.LEFT: LEFT, Side.RIGHT: RIGHT}
SHOULDERS, HIPS = (LEFT["shoulder"], RIGHT["shoulder"]), (LEFT["hip"], RIGHT["hip"])
TORSO = (*SHOULDERS, *HIPS)

SEEN_SCORE = 0.2
"""Below this score a point counts as not seen: the threshold of the published MoveNet cropping procedure (TensorFlow Hub
tutorial "MoveNet: Ultra fast and accurate pose detection model")."""

BONES = (
    (5, 7),
    (7, 9),
    (6, 8),
    (8, 10),
    (5, 6),
    (5, 11),
    (6, 12),
    (11, 12),
    (11, 13),
    (13, 15),
    (12, 14),
    (14, 16),
)
"""Pairs of keypoints that are drawn as a line."""
