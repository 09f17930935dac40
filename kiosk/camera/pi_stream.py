"""The stream a Raspberry Pi camera really gives after it was configured, and its pictures as blue, green, red.

Picamera2 silently gives another format, size or line length than was asked for (PLATFORM.md 2). What must not go in: opening,
waiting, or an import of picamera2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain import ImageBgr

WANTED = "RGB888"
"""Picamera2's name for blue, green, red in memory, the order of OpenCV."""

FROM_YUV: Mapping[str, int] = {"NV12": cv2.COLOR_YUV2BGR_NV12, "YUV420": cv2.COLOR_YUV2BGR_I420}
"""Formats that are converted once, on arrival. OpenCV takes them as BT.601 with limited range, which is what Picamera2 asks the camera
for up to 1280x720; above that (BT.709) colours are a little off, which no measure looks at."""

FORMATS = (WANTED, *FROM_YUV)
"""All that can be used."""


@dataclass(frozen=True)
class PiStream:
    """What `camera_configuration()["main"]` said after configure()."""

    format: str
    """Picamera2's name, one of `FORMATS` where the stream can be used."""
    width_px: int
    height_px: int
    stride_bytes: int
    """Length of a line in memory; 0 when the camera does not tell."""

    @property
    def usable(self) -> bool:
        """Its pictures can be brought into blue, green, red; in the YUV formats four pixels share a colour, so sides are even."""
        even = self.width_px % 2 == self.height_px % 2 == 0
        return self.format == WANTED or (self.format in FROM_YUV and even)

    @property
    def size(self) -> str:
        """As people write it, e.g. "640x480"."""
        return f"{self.width_px}x{self.height_px}"

    def bgr(self, array: NDArray[Any]) -> ImageBgr:
        """A picture of the stream without padding.

        Args:
            array: what make_array("main") gave: (height, width, 3) in RGB888; (3/2 height, width) in the YUV formats. Lines may be
                longer: Picamera2 leaves the padding of YUV420 in, as there the colour planes have half of it.

        Returns:
            (height, width, 3), contiguous, blue, green, red.

        Raises:
            ValueError: the array is too small for the stream, has another number of axes or is not of bytes.
        """
        lines = self.height_px if self.format == WANTED else self.height_px * 3 // 2
        colours = (3,) if self.format == WANTED else ()
        wide_enough = array.ndim >= 2 and array.shape[0] >= lines and array.shape[1] >= self.width_px
        if not (wide_enough and array.shape[2:] == colours and array.dtype == np.uint8):
            raise ValueError(f"an array of shape {array.shape} and type {array.dtype} is no picture of {self.size} in {self.format}")
        whole = array if self.format == WANTED else cv2.cvtColor(array[:lines], FROM_YUV[self.format])
        return np.ascontiguousarray(whole[: self.height_px, : self.width_px])


def stream_of(configured: Mapping[str, Any]) -> PiStream:
    """The stream that camera_configuration()["main"] describes."""
    width_px, height_px = (int(side) for side in configured["size"])
    return PiStream(str(configured["format"]), width_px, height_px, int(configured.get("stride") or 0))
