"""From a case to the kiosk's report, in this process: poses at a frame rate (kept in a folder), then the engine."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import kiosk
from judging.cases import Case
from judging.judge import ChangeRow
from kiosk import batch, results
from kiosk.camera import CameraError
from kiosk.compare import compare
from kiosk.config import Config
from kiosk.domain import PoseSeries
from kiosk.pose.movenet import model_path, sha256
from kiosk.pose.recording import Recording, RecordingError, load, save

SHAKE = 0.45
"""Irregular frames come up to this part of a frame's time early or late (our choice: any two still keep their order)."""


@dataclass(frozen=True)
class Rate:
    """How many frames are left of those that there are; the true time stamps stay."""

    fps: float
    irregular: bool = False

    @property
    def name(self) -> str:
        """For a column, e.g. "15 irregular"."""
        return f"{self.fps:g} {'irregular' if self.irregular else 'even'}"

    def picker(self) -> Callable[[float], bool]:
        """A new judge of one recording: told every frame's time in turn, it says whether that frame is kept."""
        return _Picker(self)


class _Picker:
    """Keeps the first frame at or after each due time; due times are even or shaken, always in the same way."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._rng = np.random.default_rng(7)
        self._tick = 0
        self._start_s: float | None = None
        self._due_s = 0.0

    def __call__(self, t_s: float) -> bool:
        if self._start_s is None:
            self._start_s = t_s
        if t_s - self._start_s < self._due_s - 1e-6:  # time stamps are rounded
            return False
        while self._due_s - 1e-6 <= t_s - self._start_s:
            self._tick += 1
            early = self._rng.uniform(-SHAKE, SHAKE) if self._rate.irregular else 0.0
            self._due_s = (self._tick + early) / self._rate.fps
        return True


def thinned(recording: Recording, rate: Rate) -> Recording:
    """The recording with the frames that are left."""
    s, picker = recording.series, rate.picker()
    kept = np.array([picker(float(t)) for t in s.t_s], bool)
    return replace(recording, series=PoseSeries(s.t_s[kept], s.xy_px[kept], s.score[kept], s.width, s.height))


class PoseSource:
    """Poses of cases; those that the network made are kept in a folder, so that a second run is fast."""

    def __init__(self, folder: Path, config: Config, say: Callable[[str], None] = print) -> None:
        self._folder = folder
        self._config = config
        self._say = say
        self._made_by = f"{sha256(model_path(config.pose.model))} {_digest_of_pose_code()}"
        self.model = ""
        """What made the poses of the videos, once one was read."""

    def poses(self, path: Path, rate: Rate | None = None) -> Recording:
        """Poses of a file; with a rate, of the frames that are left: the network sees no others.

        Raises:
            CameraError, RecordingError, ModelError: the file or the model cannot be used.
        """
        if path.suffix.lower() == ".npz":
            recording = load(path)
            return thinned(recording, rate) if rate else recording
        if not path.is_file():
            raise CameraError(f"{path.name}: no such file.")
        kept = self._folder / f"{self._key(path, rate)}.npz"
        if not kept.exists():
            self._say(f"network: {path.stem}, {rate.name if rate else 'all'} frames")
            save(kept, batch.read_poses(path, self._config, wanted=rate.picker() if rate else None))
        recording = load(kept)
        self.model = recording.made_by
        return recording

    def _key(self, path: Path, rate: Rate | None) -> str:
        text = f"{sha256(path)} {self._made_by} {rate}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _digest_of_pose_code() -> str:
    """Changes with everything that turns a video into poses."""
    root = Path(kiosk.__file__).parent
    sources = [*sorted((root / "pose").glob("*.py")), *sorted((root / "camera").glob("*.py")), root / "batch.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def report_of(case: Case, source: PoseSource, rate: Rate | None = None) -> dict[str, Any] | str:
    """What `kiosk analyze --json` would write, or the sentence it would say."""
    try:
        return results.to_json(measured(case, source, rate))
    except (CameraError, RecordingError) as error:
        return str(error)


def measured(case: Case, source: PoseSource, rate: Rate | None = None) -> batch.FileReport:
    """The engine's report of a case.

    Raises:
        CameraError, RecordingError, ModelError: the file or the model cannot be used.
    """
    request = batch.Request(view=case.view.value, height_cm=case.height_cm)
    return batch.analyse_recording(case.path, source.poses(case.path, rate), request)


def changes_of(first: Case, second: Case, source: PoseSource) -> list[ChangeRow]:
    """What the kiosk says of two bouts whose true change is known; nothing when one cannot be read or they are not compared."""
    try:
        said = compare(*(batch.bout_of(measured(case, source)) for case in (first, second)))
    except (CameraError, RecordingError):
        return []
    pairs = [(name, c, first.truth.get(name), second.truth.get(name)) for name, c in said.metrics.items() if c.detectable is not None]
    return [
        ChangeRow(name, b.value - a.value, c.change, c.detectable, c.real)
        for name, c, a, b in pairs
        if a is not None and b is not None and a.value is not None and b.value is not None
        if c.change is not None and c.detectable is not None
    ]
