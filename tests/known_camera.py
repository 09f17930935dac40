"""What a camera and a network would make of the made-up runner: pinhole picture, noise, lost points, exchanged legs."""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, View
from kiosk.pose.keypoints import LEFT, RIGHT
from known_runner import KnownRunner

TOWARDS_RUNNER = {
    View.RIGHT: (0.0, 0.0, -1.0),
    View.LEFT: (0.0, 0.0, 1.0),
    View.FRONT: (-1.0, 0.0, 0.0),
    View.REAR: (1.0, 0.0, 0.0),
}
"""Which way a straight camera looks: x forward, y up, z to the runner's right."""
UP_AXIS = np.array([0.0, 1.0, 0.0])
SEEN, HIDDEN = 0.8, 0.05
"""Scores of a point that is seen and of one that is guessed behind the trunk."""


@dataclass(frozen=True)
class Camera:
    """A level pinhole camera that looks at the runner."""

    view: View
    distance_m: float = 3.0
    height_m: float = 1.0
    yaw_deg: float = 0.0
    """It stands this far round the runner from the straight view, anticlockwise seen from above."""
    roll_deg: float = 0.0
    """Its picture must be turned clockwise by this to be upright, as `Setting.roll_deg`."""
    focal_px: float = 680.0
    width: int = 640
    height: int = 480

    def project(self, xyz: FloatArray) -> FloatArray:
        """(..., 2) pixels of (..., 3) metres."""
        yaw = np.radians(self.yaw_deg)
        x, _, z = TOWARDS_RUNNER[self.view]
        ahead = np.array([x * np.cos(yaw) + z * np.sin(yaw), 0.0, z * np.cos(yaw) - x * np.sin(yaw)])
        offset = xyz - (self.height_m * UP_AXIS - self.distance_m * ahead)
        depth = offset @ ahead
        right, down = offset @ np.cross(ahead, UP_AXIS) / depth, -(offset @ UP_AXIS) / depth
        roll = np.radians(self.roll_deg)
        u = right * np.cos(roll) + down * np.sin(roll)
        v = down * np.cos(roll) - right * np.sin(roll)
        return np.stack([self.focal_px * u + self.width / 2, self.focal_px * v + self.height / 2], axis=-1)


@dataclass(frozen=True)
class Network:
    """What goes wrong between picture and keypoints."""

    noise_px: float = 0.0
    dropped: float = 0.0
    """Share of all points that are missing."""
    exchanged: float = 0.0
    """Share of the frames in which the legs have changed places."""
    far_arm: bool = True
    """False: the arm behind the trunk is missing in side views."""
    seed: int = 5

    def see(self, t_s: FloatArray, xy_px: FloatArray, camera: Camera) -> PoseSeries:
        """The keypoints it gives for true places, (n, 17, 2)."""
        rng = np.random.default_rng(self.seed)
        xy = xy_px + rng.normal(0.0, 1.0, xy_px.shape) * self.noise_px
        wrong = rng.uniform(size=len(xy)) < self.exchanged
        for part in ("knee", "ankle"):
            left, right = xy[:, LEFT[part]].copy(), xy[:, RIGHT[part]].copy()
            xy[wrong, LEFT[part]], xy[wrong, RIGHT[part]] = right[wrong], left[wrong]
        score = np.full(xy.shape[:2], SEEN)
        missing = rng.uniform(size=score.shape) < self.dropped
        if camera.view.is_side and not self.far_arm:
            far = RIGHT if camera.view is View.LEFT else LEFT
            missing[:, [far["elbow"], far["wrist"]]] = True
        xy[missing], score[missing] = np.nan, HIDDEN
        return PoseSeries(t_s, xy.astype(np.float32), score.astype(np.float32), camera.width, camera.height)


def record(runner: KnownRunner, t_s: FloatArray, camera: Camera, network: Network = Network()) -> PoseSeries:
    """The runner as this camera and this network see it at these times, seconds."""
    return network.see(t_s, camera.project(runner.joints(t_s)), camera)
