"""Pose recordings (.npz): what `kiosk record` writes and `kiosk analyze` reads."""

import errno
import io
import lzma
import os
import tokenize
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from kiosk.domain import FloatArray, PoseSeries
from kiosk.pose.identity import NOBODY, People

DAMAGED = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError),  # the archive and its members
    *(ValueError, KeyError, SyntaxError, tokenize.TokenError, MemoryError),  # the header of an array in it
)
"""What zipfile and numpy raise when bytes of a recording are wrong."""
LARGEST_PX = 100_000
"""No picture is larger (our choice)."""


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
    roll_sd_deg: float | None = None
    """Standard error of the roll, degrees; None when nobody measured it. Recordings of older versions do not say."""
    roll_source: str = "assumed"
    """Where the roll comes from: lines (of the picture), recording (said by the file), assumed; not stored."""
    warnings: tuple[str, ...] = ()
    """What went wrong while it was made; not stored in the file."""
    people: People = NOBODY
    """Who was seen beside the runner; not stored in the file."""
    changes: FloatArray | None = None
    """(n,) how much each picture differs from the one before, grey levels; None when only the poses are known. Not stored."""
    picture_problem: str = ""
    """Too dark, too bright or blurred, as a sentence; "" when all is well or the pictures are not known. Not stored."""


def save(path: Path, recording: Recording) -> None:
    """Write the recording: whole or not at all, and never over another file.

    Raises:
        FileExistsError: there is a file of this name; it stays as it is.
        OSError: the folder cannot be written or the disk is full; nothing half-written is left.
    """
    data = _packed(recording)
    if path.exists():
        raise FileExistsError(errno.EEXIST, "there is a file of this name already", str(path))
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else a cut of power may leave the name without the content
        partial.replace(path)
    except OSError:
        with suppress(OSError):  # the disk that refused: what cannot be removed now is removed by kiosk.tape.recover
            partial.unlink(missing_ok=True)
        raise


def _packed(recording: Recording) -> bytes:
    """The archive in memory: zipfile on a full disk would try to finish its file once more when nobody listens."""
    s, out = recording.series, io.BytesIO()
    np.savez_compressed(
        out,
        t_s=s.t_s.astype(np.float64),
        xy_px=s.xy_px.astype(np.float32),
        score=s.score.astype(np.float32),
        width=s.width,
        height=s.height,
        view=recording.view,
        roll_deg=recording.roll_deg,
        roll_sd_deg=np.nan if recording.roll_sd_deg is None else recording.roll_sd_deg,
        made_by=recording.made_by,
    )
    return out.getvalue()


def load(path: Path) -> Recording:
    """Read a recording.

    Raises:
        RecordingError: not an .npz, a missing or misshapen array, or time stamps that do not increase.
    """
    stored = _stored(path)
    missing = [name for name in ("t_s", "xy_px", "score", "width", "height") if name not in stored]
    if missing:
        raise RecordingError(f"{path}: not a pose recording: {', '.join(missing)} missing.")
    try:
        t_s, xy_px, score = (np.asarray(stored[name], float) for name in ("t_s", "xy_px", "score"))
        width, height, roll_deg = (float(stored.get(name, np.zeros(()))) for name in ("width", "height", "roll_deg"))
        roll_sd_deg = float(stored.get("roll_sd_deg", np.full((), np.nan)))
    except (TypeError, ValueError) as error:
        raise RecordingError(f"{path}: not a pose recording: an array does not hold the numbers it should ({error}).") from None
    _check_facts(path, width=width, height=height, roll_deg=roll_deg, roll_sd_deg=roll_sd_deg)
    if t_s.ndim != 1:
        raise RecordingError(f"{path}: not a pose recording: t_s has the shape {t_s.shape}; needed (n,).")
    series = PoseSeries(t_s, xy_px, score, int(width), int(height))
    _check(path, series)
    source = "recording" if roll_deg or np.isfinite(roll_sd_deg) else "assumed"
    known_sd_deg = roll_sd_deg if np.isfinite(roll_sd_deg) else None
    return Recording(series, str(stored.get("view", "auto")), roll_deg, str(stored.get("made_by", "unknown")), known_sd_deg, source)


def _stored(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file:
            data = np.load(file, allow_pickle=False)
            return {name: data[name] for name in data.files} if isinstance(data, NpzFile) else {}
    except DAMAGED as error:
        raise RecordingError(f"{path}: not a pose recording ({(str(error).splitlines() or ['empty'])[0]}).") from None


def _check_facts(path: Path, *, width: float, height: float, roll_deg: float, roll_sd_deg: float) -> None:
    for name, size in (("width", width), ("height", height)):
        if not 0 <= size <= LARGEST_PX:
            raise RecordingError(f"{path}: {name} = {size:g}: needed 0 to {LARGEST_PX} pixels.")
    if not abs(roll_deg) <= 180:
        raise RecordingError(f"{path}: roll_deg = {roll_deg:g}: needed -180 to 180.")
    if roll_sd_deg < 0:
        raise RecordingError(f"{path}: roll_sd_deg = {roll_sd_deg:g}: needed 0 or more, or NaN when nobody measured it.")


def _check(path: Path, series: PoseSeries) -> None:
    n = len(series.t_s)
    if series.xy_px.shape != (n, 17, 2) or series.score.shape != (n, 17):
        raise RecordingError(
            f"{path}: xy_px {series.xy_px.shape} and score {series.score.shape} do not fit t_s {series.t_s.shape}; "
            f"needed (n, 17, 2), (n, 17), (n,)."
        )
    if not np.isfinite(series.t_s).all() or (np.diff(series.t_s) <= 0).any():
        raise RecordingError(f"{path}: the time stamps t_s must be finite and increase from frame to frame.")
