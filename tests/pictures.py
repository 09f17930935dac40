"""Pictures that tests change in known ways."""

import cv2
import numpy as np

from kiosk.domain import ImageBgr


def turned(image: ImageBgr, roll_deg: float) -> ImageBgr:
    """The picture as a camera sees it that needs `roll_deg` clockwise to be upright; enlarged so that no border shows."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), roll_deg, 1 + 1.6 * abs(np.sin(np.radians(roll_deg))))
    return np.asarray(cv2.warpAffine(image, matrix, (width, height)), np.uint8)
