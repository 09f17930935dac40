"""Decoding beside the network: no picture lost or out of order, few of them in memory, errors and interruptions where they belong."""

import signal
import threading
import time
import weakref
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest

from kiosk import batch
from kiosk.batch import PICTURES_AHEAD, opened, read_poses
from kiosk.camera import CameraError
from kiosk.config import Config
from kiosk.domain import Frame
from kiosk.threads import ahead
from test_cli import film

FRAMES = 40


class Known:
    """In the place of the network: remembers what it was shown, sees nobody."""

    side_px = 16
    name = "known"

    def __init__(self, look: Callable[[], None] = lambda: None) -> None:
        self.shown: list[float] = []
        self._look = look

    def set_input(self, rgb: np.ndarray) -> None:
        self.shown.append(float(rgb.max()))

    def invoke(self) -> None:
        self._look()

    def output(self) -> np.ndarray:
        return np.zeros((17, 3), np.float32)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Each picture brighter than the one before."""
    return film(tmp_path / "clip.mp4", [np.full((48, 64, 3), 5 * k + 20, np.uint8) for k in range(FRAMES)])


def decoders() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "decode"]


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def counted(made: list[int], upto: int) -> Generator[int, None, None]:
    for k in range(upto):
        made.append(k)
        yield k


def test_items_come_in_order_and_few_wait() -> None:
    """All of them, each once; the thread goes ahead by the room and the one in its hands, and never further."""
    made: list[int] = []
    used = []
    with ahead("test", lambda: counted(made, 200), 3) as items:
        until(lambda: len(made) == 4)
        for item in items:
            used.append(item)
            assert len(made) - len(used) <= 4
    assert used == list(range(200))


def test_an_error_comes_in_its_place() -> None:
    """After the items before it, as itself."""

    def broken() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise CameraError("gone")

    with ahead("test", broken, 5) as items:
        assert [next(items), next(items)] == [1, 2]
        with pytest.raises(CameraError, match="gone"):
            next(items)


def test_leaving_early_ends_the_thread() -> None:
    """In the middle of an endless source, which is closed on the thread that made it."""
    closed: list[str] = []

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed.append(threading.current_thread().name)

    with ahead("endless", endless, 2) as items:
        assert next(items) == 1
    assert closed == ["endless"]
    assert "endless" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("alone", [True, False])
def test_every_picture_is_seen_once_and_in_order(clip: Path, alone: bool) -> None:
    """Beside the network or in between, with the time each has in the file."""
    network = Known()
    recording = read_poses(clip, Config(), network=lambda: network, alone=alone)
    assert network.shown == sorted(network.shown)
    assert len(network.shown) == FRAMES
    np.testing.assert_allclose(recording.series.t_s, np.arange(FRAMES) / 30, atol=1e-3)
    assert recording.changes is not None
    assert (recording.changes[1:] > 1).all()
    assert decoders() == []


def test_pictures_do_not_pile_up(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a network that is slower than decoding, only those that wait and the two in work are in memory."""
    alive: list[weakref.ref[np.ndarray]] = []
    most: list[int] = []

    def frame(t_s: float, image_bgr: np.ndarray) -> Frame:
        alive.append(weakref.ref(image_bgr))
        return Frame(t_s, image_bgr)

    def look() -> None:
        until(lambda: len(alive) >= min(len(most) + PICTURES_AHEAD + 2, FRAMES))  # the decoder is as far ahead as it may be
        most.append(sum(image() is not None for image in alive))

    monkeypatch.setattr("kiosk.camera.video.Frame", frame)
    read_poses(clip, Config(), network=lambda: Known(look))
    assert len(most) == FRAMES
    assert max(most) == PICTURES_AHEAD + 2


def test_ctrl_c_ends_the_reading(clip: Path) -> None:
    """KeyboardInterrupt comes out of the middle of a clip, and no thread goes on."""

    def interrupt(done: int, expected: int) -> None:
        if done == 5:
            signal.raise_signal(signal.SIGINT)

    network = Known()
    with pytest.raises(KeyboardInterrupt):
        read_poses(clip, Config(), interrupt, network=lambda: network)
    assert len(network.shown) == 5
    assert decoders() == []


def test_no_video_is_said_before_a_network_is_loaded(tmp_path: Path) -> None:
    """So a batch of damaged files does not load one."""
    (tmp_path / "x.mp4").write_text("no video " * 100)
    with pytest.raises(CameraError, match=r"x\.mp4"):
        read_poses(tmp_path / "x.mp4", Config(), network=lambda: pytest.fail("asked for a network"))
    assert decoders() == []


def test_a_clip_is_opened_once(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For its poses, its light, its lines and the length of the progress bar together."""
    from kiosk.camera import clip as clips

    times: list[Path] = []
    told: list[tuple[int, int]] = []
    whole = clips._open

    def once(path: Path, decode_threads: int) -> object:
        times.append(path)
        return whole(path, decode_threads)

    monkeypatch.setattr(clips, "_open", once)
    read_poses(clip, Config(), lambda done, expected: told.append((done, expected)), network=Known)
    assert times == [clip]
    assert told[-1] == (FRAMES, FRAMES)


def test_one_core_decodes_with_one_thread(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of a batch has no thread of ours and none of FFmpeg beside its network; alone it has both."""
    asked = []
    whole = batch.ahead

    def seen(*args: object) -> object:
        asked.append(args[0])
        return whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(batch, "ahead", seen)
    with opened(clip, alone=False) as (camera, frames):
        next(frames)
        assert camera._clip is not None
        assert camera._clip._stream.codec_context.thread_count == 1
    assert asked == []
    with opened(clip) as (camera, frames):
        next(frames)
        assert camera._clip is not None
        assert camera._clip._stream.codec_context.thread_count == 2
    assert asked == ["decode"]
