"""`kiosk calibrate`: what it says, what it writes, and what it says to bad input. Never a traceback."""

import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from kiosk.calibrate import CalibrationError, Found, sentences, write
from kiosk.config import load
from kiosk.data import DEMO_CLIP
from kiosk.settings import with_keys
from pictures import turned
from test_cli import film, first_frames, kiosk, sentence


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of the demo from a camera that needs 4° clockwise."""
    frames = [turned(np.asarray(f, np.uint8), 4.0) for f in first_frames(120)[::4]]
    return film(tmp_path_factory.mktemp("clips") / "rolled.mp4", list(frames), fps=10)


def settings(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_says_and_writes(rolled: Path, tmp_path: Path) -> None:
    """The roll, what to do, and the file with the other lines as they were."""
    toml = settings(tmp_path / "kiosk.toml", '# my gym\n[treadmill]\nview = "right"  # side\nroll_deg = 0.0  # old\n\n[web]\nport = 0\n')
    run = kiosk("calibrate", "--source", rolled, "--config", toml, "--write")
    assert run.returncode == 0, run.stderr
    assert "counter-clockwise" in run.stdout
    belt = load(toml).treadmill
    assert belt.roll_deg == pytest.approx(4.0, abs=0.5)
    assert belt.roll_sd_deg is not None
    assert belt.roll_sd_deg < 1
    kept = [line for line in toml.read_text().splitlines() if not line.startswith("roll")]
    assert kept == ["# my gym", "[treadmill]", 'view = "right"  # side', "", "[web]", "port = 0"]
    assert "# old" in toml.read_text()


def test_the_guide_needs_a_file_and_a_free_port(tmp_path: Path) -> None:
    """Without kiosk.toml there is nothing to write into; a station that runs has the port."""
    sentence(kiosk("calibrate", "--guide"), 2, "--guide needs --config")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        toml = settings(tmp_path / "kiosk.toml", f'[web]\nport = {port}\n[store]\nfolder = "{tmp_path}"\n[panel]\nenabled = false\n')
        sentence(kiosk("calibrate", "--guide", "--config", toml, "--source", DEMO_CLIP), 1, str(port))


def test_without_write_nothing_is_written(rolled: Path, tmp_path: Path) -> None:
    """The file is looked at only."""
    toml = settings(tmp_path / "kiosk.toml", "[treadmill]\n")
    run = kiosk("calibrate", "--source", rolled, "--config", toml)
    assert run.returncode == 0, run.stderr
    assert toml.read_text() == "[treadmill]\n"


def test_user_mistakes(tmp_path: Path) -> None:
    """No file, a black picture, one frame, nobody standing, no file to write into."""
    black = film(tmp_path / "black.mp4", [np.zeros((240, 320, 3), np.uint8)] * 30)
    short = film(tmp_path / "short.mp4", first_frames(2))
    sentence(kiosk("calibrate", "--source", tmp_path / "none.mp4"), 1, "none.mp4", "no such file")
    sentence(kiosk("calibrate", "--source", black), 1, "Too few upright and level lines")
    sentence(kiosk("calibrate", "--source", short), 1, "Only 2 pictures")
    sentence(kiosk("calibrate", "--source", black, "--person"), 1, "Stand on both feet")
    sentence(kiosk("calibrate", "--source", black, "--write"), 2, "--config")
    sentence(kiosk("calibrate", "--source", black, "--seconds", 0), 2, "--seconds")


def test_read_only_settings(rolled: Path, tmp_path: Path) -> None:
    """A kiosk.toml that may not be written is named and stays as it was."""
    toml = settings(tmp_path / "kiosk.toml", "[web]\nport = 0\n")
    toml.chmod(0o444)
    sentence(kiosk("calibrate", "--source", rolled, "--config", toml, "--write"), 1, "kiosk.toml", "read-only")
    assert toml.read_text() == "[web]\nport = 0\n"


FOUND = Found(-1.84, 0.31, "6 upright and 5 level things")


@pytest.mark.parametrize(
    "before",
    ["", "[treadmill]\n", "[treadmill]", "[web]\nport = 0", "[treadmill]\r\nroll_deg = 3 # x\r\n", "[treadmill]\nroll_deg = 1\n[web]\n"],
)
def test_any_plain_file_can_be_written(tmp_path: Path, before: str) -> None:
    """With and without the section, the key, a last line end; with the line ends of Windows."""
    path = tmp_path / "kiosk.toml"
    path.write_bytes(before.encode())
    write(path, FOUND)
    assert tomllib.loads(path.read_text())["treadmill"] == {"roll_deg": -1.8, "roll_sd_deg": 0.3}
    assert (b"\r\n" in path.read_bytes()) == ("\r\n" in before)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kiosk.toml", "kiosk.toml.before"]
    assert (tmp_path / "kiosk.toml.before").read_bytes() == before.encode()


@pytest.mark.parametrize("before", ["treadmill.roll_deg = 1\n", "treadmill = { roll_deg = 1 }\n", 'x = """\n[treadmill]\n"""\n'])
def test_unusual_files_are_left_alone(tmp_path: Path, before: str) -> None:
    """A file that cannot be changed line by line keeps every byte; the lines to put in are told."""
    path = settings(tmp_path / "kiosk.toml", before)
    with pytest.raises(CalibrationError, match=r"roll_deg = -1\.8, roll_sd_deg = 0\.3"):
        write(path, FOUND)
    assert path.read_text() == before


def test_too_much_roll_is_not_written(tmp_path: Path) -> None:
    """25° is told to be turned by hand."""
    path = settings(tmp_path / "kiosk.toml", "")
    with pytest.raises(CalibrationError, match="20°"):
        write(path, Found(25.0, 0.3, ""))
    assert path.read_text() == ""


def test_what_to_do() -> None:
    """The camera is turned against the picture; a roll within its error needs nothing; too much is turned by hand."""
    assert "Turn the camera 1.8° clockwise" in list(sentences(FOUND))[-1]
    assert "roll_deg = -1.8" in list(sentences(FOUND))[-1]
    assert "counter-clockwise" in list(sentences(Found(2.0, 0.3, "")))[-1]
    assert "nothing to do" in list(sentences(Found(-0.04, 0.3, "")))[-1]
    assert next(sentences(Found(-0.04, 0.3, ""))).startswith("Camera roll: 0.0°")
    assert "too much" in list(sentences(Found(24.0, 0.3, "")))[-1]


def test_a_key_of_another_section_is_not_touched() -> None:
    """Keys are looked for in their section only."""
    assert with_keys("[a]\nk = 1\n[b]\nk = 2\n", "b", {"k": 3.0}) == "[a]\nk = 1\n[b]\nk = 3.0\n"
    assert with_keys("[a]\n[b]\nk = 2\n", "a", {"k": 3.0}) == "[a]\nk = 3.0\n[b]\nk = 2\n"


def test_synthetic_camera_has_no_room(tmp_path: Path) -> None:
    """The drawn runner has no walls: exit 1 and a way out."""
    toml = settings(tmp_path / "kiosk.toml", '[camera]\nkind = "synthetic"\n')
    sentence(kiosk("calibrate", "--config", toml, "--seconds", 2), 1, "door frame")


def test_the_readme_command_runs() -> None:
    """The bundled clip stands upright."""
    run = subprocess.run(
        [sys.executable, "-m", "kiosk", "calibrate", "--source", str(DEMO_CLIP)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "nothing to do" in run.stdout
