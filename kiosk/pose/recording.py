"""Pose recordings (.npz): what `kiosk record` writes and `kiosk analyze` reads."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kiosk.domain import PoseSeries


class RecordingError(ValueError):
    """The file is not a pose recording; the message says what is wrong with it."""


@dataclass(frozen=True, eq=False)
class Recording:
    """A pose recording with what is known about it."""

    series: PoseSeries
    view: str
    """left, right, front, rear, or auto when unknown."""
    roll_deg: float
    """Camera roll, degrees."""
    made_by: str
    """Program, version, model SHA-256."""
    warnings: tuple[str, ...] = ()
    """What went wrong while it was made; not stored in the file."""


def save(path: Path, recording: Recording) -> None:
    """Write the recording; a half-written file never carries the final name.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    s = recording.series
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            t_s=s.t_s.astype(np.float64),
            xy_px=s.xy_px.astype(np.float32),
            score=s.score.astype(np.float32),
            width=s.width,
            height=s.height,
            view=recording.view,
            roll_deg=recording.roll_deg,
            made_by=recording.made_by,
        )
    partial.replace(path)


def load(path: Path) -> Recording:
    """Read a recording.

    Raises:
        RecordingError: not an .npz, a missing or misshapen array, or time stamps that do not increase.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            stored = {name: data[name] for name in data.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise RecordingError(f"{path}: not a pose recording ({(str(error).splitlines() or ['empty'])[0]}).") from None
    missing = [name for name in ("t_s", "xy_px", "score", "width", "height") if name not in stored]
    if missing:
        raise RecordingError(f"{path}: not a pose recording: {', '.join(missing)} missing.")
    series = PoseSeries(stored["t_s"], stored["xy_px"], stored["score"], int(stored["width"]), int(stored["height"]))
    _check(path, series)
    return Recording(series, str(stored.get("view", "auto")), float(stored.get("roll_deg", 0.0)), str(stored.get("made_by", "unknown")))


def _check(path: Path, series: PoseSeries) -> None:
    n = len(series.t_s)
    if series.t_s.ndim != 1 or series.xy_px.shape != (n, 17, 2) or series.score.shape != (n, 17):
        raise RecordingError(
            f"{path}: xy_px {series.xy_px.shape} and score {series.score.shape} do not fit t_s {series.t_s.shape}; "
            f"needed (n, 17, 2), (n, 17), (n,)."
        )
    if not np.isfinite(series.t_s).all() or (np.diff(series.t_s) <= 0).any():
        raise RecordingError(f"{path}: the time stamps t_s must be finite and increase from frame to frame.")
