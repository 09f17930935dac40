"""What every camera does alike: the fake Picamera2, the real one where there is one, clips and drawings."""

import importlib.util
import typing
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kiosk.camera import CAMERAS, Camera, CameraError, open_camera
from kiosk.camera.fake_picamera2 import FakePicamera2
from kiosk.camera.picamera import PiCamera
from kiosk.camera.synthetic import SyntheticCamera
from kiosk.camera.video import VideoCamera
from kiosk.config import CameraConfig
from kiosk.threads import Stop, monotonic_s

NO_PICAMERA2 = pytest.mark.skipif(
    importlib.util.find_spec("picamera2") is None, reason="picamera2 is not installed (it comes with apt on a Pi)"
)
FIRST_FRAME_S = 3.0
MakeClip = Callable[..., Path]
SMALL = CameraConfig(width=160, height=120, frames_per_s=50)
LIVE = (
    "fake picamera2",
    "fake picamera2 in NV12",
    "fake picamera2 in YUV420",
    pytest.param("picamera2", marks=NO_PICAMERA2),
    "video live",
    "synthetic live",
)
ALL = (*LIVE, "video", "synthetic")


@pytest.fixture
def camera(request: pytest.FixtureRequest, make_clip: MakeClip, fake: type[FakePicamera2]) -> typing.Iterator[Camera]:
    _, _, fake.delivered_format = request.param.partition(" in ")
    clip = SMALL.model_copy(update={"path": str(make_clip(range(0, 1000, 20)))})
    kinds: dict[str, Callable[[], Camera]] = {
        "fake picamera2": lambda: PiCamera(SMALL, fake),
        "picamera2": lambda: PiCamera(SMALL),
        "video": lambda: VideoCamera(clip, realtime=False),
        "video live": lambda: VideoCamera(clip),
        "synthetic": lambda: SyntheticCamera(SMALL, realtime=False),
        "synthetic live": lambda: SyntheticCamera(SMALL),
    }
    made = kinds[request.param.partition(" in ")[0]]()
    yield made
    made.stop()


@pytest.mark.parametrize("camera", ALL, indirect=True)
def test_frames_are_pictures_with_growing_times(camera: Camera) -> None:
    """Every camera gives contiguous (height, width, 3) bytes and strictly increasing times."""
    camera.start()
    frames = [camera.read(FIRST_FRAME_S) for _ in range(5)]
    assert all(f.image_bgr.dtype == np.uint8 and f.image_bgr.ndim == 3 and f.image_bgr.flags.c_contiguous for f in frames)
    assert all(f.image_bgr.shape[2] == 3 for f in frames)
    assert np.all(np.diff([f.t_s for f in frames]) > 0)


@pytest.mark.parametrize("camera", ALL, indirect=True)
def test_a_camera_that_was_never_started_cannot_be_read(camera: Camera) -> None:
    """Reading before start is a bug of the caller, not an end of the source."""
    with pytest.raises(RuntimeError, match="before start"):
        camera.read(0.0)
    assert not camera.ended


@pytest.mark.parametrize("camera", ALL, indirect=True)
def test_stop_is_safe_at_any_time_and_ends_the_frames(camera: Camera) -> None:
    """Stop may come before start and twice; afterwards nothing comes and `ended` says so."""
    camera.stop()
    camera.start()
    assert camera.read(FIRST_FRAME_S) is not None
    camera.stop()
    camera.stop()
    assert camera.read(0.0) is None
    assert camera.ended


@pytest.mark.parametrize("camera", ALL, indirect=True)
def test_a_stopped_camera_can_be_started_again(camera: Camera) -> None:
    """A lost camera is stopped and started again, and then gives frames as before."""
    camera.start()
    camera.stop()
    camera.start()
    assert not camera.ended
    assert camera.read(FIRST_FRAME_S) is not None


@pytest.mark.parametrize("camera", ALL, indirect=True)
def test_starting_twice_is_starting_once(camera: Camera) -> None:
    """A second start leaves the running camera alone: its times go on."""
    camera.start()
    first = camera.read(FIRST_FRAME_S)
    camera.start()
    assert camera.read(FIRST_FRAME_S).t_s > first.t_s


@pytest.mark.parametrize("camera", ALL, indirect=True)
def test_with_starts_and_stops(camera: Camera) -> None:
    """The context manager starts the camera, and stops it also when the block fails."""
    with camera as entered:
        assert entered is camera
        assert entered.read(FIRST_FRAME_S) is not None
    assert camera.ended
    with pytest.raises(ZeroDivisionError), camera:
        raise ZeroDivisionError
    assert camera.ended


@pytest.mark.parametrize("camera", ALL, indirect=True)
def test_a_camera_has_a_name_and_nothing_to_complain_about(camera: Camera) -> None:
    """People are told where frames come from; a healthy camera has no warnings."""
    camera.start()
    camera.read(FIRST_FRAME_S)
    assert camera.name
    assert camera.warnings == ()


@pytest.mark.parametrize("camera", LIVE, indirect=True)
def test_live_times_are_on_the_monotonic_clock(camera: Camera) -> None:
    """A live frame's time is when it was taken, on the clock of everything else, and nothing comes before its time."""
    before_s = monotonic_s()
    camera.start()
    for _ in range(4):
        frame = camera.read(FIRST_FRAME_S)
        assert before_s <= frame.t_s <= monotonic_s() + 1e-6


@pytest.mark.parametrize("camera", LIVE, indirect=True)
def test_nothing_within_the_timeout_is_not_the_end(camera: Camera) -> None:
    """A live camera that has no new frame yet gives None and goes on."""
    camera.start()
    camera.read(FIRST_FRAME_S)
    reads = [camera.read(0.001) for _ in range(4)]
    assert None in reads
    assert not camera.ended
    assert camera.read(FIRST_FRAME_S) is not None


@pytest.mark.parametrize("camera", LIVE, indirect=True)
def test_a_late_reader_gets_a_fresh_frame(camera: Camera) -> None:
    """Frames are not queued for a reader who is busy: the next one he reads is new, not the one after his last."""
    camera.start()
    camera.read(FIRST_FRAME_S)
    Stop().wait(0.5)
    assert monotonic_s() - camera.read(FIRST_FRAME_S).t_s < 0.25


def test_each_kind_of_the_settings_has_one_row() -> None:
    """kiosk.toml and the table of cameras know the same kinds."""
    kinds = typing.get_args(CameraConfig.model_fields["kind"].annotation)
    assert sorted(row.name for row in CAMERAS) == sorted(kinds)


def test_a_row_opens_its_camera(make_clip: MakeClip) -> None:
    """open_camera gives what the settings name, not started."""
    path = str(make_clip([0, 20]))
    opened = [type(open_camera(CameraConfig(kind=row.name, path=path))) for row in CAMERAS]
    assert opened == [PiCamera, VideoCamera, SyntheticCamera]


def test_fast_reading_reaches_the_camera() -> None:
    """realtime=False gives times from the first frame."""
    with open_camera(CameraConfig(kind="synthetic"), realtime=False) as camera:
        assert camera.read(0.0).t_s == 0.0


def test_an_unknown_kind_is_told_what_there_is() -> None:
    """A kind without a row is an error that lists the rows."""
    with pytest.raises(CameraError, match=r"'webcam'.*picamera, video, synthetic"):
        open_camera(CameraConfig.model_construct(kind="webcam"))
