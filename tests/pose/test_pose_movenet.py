"""The network: shipped models, both runtimes, the self-test, and what is refused."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from kiosk.camera.video import VideoCamera
from kiosk.config import CameraConfig, PoseConfig
from kiosk.domain import Frame
from kiosk.pose import movenet
from kiosk.pose.crop import Square
from kiosk.pose.cut import cut
from kiosk.pose.movenet import MODEL_FOLDER, MODELS, RUNTIMES, ModelError, MoveNet, Network, self_test

HAS_TFLITE = importlib.util.find_spec("tflite_runtime") is not None


def picture() -> np.ndarray:
    with np.load(MODEL_FOLDER / "selftest.npz") as stored:
        return np.asarray(stored["rgb"])


def resized(side_px: int) -> np.ndarray:
    out = np.zeros((side_px, side_px, 3), np.uint8)
    cut(picture()[..., ::-1], Square(0, 0, 256), out)
    return out


@pytest.mark.parametrize("model", list(MODELS))
def test_shipped_models_pass_their_self_test(model: str) -> None:
    """Both models answer the stored picture."""
    self_test(Network(PoseConfig(model=model)))


@pytest.mark.skipif(not HAS_TFLITE, reason="tflite-runtime has wheels for Python 3.11 only")
@pytest.mark.parametrize("model", list(MODELS))
def test_both_runtimes_answer_alike(model: str) -> None:
    """ai-edge-litert and tflite-runtime: no keypoint differs by more than 2 % of the picture."""
    answers = []
    for row in RUNTIMES:
        network = Network(PoseConfig(model=model, runtime=row.name, threads=1))  # type: ignore[arg-type]
        self_test(network)
        answers.append(network(resized(network.side_px)))
    assert np.abs(answers[0][:, :2] - answers[1][:, :2]).max() < 0.02


def test_first_runtime_of_the_table_is_taken() -> None:
    """With "auto" the successor comes first."""
    assert RUNTIMES[0].name == "ai-edge-litert"
    assert Network(PoseConfig()).runtime == "ai-edge-litert"


def test_missing_runtime_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any runtime the message says what to install."""
    for row in RUNTIMES:
        monkeypatch.setitem(sys.modules, row.module, None)
    with pytest.raises(ModelError, match="is not installed"):
        Network(PoseConfig())


def test_broken_model_file(tmp_path: Path) -> None:
    """Bytes that are no model are refused with the file's name."""
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"not a model" * 100)
    with pytest.raises(ModelError, match=r"broken\.tflite.*cannot load"):
        Network(PoseConfig(model=str(broken)))


def test_changed_shipped_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed byte in a shipped model is found by its SHA-256."""
    copy = tmp_path / MODELS["lightning"].name
    data = bytearray(MODELS["lightning"].read_bytes())
    data[1000] ^= 1
    copy.write_bytes(data)
    monkeypatch.setitem(movenet.MODELS, "lightning", copy)
    with pytest.raises(ModelError, match="damaged"):
        Network(PoseConfig())


def test_own_model_file_is_taken(tmp_path: Path) -> None:
    """--model with a path loads any single-pose MoveNet."""
    copy = tmp_path / "mine.tflite"
    shutil.copy(MODELS["thunder"], copy)
    assert Network(PoseConfig(model=str(copy))).side_px == 256


def test_unknown_model_names_the_choices() -> None:
    """A name that is neither a model nor a file lists what there is."""
    with pytest.raises(ModelError, match="lightning, thunder"):
        Network(PoseConfig(model="lightening"))


def test_self_test_notices_a_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that answers elsewhere fails with the distance."""
    network = Network(PoseConfig())
    monkeypatch.setattr(network, "output", lambda: np.full((17, 3), 0.5, np.float32))
    with pytest.raises(ModelError, match="fails its self-test"):
        self_test(network)


def test_cut_returns_pixels_where_they_were() -> None:
    """A white dot is found at its own place after cutting, also when the square hangs over the edge."""
    image = np.zeros((480, 640, 3), np.uint8)
    image[100:104, 50:54] = (255, 0, 0)
    out = np.zeros((192, 192, 3), np.uint8)
    square = cut(image, Square(-100.4, -20.2, 384), out)
    y, x = np.argwhere(out[..., 2] > 100).mean(axis=0)
    scale = square.side_px / 192
    assert (x + 0.5) * scale + square.left_px == pytest.approx(52, abs=2)
    assert (y + 0.5) * scale + square.top_px == pytest.approx(102, abs=2)
    assert out[..., 0].max() == 0


def test_square_outside_the_frame_is_black() -> None:
    """A square that lies wholly outside gives a black picture, not an error."""
    out = np.ones((192, 192, 3), np.uint8)
    cut(np.full((480, 640, 3), 255, np.uint8), Square(2000, 2000, 300), out)
    assert out.max() == 0


def test_runner_of_a_clip_is_found(data: Path) -> None:
    """On a rendered runner the median keypoint lies within a tenth of the torso of the visible point."""
    case = json.loads((data / "p02_side_left_overstride.json").read_text())
    assert case["view"] == "left"
    finder = MoveNet(PoseConfig())
    poses = []
    with VideoCamera(CameraConfig(kind="video", path=str(data / "p02_side_left_overstride.mp4")), realtime=False) as camera:
        while len(poses) < 40:
            frame = camera.read(1.0)
            assert frame is not None
            poses.append(finder.estimate(frame))
    scores = np.stack([p.score for p in poses[5:]])
    assert scores.mean() > 0.5
    hips = np.stack([p.xy_px[[11, 12]].mean(axis=0) for p in poses[5:]])
    assert np.nanstd(hips[:, 0]) < 15


def test_empty_picture_is_not_an_error() -> None:
    """A black frame gives a pose with low scores."""
    pose = MoveNet(PoseConfig()).estimate(Frame(0.0, np.zeros((480, 640, 3), np.uint8)))
    assert pose.score.mean() < 0.3
