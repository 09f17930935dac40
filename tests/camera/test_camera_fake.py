"""The fake keeps Picamera2's rules: whoever breaks one on a laptop sees it there, not beside a treadmill."""

import pytest

from kiosk.camera.fake_picamera2 import FakePicamera2

Fake = type[FakePicamera2]


def running(fake: Fake, buffer_count: int = 4, frame_us: int = 5000, stream_format: str = "RGB888") -> FakePicamera2:
    pi = fake()
    main = {"size": (320, 240), "format": stream_format}
    pi.configure(pi.create_video_configuration(main=main, controls={"FrameDurationLimits": (frame_us,) * 2}, buffer_count=buffer_count))
    pi.start()
    return pi


def test_the_fake_stalls_when_requests_are_kept(fake: Fake) -> None:
    """With all buffers out nothing comes until one is released."""
    pi = running(fake, buffer_count=2)
    kept = [pi.capture_request(), pi.capture_request()]
    with pytest.raises(TimeoutError):
        pi.capture_request(wait=0.05)
    kept[0].release()
    assert len(pi.jobs) == 1


def test_the_fake_gives_a_forgotten_capture_the_next_frame(fake: Fake) -> None:
    """A capture that timed out keeps its place and eats a buffer: two frames go out for one request."""
    pi = running(fake, frame_us=30000)
    pi.capture_request().release()
    with pytest.raises(TimeoutError):
        pi.capture_request(wait=0.001)
    pi.capture_request(wait=1.0).release()
    assert pi.outstanding == 1


def test_the_fake_refuses_what_picamera2_refuses(fake: Fake) -> None:
    """Unknown controls, double release, use after close, configuring while running, and a stop that would hang."""
    pi = running(fake)
    request = pi.capture_request()
    request.release()
    with pytest.raises(RuntimeError, match="negative ref_count"):
        request.release()
    with pytest.raises(RuntimeError, match="must be stopped"):
        _ = pi.sensor_modes
    pi.stop()
    with pytest.raises(RuntimeError, match="AfMode is not advertised by libcamera"):
        pi.configure(pi.create_video_configuration(controls={"AfMode": 2}))
    pi.close()
    with pytest.raises(RuntimeError, match="not opened"):
        pi.capture_request()
    with pytest.raises(AssertionError):
        request.make_array("main")


def test_the_fake_hangs_up_on_a_stop_behind_a_capture(fake: Fake) -> None:
    """Where the real stop would wait for ever, the fake raises."""
    fake.unplugged_after = 0
    pi = running(fake)
    pi.capture_request(wait=False)
    with pytest.raises(RuntimeError, match="wait for ever"):
        pi.stop()


def test_the_fake_keeps_the_padding_of_yuv420(fake: Fake) -> None:
    """YUV420 comes as 3/2 of the height by the stride, RGB888 without padding."""
    pi = running(fake, stream_format="YUV420")
    assert pi.capture_request().make_array("main").shape == (360, 320 + fake.padding)


def test_the_fake_cuts_the_padding_of_nv12(fake: Fake) -> None:
    """NV12 comes as 3/2 of the height by the width, as Picamera2 cuts it."""
    pi = running(fake, stream_format="NV12")
    assert pi.capture_request().make_array("main").shape == (360, 320)
