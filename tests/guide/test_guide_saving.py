"""What the guide writes: kiosk.toml line by line and whole or not at all, and how the camera stood. With real files."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
import pytest

from kiosk.camera.background import Background
from kiosk.camera.moved import FILE_NAME, load, moved
from kiosk.config import Config, StoreConfig, TreadmillConfig
from kiosk.config import load as load_config
from kiosk.data import DEMO_CLIP
from kiosk.domain import ImageBgr
from kiosk.guide import LONG_FRAMES, QUICK_FRAMES, Outcome
from kiosk.guide.steps import RoomRoll
from kiosk.setting_up import SettingUp
from kiosk.settings import SettingsError, change_section, write_whole
from kiosk.threads import Stop, monotonic_s
from kiosk.words import NOTHING
from pictures import turned

T = TypeVar("T")
VALUES: dict[str, object] = {"view": "left", "zone": (0.24, 0.07, 0.78, 0.87), "roll_deg": -1.8, "roll_sd_deg": 0.3}
TOML = """# our gym
[web]
port = 0  # any

[treadmill]  # the black one
view = "auto"  # side
zone = [0, 0, 1, 1] # all
speed_kmh = 10.0
"""


@pytest.fixture(scope="module")
def demo() -> list[ImageBgr]:
    with av.open(str(DEMO_CLIP)) as clip:
        return [np.asarray(f.to_ndarray(format="bgr24"), np.uint8) for i, f in enumerate(clip.decode(video=0)) if i % 12 == 0]


def file(folder: Path, text: str = TOML) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(text)
    return path


def test_four_keys_and_every_other_line(tmp_path: Path) -> None:
    """View, zone and roll of [treadmill] are new; comments, other keys and sections are as they were, and so is kiosk.toml.before."""
    path = file(tmp_path)
    change_section(path, "treadmill", VALUES)
    belt = load_config(path).treadmill
    assert belt == TreadmillConfig(view="left", zone=(0.24, 0.07, 0.78, 0.87), roll_deg=-1.8, roll_sd_deg=0.3, speed_kmh=10.0)
    for line in ("# our gym", "[web]", "port = 0  # any", "[treadmill]  # the black one", "speed_kmh = 10.0"):
        assert line in path.read_text().splitlines()
    assert "# side" in path.read_text()
    assert "# all" in path.read_text()
    assert (tmp_path / "kiosk.toml.before").read_text() == TOML
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kiosk.toml", "kiosk.toml.before"]


def test_a_zone_over_several_lines_is_left_alone(tmp_path: Path) -> None:
    """What cannot be changed line by line keeps every byte; the lines to put in are told."""
    text = "[treadmill]\nzone = [\n  0.1, 0.0,\n  0.9, 1.0,\n]\n"
    path = file(tmp_path, text)
    with pytest.raises(SettingsError, match=r"zone = \[0\.24, 0\.07, 0\.78, 0\.87\]"):
        change_section(path, "treadmill", VALUES)
    assert path.read_text() == text
    assert [p.name for p in tmp_path.iterdir()] == ["kiosk.toml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file behind it is changed, where it lies."""
    (tmp_path / "real").mkdir()
    real = file(tmp_path / "real")
    link = tmp_path / "kiosk.toml"
    link.symlink_to(real)
    change_section(link, "treadmill", VALUES)
    assert link.is_symlink()
    assert load_config(link).treadmill.view == "left"


def test_permissions_stay(tmp_path: Path) -> None:
    """A file for its owner and group stays that, and so does its old self."""
    path = file(tmp_path)
    path.chmod(0o640)
    change_section(path, "treadmill", VALUES)
    assert [p.stat().st_mode & 0o777 for p in sorted(tmp_path.iterdir())] == [0o640, 0o640]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.chmod(0o444), "is read-only"),
        (lambda path: path.write_text("[treadmill\n"), "no valid TOML"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "no valid TOML"),
        (lambda path: path.unlink(), "cannot be written"),
        (lambda path: (path.parent / "kiosk.toml.part").mkdir(), "cannot be written"),
        (lambda path: path.write_text("treadmill = 3\n"), "no plain"),
    ],
)
def test_a_file_that_cannot_be_written(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    """One sentence that names the file, and every byte as it was."""
    path = file(tmp_path)
    spoil(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(SettingsError, match=said) as error:
        change_section(path, "treadmill", VALUES)
    assert "kiosk.toml" in str(error.value.sentence)
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new content does not reach the disk, the old one stays and nothing half lies about."""
    path = file(tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_text() == TOML
    assert [p.name for p in tmp_path.iterdir()] == ["kiosk.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_the_owner(tmp_path: Path) -> None:
    """After `sudo kiosk calibrate --write` the file is the station's own as before; a new one belongs to whoever has the folder."""
    path = file(tmp_path)
    os.chown(path, 1234, 2345)
    os.chown(tmp_path, 3456, 4567)
    change_section(path, "treadmill", VALUES)
    write_whole(tmp_path / "new", b"new")
    owners = [(p.stat().st_uid, p.stat().st_gid) for p in (path, tmp_path / "kiosk.toml.before", tmp_path / "new")]
    assert owners == [(1234, 2345), (3456, 4567), (3456, 4567)]


# ---- the room --------------------------------------------------------------------------------------------------------


class Setting:
    """A `SettingUp` on files of a test."""

    def __init__(self, folder: Path, path: Path | None) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.finished = 0
        self.room = SettingUp(Config(store=StoreConfig(folder=str(self.data))), path, self._finish)
        self.t_s = 0.0

    def _finish(self) -> None:
        self.finished += 1

    def show(self, images: list[ImageBgr]) -> None:
        for image in images:
            self.t_s += 0.31
            self.room.look(self.t_s, image)

    def answer(self) -> RoomRoll | None:
        return waited(self.room.answer)[0]

    def outcome(self) -> Outcome:
        return waited(self.room.outcome)


def waited(ask: Callable[[], T | None]) -> T:
    end_s, pause = monotonic_s() + 30, Stop()
    while (found := ask()) is None:
        assert monotonic_s() < end_s
        pause.wait(0.02)
    return found


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path, file(tmp_path))


def test_the_room_tells_the_roll_and_saves(setting: Setting, demo: list[ImageBgr], tmp_path: Path) -> None:
    """The demo turned by 4° is told as 4°; after saving, the same picture has not moved, and one that lies 6 % further has."""
    leaning = [turned(image, 4.0) for image in demo]
    setting.room.begin(LONG_FRAMES)
    setting.show(leaning[:LONG_FRAMES])
    roll = setting.answer()
    assert roll is not None
    assert roll.roll_deg == pytest.approx(4.0, abs=0.5)
    setting.room.save(VALUES)
    outcome = setting.outcome()
    assert (outcome.problem, outcome.note) == ("", "")
    assert load_config(tmp_path / "kiosk.toml").treadmill.view == "left"
    kept = load(setting.data)
    assert kept is not None
    assert kept.made_utc
    for images, matters in ((leaning, False), ([np.roll(image, 40, axis=1) for image in leaning], True)):
        now = Background()
        for image in images[:8]:
            now.add(image)
        found = moved(kept, now)
        assert found is not None
        assert found.matters is matters
    setting.room.stop()


def test_an_answer_of_an_earlier_look_is_dropped(setting: Setting, demo: list[ImageBgr]) -> None:
    """The camera was moved in between: only what was seen since counts."""
    setting.room.begin(QUICK_FRAMES)
    setting.show([turned(image, 5.0) for image in demo[:QUICK_FRAMES]])
    setting.room.begin(QUICK_FRAMES)
    pause = Stop()
    for _ in range(40):
        pause.wait(0.02)
        assert setting.room.answer() is None
    setting.show(demo[:QUICK_FRAMES])
    roll = setting.answer()
    assert roll is None or abs(roll.roll_deg) < 1
    setting.room.stop()


def test_without_a_file_the_lines_are_told(tmp_path: Path) -> None:
    """A station that was started without kiosk.toml says what to put in, and writes nothing."""
    setting = Setting(tmp_path, None)
    setting.room.begin(QUICK_FRAMES)
    setting.room.save({"roll_deg": 1.5})
    assert "roll_deg = 1.5" in setting.outcome().problem
    assert list(setting.data.iterdir()) == []
    setting.room.stop()


def test_a_mistake_elsewhere_in_the_file_is_told_before_it_is_changed(setting: Setting, tmp_path: Path) -> None:
    """A station that would not start with this file does not write it: every byte stays."""
    (tmp_path / "kiosk.toml").write_text(TOML.replace("port = 0", "port = -5"))
    before = (tmp_path / "kiosk.toml").read_bytes()
    setting.room.begin(LONG_FRAMES)
    setting.room.save(VALUES)
    assert "has mistakes" in setting.outcome().problem
    assert (tmp_path / "kiosk.toml").read_bytes() == before
    setting.room.stop()


def test_an_old_reference_does_not_outlive_a_new_camera(setting: Setting, demo: list[ImageBgr]) -> None:
    """In the dark the settings are saved, how the camera stood before is forgotten, and the note says what will not be noticed."""
    (setting.data / FILE_NAME).write_text("{}")
    setting.room.begin(LONG_FRAMES)
    setting.show([np.zeros_like(demo[0])] * 8)
    setting.room.save(VALUES)
    outcome = setting.outcome()
    assert outcome.problem == ""
    assert "will not be noticed" in outcome.note
    assert load(setting.data) is None
    setting.room.stop()


def test_a_read_only_file_is_an_outcome(setting: Setting, demo: list[ImageBgr], tmp_path: Path) -> None:
    """A sentence for the page, not a crash; nothing is remembered of the camera either. The second try has all that the first had."""
    (tmp_path / "kiosk.toml").chmod(0o444)
    setting.room.begin(LONG_FRAMES)
    setting.show(demo[:8])
    setting.room.save(VALUES)
    assert "read-only" in setting.outcome().problem
    assert list(setting.data.iterdir()) == []
    (tmp_path / "kiosk.toml").chmod(0o644)
    setting.room.save(VALUES)
    assert setting.outcome() == Outcome(NOTHING)
    assert load(setting.data) is not None
    setting.room.stop()
