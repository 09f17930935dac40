"""The Raspberry Pi camera through a fake that breaks where Picamera2 breaks."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kiosk.camera import CameraError
from kiosk.camera.fake_picamera2 import LEFT_BGR, RIGHT_BGR, FakePicamera2
from kiosk.camera.pi_settings import full_field_mode
from kiosk.camera.pi_stream import PiStream
from kiosk.camera.picamera import BUFFERS, PiCamera
from kiosk.config import CameraConfig

CONFIG = CameraConfig(width=320, height=240, frames_per_s=100, shutter_us=3000)
Fake = type[FakePicamera2]


def opened(fake: Fake, config: CameraConfig = CONFIG, stall_s: float = 5.0) -> tuple[PiCamera, FakePicamera2]:
    camera = PiCamera(config, fake, stall_s)
    camera.start()
    return camera, fake.opened[-1]


def refused(fake: Fake, config: CameraConfig = CONFIG) -> str:
    with pytest.raises(CameraError) as caught:
        PiCamera(config, fake).start()
    return str(caught.value)


# What it asks for


def test_blue_stays_blue(fake: Fake) -> None:
    """Picamera2's "RGB888" is blue, green, red in memory, and nobody turns it round."""
    camera, _ = opened(fake)
    image = camera.read(1.0).image_bgr
    assert image.shape == (240, 320, 3)
    assert (tuple(image[5, 5]), tuple(image[5, -5])) == (LEFT_BGR, RIGHT_BGR)


def test_it_asks_for_fresh_frames_at_the_configured_rate(fake: Fake) -> None:
    """Frame rate, buffers, queue=False and the sensor mode reach the camera."""
    _, pi = opened(fake)
    config = pi.camera_configuration()
    assert config["controls"]["FrameDurationLimits"] == (10000, 10000)
    assert (config["buffer_count"], config["queue"], config["main"]["size"]) == (BUFFERS, False, (320, 240))
    assert config["sensor"] == {"output_size": (1536, 864), "bit_depth": 10}


def test_the_short_exposure_is_capped_in_the_tuning(fake: Fake) -> None:
    """With a tuning file the "short" exposure never goes over the shutter, and that exposure mode is chosen."""
    shipped = fake.load_tuning_file("imx708.json")
    _, pi = opened(fake)
    short = pi.find_tuning_algo(pi.tuning, "rpi.agc")["channels"][0]["exposure_modes"]["short"]
    assert (max(short["shutter"]), len(short["shutter"])) == (3000, len(short["gain"]))
    assert pi.camera_configuration()["controls"]["AeExposureMode"] == 1
    assert max(fake.find_tuning_algo(shipped, "rpi.agc")["channels"][0]["exposure_modes"]["short"]["shutter"]) == 60000


def test_a_tuning_without_channels_is_capped_too(fake: Fake) -> None:
    """Older tuning files have the exposure modes in rpi.agc itself."""
    fake.tunings = {"imx708.json": {"algorithms": [{"rpi.agc": {"exposure_modes": {"short": {}}}}]}}
    _, pi = opened(fake)
    assert pi.tuning["algorithms"][0]["rpi.agc"]["exposure_modes"]["short"]["shutter"][-1] == 3000


@pytest.mark.parametrize("tunings", [{}, {"imx708.json": {"algorithms": []}}])
def test_without_a_tuning_the_exposure_is_fixed(fake: Fake, tunings: dict[str, Any]) -> None:
    """Without a usable tuning file the shutter is a fixed exposure time, and the gain stays automatic."""
    fake.tunings = tunings
    _, pi = opened(fake)
    assert pi.tuning is None
    assert pi.camera_configuration()["controls"] == {"FrameDurationLimits": (10000, 10000), "ExposureTime": 3000}


def test_only_controls_the_camera_has_are_set(fake: Fake) -> None:
    """A camera without an exposure control is used as it is, where Picamera2 would refuse the unknown control."""
    fake.controls_advertised, fake.tunings = ("FrameDurationLimits",), {}
    camera, _ = opened(fake)
    assert camera.read(1.0) is not None


@pytest.mark.parametrize(("fps", "size"), [(30, (2304, 1296)), (56, (2304, 1296)), (100, (1536, 864)), (14, (4608, 2592))])
def test_the_widest_mode_that_is_fast_enough(fps: int, size: tuple[int, int]) -> None:
    """Of imx708's modes the full field is taken up to its 56 frames a second, the crop only above."""
    modes = [m for m in FakePicamera2.modes if fps != 14 or m["fps"] < 50]
    assert full_field_mode(modes, CameraConfig(frames_per_s=fps))["output_size"] == size


def test_of_equal_fields_the_smallest_with_enough_pixels() -> None:
    """ov5647 at 40 frames a second: 1296x972 sees what 640x480 sees and has the 800 pixels that were asked for."""
    whole = {"bit_depth": 10, "crop_limits": (0, 0, 2592, 1944)}
    modes = [
        whole | {"size": (640, 480), "fps": 58.9},
        whole | {"size": (1296, 972), "fps": 46.3},
        whole | {"size": (2592, 1944), "fps": 15.6},
    ]
    assert full_field_mode(modes, CameraConfig(width=800, height=600, frames_per_s=40))["output_size"] == (1296, 972)
    assert full_field_mode(modes, CameraConfig(width=640, height=480, frames_per_s=40))["output_size"] == (640, 480)


def test_no_mode_is_fast_enough() -> None:
    """The fastest mode is taken when none reaches the wanted rate."""
    assert full_field_mode(list(FakePicamera2.modes[1:]), CameraConfig(frames_per_s=120))["output_size"] == (2304, 1296)


def test_modes_that_say_nothing_leave_the_choice_to_libcamera(fake: Fake) -> None:
    """A camera whose modes are only formats still gives frames."""
    fake.modes = ({"format": "YUYV"},)
    camera, _ = opened(fake)
    assert camera.read(1.0) is not None


# What it gets


def test_a_format_nobody_can_use_is_refused(fake: Fake) -> None:
    """YUYV where RGB888 was asked for is named with what can be used, and the camera is let go."""
    fake.delivered_format = "YUYV"
    assert "gives YUYV 320x240 where RGB888 was asked for, which the kiosk cannot use (it can use RGB888, NV12, YUV420)" in refused(fake)
    assert not fake.opened[-1].is_open


@pytest.mark.parametrize("given", ["NV12", "YUV420"])
@pytest.mark.parametrize("padding", [0, 32])
def test_a_format_that_was_silently_changed_is_converted(fake: Fake, given: str, padding: int) -> None:
    """Blue is blue and red is red also where the camera gives YUV for RGB888, with and without padding; nobody is told, doctor can see."""
    fake.delivered_format, fake.padding = given, padding
    camera, pi = opened(fake)
    image = camera.read(1.0).image_bgr
    assert (image.shape, image.dtype, image.flags.c_contiguous) == ((240, 320, 3), np.uint8, True)
    for column, colour in ((0, LEFT_BGR), (159, LEFT_BGR), (160, RIGHT_BGR), (-1, RIGHT_BGR)):
        assert np.abs(image[:, column].astype(int) - colour).max() <= 3, "limited range rounds to 220 steps"
    assert (camera.warnings, pi.outstanding) == ((), 0)
    assert camera.stream == PiStream(given, 320, 240, 320 + padding)


def test_yuv_with_odd_sides_is_refused(fake: Fake) -> None:
    """Four pixels share a colour in YUV, so an odd width cannot be converted."""
    fake.delivered_format, fake.delivered_size = "NV12", (319, 240)
    assert "gives NV12 319x240" in refused(fake)


@pytest.mark.parametrize("given", ["RGB888", "NV12", "YUV420"])
def test_a_picture_that_is_no_picture_is_a_sentence(fake: Fake, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """An array that is too small for the stream ends the camera with what came, and its buffer goes back."""
    fake.delivered_format = given
    whole = fake.picture
    monkeypatch.setattr(fake, "picture", lambda self, n: whole(self, n)[:-2])
    camera, pi = opened(fake)
    with pytest.raises(CameraError, match=rf"gave no picture of 320x240 \(an array of shape .* is no picture of 320x240 in {given}\)"):
        camera.read(1.0)
    assert pi.outstanding == 0


def test_what_was_given_is_known_after_the_start(fake: Fake) -> None:
    """Nothing before the start; then format, size and line length, also when they are other than asked for."""
    fake.delivered_size = (304, 240)
    camera = PiCamera(CONFIG, fake)
    assert camera.stream is None
    camera.start()
    assert camera.stream == PiStream("RGB888", 304, 240, 3 * 304 + fake.padding)


def test_another_size_is_used_and_told(fake: Fake) -> None:
    """A size that was silently changed is the size of the frames, and the staff is told."""
    fake.delivered_size = (304, 240)
    camera, _ = opened(fake)
    assert camera.read(1.0).image_bgr.shape == (240, 304, 3)
    assert camera.warnings == ("camera 0 (imx708): gives pictures of 304x240 pixels where 320x240 was asked for.",)


def test_line_padding_is_cut_off(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Padding that a Picamera2 leaves in the array does not reach the picture."""
    whole = fake.picture
    monkeypatch.setattr(fake, "picture", lambda self, n: np.pad(whole(self, n), ((0, 2), (0, 11), (0, 0))))
    camera, _ = opened(fake)
    image = camera.read(1.0).image_bgr
    assert (image.shape, image.flags.c_contiguous, tuple(image[-1, -1])) == ((240, 320, 3), True, RIGHT_BGR)


def test_time_is_the_sensors(fake: Fake) -> None:
    """A gap in SensorTimestamp is a gap in t_s: the arrival time plays no part."""
    fake.stretches_ns = {2: 700_000_000}
    camera, _ = opened(fake)
    t_s = [camera.read(1.0).t_s for _ in range(4)]
    assert t_s[2] - t_s[1] == pytest.approx(0.71, abs=0.005)


def test_a_frame_from_the_past_is_left_out(fake: Fake) -> None:
    """A time stamp that goes back is dropped, so times grow strictly."""
    fake.stretches_ns = {2: -500_000_000, 3: 500_000_000}
    camera, pi = opened(fake)
    t_s = [camera.read(1.0).t_s for _ in range(4)]
    assert np.all(np.diff(t_s) > 0)
    assert pi.outstanding == 0


def test_frames_without_a_time_are_refused(fake: Fake) -> None:
    """Without SensorTimestamp nothing can be timed; the buffer goes back all the same."""
    fake.missing_metadata = ("SensorTimestamp",)
    camera, pi = opened(fake)
    with pytest.raises(CameraError, match="without SensorTimestamp"):
        camera.read(1.0)
    assert pi.outstanding == 0


# Buffers


def test_every_request_goes_back(fake: Fake) -> None:
    """Many more frames than buffers come through."""
    camera, pi = opened(fake)
    assert all(camera.read(1.0) is not None for _ in range(3 * BUFFERS))
    assert pi.outstanding == 0


def test_time_outs_do_not_eat_buffers(fake: Fake) -> None:
    """A reader whose waits time out again and again still gets frames: one capture waits, not one per read."""
    camera, pi = opened(fake, CONFIG.model_copy(update={"frames_per_s": 10}))
    camera.read(1.0)
    for _ in range(2 * BUFFERS):
        assert camera.read(0.001) is None
    assert len(pi.jobs) == 1
    assert all(camera.read(1.0) is not None for _ in range(BUFFERS))


def test_stop_during_a_capture_does_not_hang(fake: Fake) -> None:
    """The capture that waits is cancelled first; Picamera2's stop would wait behind it for ever."""
    fake.unplugged_after = 1
    camera, pi = opened(fake)
    camera.read(1.0)
    assert camera.read(0.01) is None
    camera.stop()
    assert (pi.is_open, camera.warnings) == (False, ())


def test_a_camera_that_does_not_close_is_told(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while letting go is a warning: there is nothing left to lose."""

    def broken(self: FakePicamera2) -> None:
        raise RuntimeError("release failed")

    camera, _ = opened(fake)
    monkeypatch.setattr(fake, "close", broken)
    camera.stop()
    assert "did not close cleanly (release failed)" in camera.warnings[0]


# What goes wrong


def test_a_camera_that_falls_silent_is_lost(fake: Fake) -> None:
    """No frame for as long as a stall takes is a lost camera; it counts the waiting, not the pauses between reads."""
    fake.unplugged_after = 2
    camera, _ = opened(fake, stall_s=0.2)
    frames = [camera.read(0.05), camera.read(0.05), camera.read(0.05)]
    assert [f is None for f in frames] == [False, False, True]
    with pytest.raises(CameraError, match=r"gave no frame for \d\.\d s.*unplugged.*rpicam-hello --list-cameras"):
        [camera.read(0.05) for _ in range(4)]


def test_a_slow_camera_is_not_lost(fake: Fake) -> None:
    """Each frame ends the waiting: many short waits in a row with frames between them are no stall."""
    camera, _ = opened(fake, CONFIG.model_copy(update={"frames_per_s": 20}), stall_s=0.4)
    frames = [camera.read(0.01) for _ in range(80)]
    assert sum(f is not None for f in frames) >= 5


def test_a_lost_camera_can_come_back(fake: Fake) -> None:
    """After a stall, stop and start give frames again, with later times."""
    fake.unplugged_after = 1
    camera, _ = opened(fake, stall_s=0.05)
    first = camera.read(1.0)
    with pytest.raises(CameraError):
        camera.read(0.1)
    fake.unplugged_after = None
    camera.stop()
    camera.start()
    assert camera.read(1.0).t_s > first.t_s


def test_no_camera_at_all(fake: Fake) -> None:
    """Nothing plugged in: nothing is opened, and the cable is named."""
    fake.cameras = ()
    assert refused(fake).startswith("No camera found. Check the ribbon cable")
    assert fake.opened == []


def test_a_camera_number_that_does_not_exist(fake: Fake) -> None:
    """The message says which cameras there are."""
    assert refused(fake, CONFIG.model_copy(update={"index": 2})) == "[camera] index = 2: no such camera. Found: 0 (imx708)."


def test_a_camera_in_use(fake: Fake) -> None:
    """A constructor that fails is most likely another program with the camera."""
    fake.busy = True
    assert "another program has it" in refused(fake)


def test_a_configuration_that_libcamera_refuses(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of Picamera2 on the way to running is a CameraError, and the camera is let go."""

    def invalid(self: FakePicamera2) -> None:
        raise RuntimeError("Invalid camera configuration")

    monkeypatch.setattr(fake, "start", invalid)
    assert "cannot be started (Invalid camera configuration)" in refused(fake)
    assert not fake.opened[-1].is_open


def test_without_picamera2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing Picamera2 is a sentence, not a traceback."""
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraError, match="sudo apt install python3-picamera2"):
        PiCamera(CONFIG).start()


def test_a_broken_import_of_our_own_is_not_missing_hardware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ImportError that names a kiosk module passes through."""
    (tmp_path / "picamera2.py").write_text("import kiosk.gone\n")
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(ModuleNotFoundError, match=r"kiosk\.gone"):
        PiCamera(CONFIG).start()


def test_a_picamera2_that_does_not_fit_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classic break, pip's numpy over apt's, says how to mend it."""
    (tmp_path / "picamera2.py").write_text("raise ValueError('numpy.dtype size changed')\n")
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(CameraError, match=r"does not fit the numpy.*setup\.sh install"):
        PiCamera(CONFIG).start()


def test_the_installed_picamera2_is_used(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stand-in, start imports Picamera2 from picamera2."""
    module = ModuleType("picamera2")
    module.Picamera2 = fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    with PiCamera(CONFIG) as camera:
        assert camera.name == "camera 0 (imx708)"
