"""Store the picture of the self-test: one frame of the bundled clip, cropped as the kiosk crops it, with its keypoints.

    python tools/store_selftest.py

Kept are the keypoints on which Lightning and Thunder agree; the answer is their mean.
"""

import av
import cv2
import numpy as np

from kiosk.config import PoseConfig
from kiosk.data import DEMO_CLIP
from kiosk.domain import Frame
from kiosk.pose.cut import cut
from kiosk.pose.movenet import MODEL_FOLDER, MODELS, MoveNet, Network

SIDE_PX = 256
AT_FRAME = 45
AGREE = 0.015
"""Parts of the picture's side; the self-test allows more than twice this."""


def main() -> None:
    """Write selftest.npz beside the models."""
    networks = [Network(PoseConfig(model=name)) for name in MODELS]
    rgb = _crop(_frame())
    answers = np.stack([n(cv2.resize(rgb, (n.side_px, n.side_px), interpolation=cv2.INTER_AREA))[:, :2] for n in networks])
    agreed = np.abs(answers[0] - answers[1]).max(axis=1) < AGREE
    np.savez_compressed(MODEL_FOLDER / "selftest.npz", rgb=rgb, yx=np.where(agreed[:, None], answers.mean(axis=0), np.nan))
    print(
        f"{agreed.sum()} of 17 keypoints stored; largest difference of the two models {np.abs(answers[0] - answers[1])[agreed].max():.4f}"
    )


def _frame() -> Frame:
    with av.open(str(DEMO_CLIP)) as clip:
        for number, picture in enumerate(clip.decode(video=0)):
            if number == AT_FRAME:
                return Frame(0.0, picture.to_ndarray(format="bgr24"))
    raise SystemExit(f"the clip has fewer than {AT_FRAME} frames")


def _crop(frame: Frame) -> np.ndarray:
    finder = MoveNet(PoseConfig(model="thunder"), check=False)
    for _ in range(3):
        finder.estimate(frame)
    rgb = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    cut(frame.image_bgr, finder.square(frame), rgb)
    return rgb


if __name__ == "__main__":
    main()
