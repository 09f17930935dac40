"""Tiny clips made on the fly, and a Picamera2 without hardware."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from kiosk.camera.fake_picamera2 import FakePicamera2

MakeClip = Callable[..., Path]
MILLISECOND = Fraction(1, 1000)


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """Write a clip with the given times; left half blue, right half red, the upper left corner black at first and brighter with time."""

    def make(
        times_ms: Sequence[int],
        name: str = "clip.mp4",
        size: tuple[int, int] = (64, 48),
        quarter_turn: tuple[int, int, int, int] = (1, 0, 0, 1),
        key_frame_every: int = 250,
    ) -> Path:
        path = tmp_path / name
        options = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
        with av.open(str(path), "w", options=options) as container:
            stream = container.add_stream("libx264", rate=30, options={"g": str(key_frame_every), "bf": "0"})
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = MILLISECOND
            for number, time_ms in enumerate(times_ms):
                frame = av.VideoFrame.from_ndarray(picture(number, size), format="bgr24")
                frame.pts, frame.time_base = time_ms, MILLISECOND
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        if quarter_turn != (1, 0, 0, 1):
            turn(path, quarter_turn)
        return path

    return make


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[:, : size[0] // 2, 0] = 255
    image[:, size[0] // 2 :, 2] = 255
    image[: size[1] // 4, : size[0] // 4] = min(255, 10 * number)
    return image


def turn(path: Path, abcd: tuple[int, int, int, int]) -> None:
    """Write a display matrix into the track header (ISO 14496-12, 8.3.2) as a phone does."""
    a, b, c, d = abcd
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 40
    data[at : at + 36] = np.array([a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30], ">i4").tobytes()
    path.write_bytes(data)


@pytest.fixture
def fake() -> type[FakePicamera2]:
    """A fake of its own for each test, so that its attributes can be set."""
    return type("FakeForOneTest", (FakePicamera2,), {"opened": []})
