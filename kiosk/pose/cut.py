"""The picture that the network gets: a square of the frame, cut out, made smaller and its colours put in order.

What must not go in: which square (crop.py), and the layout and type of tensors (movenet.py).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain import ImageBgr
from kiosk.pose.crop import Square


def cut(image_bgr: ImageBgr, square: Square, out_rgb: NDArray[np.uint8]) -> Square:
    """Fill `out_rgb` (n, n, 3) with the square of the picture, black beyond its edges.

    Only what lies inside the picture is read.

    Returns:
        The square really cut: whole blocks of pixels.
    """
    height, width = image_bgr.shape[:2]
    n = out_rgb.shape[0]
    block = max(round(square.side_px) // (2 * n), 1)
    side = block * max(round(square.side_px / block), 8)
    left, top = block * round(square.left_px / block), block * round(square.top_px / block)
    x0, x1 = _inside(left, left + side, width, block)
    y0, y1 = _inside(top, top + side, height, block)
    if x1 - x0 < 2 * block or y1 - y0 < 2 * block:
        out_rgb[:] = 0
        return Square(left, top, side)
    a0, a1, b0, b1 = (round(v * n / side) for v in (x0 - left, x1 - left, y0 - top, y1 - top))
    a1, b1 = max(a1, a0 + 1), max(b1, b0 + 1)
    if (a0, b0, a1, b1) != (0, 0, n, n):
        out_rgb[:] = 0
    small = _resized(image_bgr[y0:y1, x0:x1], block, a1 - a0, b1 - b0)
    cv2.cvtColor(small, cv2.COLOR_BGR2RGB, dst=out_rgb[b0:b1, a0:a1])
    return Square(left, top, side)


def _resized(picture: ImageBgr, block: int, width: int, height: int) -> cv2.typing.MatLike:
    """The picture at this size; made smaller, each pixel is the average of what it covers.

    OpenCV averages over whole numbers of pixels three times as fast as over others. So it averages blocks as far as they go, reads between
    the pixels at twice the size, and averages two by two: within 1.1 grey levels of 255 (RMS) of the exact average. Reading between the
    pixels alone is faster still, but 2.8 off: then Lightning misses three bars more of docs/accuracy.md.
    """
    if block > 1:
        picture = _scaled(picture, picture.shape[1] // block, picture.shape[0] // block, cv2.INTER_AREA)
    if picture.shape[1] <= width:
        return _scaled(picture, width, height, cv2.INTER_LINEAR)
    return _scaled(_scaled(picture, 2 * width, 2 * height, cv2.INTER_LINEAR), width, height, cv2.INTER_AREA)


def _scaled(picture: ImageBgr, width: int, height: int, how: int) -> ImageBgr:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def _inside(start: int, end: int, size: int, block: int) -> tuple[int, int]:
    """The whole blocks of [start, end) that lie in [0, size); `start` lies on the grid of blocks."""
    first, last = max(start, 0), min(end, size)
    return first, last - max(last - first, 0) % block
