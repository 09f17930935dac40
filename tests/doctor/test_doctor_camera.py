"""The doctor's checks of the camera, by known answers: frames made by hand, right and wrong."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from kiosk.camera.background import Background
from kiosk.camera.moved import FILE_NAME, reference, save
from kiosk.config import CameraConfig, Config, StoreConfig
from kiosk.data import DEMO_CLIP
from kiosk.doctor import camera_rows as rows
from kiosk.doctor.case import Case, Machine, Seen
from kiosk.domain import Frame
from kiosk.health import Level

PICTURE = np.random.default_rng(1).integers(40, 200, (48, 64, 3), dtype=np.uint8).repeat(10, axis=0).repeat(10, axis=1)


def case(seen: Seen, tmp_path: Path | None = None, background: Background | None = None, **camera: Any) -> Case:
    config = Config(camera=CameraConfig(**camera), store=StoreConfig(folder=str(tmp_path or "")))
    return Case(config, look=lambda: seen, watch=lambda: background, machine=Machine(root=tmp_path or Path("/nowhere")))


def seen(steps_s: list[float] | None = None, exposure_us: float | None = 3000, image: Any = PICTURE) -> Seen:
    """Frames with these distances; 90 of 1/30 s without."""
    stamps = np.concatenate([[100.0], 100 + np.cumsum(steps_s or [1 / 30] * 90)])
    exposures = (exposure_us,) * len(stamps) if exposure_us is not None else ()
    return Seen("camera 0 (imx708)", "", (), tuple(stamps), exposures, Frame(float(stamps[-1]), image))


def test_a_camera_as_it_should_be_is_fine_in_every_line() -> None:
    """30 pictures a second, none missing, short exposure, good light."""
    good = case(seen())
    found = [row(good) for row in (rows.camera, rows.frame_rate, rows.frame_gaps, rows.shutter, rows.light)]
    assert [check.level for check in found] == [Level.OK] * 5
    assert found[0].found == "camera 0 (imx708) gives pictures of 640 x 480 pixels."
    assert found[1].value == pytest.approx(30)
    assert found[2].value == pytest.approx(1000 / 30)
    assert found[3].value == 3000


def test_a_camera_that_cannot_be_had_is_wrong_and_the_other_lines_say_nothing() -> None:
    """The camera's own sentence, what to do, and no guesses about rate, gaps, exposure and light."""
    lost = case(Seen("picamera", "No camera found."))
    assert (rows.camera(lost).level, rows.camera(lost).found) == (Level.WRONG, "No camera found.")
    assert rows.camera(lost).advice == rows.NO_PI
    others = [row(lost) for row in (rows.frame_rate, rows.frame_gaps, rows.shutter, rows.light)]
    assert {(check.level, check.found) for check in others} == {(Level.ABSENT, rows.NO_PICTURES)}


def test_on_a_pi_the_cable_is_named(tmp_path: Path) -> None:
    """On a Raspberry Pi the first thing to do is the cable, for no camera and for one that is silent."""
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    for lost in (Seen("picamera", "No camera found."), Seen("camera 0 (imx708)")):
        assert rows.camera(case(lost, tmp_path)).advice == rows.CABLE


def test_a_video_in_the_place_of_a_camera_is_said() -> None:
    """It works, and nobody should believe that runners are seen."""
    check = rows.camera(case(seen(), kind="video", path="a.mp4"))
    assert (check.level, "no camera" in check.advice) == (Level.NOTE, True)


def test_a_camera_that_another_program_has_is_not_looked_at() -> None:
    """No fault of the camera."""
    assert rows.camera(case(Seen("", held=True))).level is Level.ABSENT


def test_a_camera_with_another_size_is_worth_a_look() -> None:
    """The camera's own warning is the finding."""
    given = Seen(
        "camera 0", "", ("camera 0: gives pictures of 320x240 pixels where 640x480 was asked for.",), (1.0,), (), Frame(1.0, PICTURE)
    )
    assert (rows.camera(case(given)).level, "320x240" in rows.camera(case(given)).found) == (Level.NOTE, True)


@pytest.mark.parametrize(("hz", "level"), [(30, Level.OK), (28, Level.OK), (25, Level.NOTE), (9, Level.NOTE), (7, Level.WRONG)])
def test_the_rate_is_judged_against_what_is_asked_for(hz: float, level: Level) -> None:
    """30 are wanted: 28 is 30 to everyone, 25 is slow, below 8 nothing can be measured."""
    check = rows.frame_rate(case(seen([1 / hz] * 60)))
    assert (check.level, check.value) == (level, pytest.approx(hz))


def test_a_video_has_its_own_rate() -> None:
    """25 frames a second of a clip are no fault when 30 are configured for a camera."""
    assert rows.frame_rate(case(seen([1 / 25] * 60), kind="video", path="a.mp4")).level is Level.OK


GAPS = {
    "one frame missing in 90": ([1 / 30] * 88 + [2 / 30], 1, 67, Level.OK),
    "one frame missing in 30": ([1 / 30] * 28 + [2 / 30], 1, 67, Level.OK),
    "four frames missing in 94": ([1 / 30] * 86 + [2 / 30] * 4, 4, 67, Level.NOTE),
    "a gap of 0.4 s": ([1 / 30] * 600 + [0.4], 11, 400, Level.NOTE),
    "a gap of 1.2 s": ([1 / 30] * 900 + [1.2], 35, 1200, Level.WRONG),
    "four of five frames missing": ([1 / 30] + [5 / 30] * 9, 36, 167, Level.WRONG),
    "every third frame missing": ([1 / 30, 2 / 30] * 45 + [1 / 30], 45, 67, Level.WRONG),
}


@pytest.mark.parametrize(("steps_s", "lost", "longest_ms", "level"), GAPS.values(), ids=GAPS)
def test_missing_frames_are_counted_by_their_stamps(steps_s: list[float], lost: int, longest_ms: float, level: Level) -> None:
    """How many, the longest wait, and how bad that is."""
    check = rows.frame_gaps(case(seen(steps_s)))
    assert check.found.startswith(f"{lost} of {lost + len(steps_s) + 1} pictures")
    assert (check.level, check.value) == (level, pytest.approx(longest_ms, abs=1))


def test_a_video_on_a_busy_machine_is_no_broken_camera() -> None:
    """What is skipped there is told, and is no fault."""
    busy = case(seen([1 / 30, 2 / 30] * 45), kind="video", path="a.mp4")
    assert (rows.frame_gaps(busy).level, rows.frame_rate(case(seen([0.2] * 20), kind="synthetic")).level) == (Level.NOTE, Level.NOTE)


@pytest.mark.parametrize(
    ("exposure_us", "most_us", "level"),
    [(4100, 4000, Level.OK), (6000, 4000, Level.NOTE), (12000, 20000, Level.NOTE), (None, 4000, Level.ABSENT)],
)
def test_the_exposure_is_judged_against_the_setting_and_a_swinging_foot(exposure_us: float | None, most_us: int, level: Level) -> None:
    """A line more than asked is normal; half as much again, or a setting that smears feet, is not; some cameras do not tell."""
    assert rows.shutter(case(seen(exposure_us=exposure_us), shutter_us=most_us)).level is level


def test_the_smear_is_told_in_centimetres() -> None:
    """A foot at 8 m/s moves 9.6 cm in 12 ms."""
    assert "10 cm" in rows.shutter(case(seen(exposure_us=12000), shutter_us=20000)).advice


@pytest.mark.parametrize(
    ("image", "level", "word"),
    [
        (PICTURE // 16, Level.WRONG, "dark"),
        (PICTURE // 5, Level.NOTE, "dark"),
        (np.full_like(PICTURE, 254), Level.NOTE, "bright"),
    ],
)
def test_dark_and_washed_out_pictures_are_named(image: Any, level: Level, word: str) -> None:
    """What is wrong with the light, and what to do; in the dark nobody can be seen at all."""
    check = rows.light(case(seen(image=image)))
    assert (check.level, word in check.advice) == (level, True)


@pytest.fixture(scope="module")
def gym() -> list[Any]:
    with av.open(str(DEMO_CLIP)) as clip:
        return [frame.to_ndarray(format="bgr24") for i, frame in enumerate(clip.decode(video=0)) if i % 5 == 0 and i < 200]


def watched(pictures: list[Any], shift_px: int = 0) -> Background:
    background = Background()
    for picture in pictures:
        background.add(np.roll(picture, shift_px, axis=1))
    return background


def test_a_camera_that_stands_as_it_was_set_up_is_fine_and_a_moved_one_is_wrong(tmp_path: Path, gym: list[Any]) -> None:
    """The demo's gym: the same picture; 64 of 640 pixels further right; nothing stored; nobody watched; a damaged file."""

    def check(background: Background | None) -> Any:
        return rows.camera_moved(case(seen(), tmp_path, background))

    unknown = check(watched(gym))
    assert (unknown.level, "Set up camera" in unknown.found) == (Level.ABSENT, True)  # the button that keeps it, as the page names it
    kept = reference(watched(gym))
    assert kept is not None
    save(tmp_path, kept)
    assert (check(watched(gym)).level, check(None).level) == (Level.OK, Level.ABSENT)
    moved = check(watched(gym, 64))
    assert (moved.level, "10.0 % to the right" in moved.found, "Set up camera" in moved.advice) == (Level.WRONG, True, True)
    (tmp_path / FILE_NAME).write_text("{}")
    assert check(watched(gym)).level is Level.NOTE
