"""Clips: true times, upright pictures, and files in any state."""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from kiosk.camera import CameraError
from kiosk.camera.clip import Clip
from kiosk.camera.video import VideoCamera, probe
from kiosk.config import CameraConfig
from kiosk.domain import Frame, ImageBgr
from kiosk.threads import Stop

MakeClip = Callable[..., Path]
UNEVEN_MS = [0, 33, 100, 110, 300, 301, 350]


def camera_of(path: Path, realtime: bool = False, loop: bool = False) -> VideoCamera:
    return VideoCamera(CameraConfig(kind="video", path=str(path), loop=loop), realtime)


def frames_of(camera: VideoCamera) -> list[Frame]:
    with camera:
        return list(iter(lambda: camera.read(1.0), None))


def refused(path: Path) -> str:
    with pytest.raises(CameraError) as caught:
        camera_of(path).start()
    with pytest.raises(CameraError):
        probe(path)
    return str(caught.value)


# Times


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
@pytest.mark.parametrize("first_ms", [0, 500])
def test_times_of_a_variable_rate_clip_are_those_of_the_file(make_clip: MakeClip, name: str, first_ms: int) -> None:
    """Every frame has its own time, counted from the first frame."""
    frames = frames_of(camera_of(make_clip([first_ms + t for t in UNEVEN_MS], name)))
    assert [f.t_s for f in frames] == pytest.approx([t / 1000 for t in UNEVEN_MS], abs=1e-4)


def test_in_real_time_frames_keep_their_distances(make_clip: MakeClip) -> None:
    """The distances between live times are those of the file."""
    frames = frames_of(camera_of(make_clip(UNEVEN_MS), realtime=True))
    t_s = np.array([f.t_s for f in frames]) - frames[0].t_s
    assert set(np.round(t_s * 1000)) <= set(UNEVEN_MS)
    assert t_s[-1] == pytest.approx(0.35, abs=1e-4)


def test_in_real_time_a_late_reader_misses_frames(make_clip: MakeClip) -> None:
    """Who pauses for 0.2 s finds the frame that is due then, not the ones before."""
    with camera_of(make_clip(range(0, 1000, 20)), realtime=True) as camera:
        first = camera.read(1.0)
        Stop().wait(0.2)
        gap_s = camera.read(1.0).t_s - first.t_s
    assert 0.18 <= gap_s <= 0.6


def test_the_last_frame_is_not_missed_by_a_late_reader(make_clip: MakeClip) -> None:
    """After a pause longer than the clip the last frame still comes, then the end."""
    with camera_of(make_clip([0, 20, 40]), realtime=True) as camera:
        Stop().wait(0.2)
        assert camera.read(0.0) is not None
        assert (camera.read(0.0), camera.ended) == (None, True)


def test_a_clip_that_decodes_too_slowly_still_moves(make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot keep up gets late frames and a warning, not a read without end."""
    monkeypatch.setattr("kiosk.camera.video.LONGEST_SKIP_S", -1.0)
    with camera_of(make_clip(range(0, 1000, 20)), realtime=True) as camera:
        Stop().wait(0.2)
        assert camera.read(0.0) is not None
        assert camera.read(0.0) is not None
    assert len(camera.warnings) == 1
    assert "decoded more slowly than it plays" in camera.warnings[0]


def test_a_loop_goes_on_in_time(make_clip: MakeClip) -> None:
    """The second round begins when the last frame has been shown; time never goes back."""
    with camera_of(make_clip([0, 33, 66]), loop=True) as camera:
        t_s = [camera.read(1.0).t_s for _ in range(7)]
    assert t_s == pytest.approx([0, 0.033, 0.066, 0.1, 0.133, 0.166, 0.2], abs=0.003)


def test_a_loop_whose_file_is_taken_away_says_so(make_clip: MakeClip) -> None:
    """A file that vanishes between two rounds is a CameraError, and nothing comes twice."""
    path = make_clip([0, 100])
    with camera_of(path, loop=True) as camera:
        camera.read(1.0)
        path.unlink()
        with pytest.raises(CameraError, match="no such file"):
            camera.read(1.0)
        assert camera.read(1.0) is None


def test_frames_without_a_later_time_are_left_out(make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time that repeats or goes back is dropped and told."""
    monkeypatch.setattr("kiosk.camera.clip._time_s", lambda decoded: {0: 0.0, 20: 0.1, 40: 0.1}[round(1000 * decoded.time)])
    clip = Clip(make_clip([0, 20, 40]))
    assert [f.t_s for f in clip] == [0.0, 0.1]
    assert clip.warnings == ["clip.mp4: 1 frame(s) without a later time than the one before were left out."]


# Pictures


@pytest.mark.parametrize(
    ("abcd", "seen"),
    [
        ((1, 0, 0, 1), lambda stored: stored),
        ((0, 1, -1, 0), lambda stored: np.rot90(stored, -1)),  # a quarter turn clockwise: a phone held upright
        ((0, -1, 1, 0), lambda stored: np.rot90(stored, 1)),
        ((-1, 0, 0, -1), lambda stored: np.rot90(stored, 2)),
        ((-1, 0, 0, 1), np.fliplr),  # mirrored, as some front cameras do
        ((1, 0, 0, -1), np.flipud),
        ((0, 1, 1, 0), lambda stored: np.swapaxes(stored, 0, 1)),
        ((0, -1, -1, 0), lambda stored: np.rot90(np.swapaxes(stored, 0, 1), 2)),
    ],
)
def test_pictures_stand_upright(make_clip: MakeClip, abcd: tuple[int, int, int, int], seen: Callable[[ImageBgr], ImageBgr]) -> None:
    """A phone's display matrix turns and mirrors the picture, and the size that is told."""
    expected = seen(frames_of(camera_of(make_clip([0, 20], "stored.mp4")))[0].image_bgr)
    path = make_clip([0, 20], quarter_turn=abcd)
    image = frames_of(camera_of(path))[0].image_bgr
    assert image.flags.c_contiguous
    assert (probe(path).height, probe(path).width) == expected.shape[:2]
    assert np.array_equal(image, expected)


def test_probe_is_enough_for_a_progress_bar(make_clip: MakeClip) -> None:
    """Number of frames, length, rate and size come from the header."""
    info = probe(make_clip(range(0, 1000, 20)))
    assert (info.frames, info.width, info.height) == (50, 64, 48)
    assert (info.duration_s, info.fps) == (pytest.approx(1.0, abs=0.05), pytest.approx(50, rel=0.05))


def test_probe_estimates_frames_where_the_file_does_not_count_them(make_clip: MakeClip) -> None:
    """Matroska does not count its frames; length times rate stands in."""
    assert probe(make_clip(range(0, 990, 33), "clip.mkv")).frames == pytest.approx(30, abs=1)


# Files in any state


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The path is named."""
    assert refused(tmp_path / "none.mp4") == f"{tmp_path / 'none.mp4'}: no such file. Give an existing video file."


def test_no_path_at_all() -> None:
    """An empty path is told before anything is opened."""
    with pytest.raises(CameraError, match="path is empty"):
        VideoCamera(CameraConfig(kind="video"))


def test_a_folder(tmp_path: Path) -> None:
    """A folder is not a file."""
    assert "is not a file" in refused(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    """Zero bytes are told as such."""
    (tmp_path / "zero.mp4").touch()
    assert "is empty (0 bytes)" in refused(tmp_path / "zero.mp4")


def test_text_and_pictures_are_no_videos(tmp_path: Path) -> None:
    """FFmpeg opens a picture as a clip of one frame; the kiosk does not."""
    (tmp_path / "notes.mp4").write_text("not a video\n" * 99)
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((20, 20, 3), np.uint8))
    assert "is not a video" in refused(tmp_path / "notes.mp4")
    assert "is not a video" in refused(tmp_path / "photo.png")


def test_sound_alone(tmp_path: Path) -> None:
    """A file without a video stream says what it has."""
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
    assert "has no video in it, only audio" in refused(tmp_path / "a.wav")


def test_a_raw_stream_has_no_times(make_clip: MakeClip) -> None:
    """rpicam-vid's .h264 is refused, with the command that gives it times."""
    assert "has no time stamps (h264)" in refused(make_clip([0, 33, 66], "run.h264"))


def test_a_recording_that_was_never_finished(make_clip: MakeClip) -> None:
    """An mp4 whose index at the end is missing cannot be opened at all."""
    path = make_clip([0, 20, 40], "clip.mov")
    path.write_bytes(path.read_bytes()[:-200])
    assert "was cut off while it was recorded" in refused(path)


def test_a_clip_without_a_frame(make_clip: MakeClip) -> None:
    """A header without pictures is refused at start."""
    path = make_clip(range(0, 200, 20))
    data = path.read_bytes()
    path.write_bytes(data[: data.find(b"mdat") + 4])
    assert "has no frame that can be shown" in refused(path)


def test_a_clip_that_was_cut_off_gives_what_it_has(make_clip: MakeClip) -> None:
    """The frames before the cut come, then the end, and the warnings tell how much is missing."""
    path = make_clip(range(0, 4000, 20))
    data = path.read_bytes()
    path.write_bytes(data[: data.find(b"mdat") + (len(data) - data.find(b"mdat")) // 2])
    camera = camera_of(path)
    frames = frames_of(camera)
    assert 20 < len(frames) < 190
    assert "but the file says it lasts 4.0 s" in camera.warnings[-1]


def test_frames_after_damage_wait_for_a_key_frame(make_clip: MakeClip) -> None:
    """What cannot be decoded is left out up to the next key frame; what follows comes with its true time."""
    path = make_clip(range(0, 2000, 20), key_frame_every=10)
    with av.open(str(path)) as container:
        broken = [p.pos for p in container.demux(video=0) if p.pos is not None and p.size][43]
    data = bytearray(path.read_bytes())
    data[broken : broken + 6] = b"\xff" * 6
    path.write_bytes(data)
    camera = camera_of(path)
    t_ms = [round(1000 * f.t_s) for f in frames_of(camera)]
    assert t_ms == [*range(0, 860, 20), *range(1000, 2000, 20)]
    assert camera.warnings == ("clip.mp4: 7 damaged frame(s) were left out.",)


def test_a_file_that_nobody_may_read(make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal of the operating system is told with its reason."""

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = make_clip([0, 20])
    monkeypatch.setattr(Path, "open", denied)
    assert "cannot be read (Permission denied)" in refused(path)
