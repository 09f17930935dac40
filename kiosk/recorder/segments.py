"""Segments: frames -> poses -> files of [recorder] segment_s, for `kiosk record` and its service; and the tape of this treadmill.

What must not go in: when to record; that is __init__.py and service.py.
"""

import math
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from kiosk import __version__
from kiosk.camera.background import Background
from kiosk.config import Config, RecorderConfig, TreadmillConfig
from kiosk.domain import Frame, Pose, PoseSeries
from kiosk.gait.tilt import stand_from_lines
from kiosk.gait.upright import upright_from_lines
from kiosk.pose.recording import Recording, save
from kiosk.tape import ring
from kiosk.tape.hold import FolderTakenError, Hold
from kiosk.tape.journal import Facts
from kiosk.tape.recover import recover
from kiosk.tape.segment import Taped
from kiosk.tape.tape import Tape
from kiosk.threads import monotonic_s
from kiosk.words import NOTHING, Phrase

KEY_FRAME_S = 1.0
"""A key frame this often in videos: a cut loses less than 2 s of the picture."""
MEGABYTE, GIGABYTE = 1e6, 1e9
LOOK_S = 1.0
"""Pause between two looks at the free space: at most 5 MB of video are written in it (our choice)."""
CLOSE_S = 40.0
"""Longest wait for the last recording at the end: systemd gives 90 s."""


class RecorderError(OSError):
    """Nothing can be recorded; the message says why and what to do."""


class Finder(Protocol):
    """What finds the runner in a picture."""

    @property
    def name(self) -> str:
        """Network and its checksum, for the recording."""

    def estimate(self, frame: Frame) -> Pose: ...  # noqa: D102


def save_recording(path: Path, series: PoseSeries, facts: Facts) -> None:
    """What a tape calls for a finished recording: the .npz that `kiosk analyze` reads.

    Raises:
        OSError: the disk refuses.
    """
    save(path, Recording(series, facts.view, facts.roll_deg, facts.made_by, facts.roll_sd_deg))


def open_tape(
    folder: Path,
    treadmill: TreadmillConfig,
    made_by: str,
    *,
    patient: bool = False,
    save: Callable[[Path, PoseSeries, Facts], None] = save_recording,
    on_crash: Callable[[str, Exception], None] | None = None,
) -> Tape:
    """A tape for this treadmill: .npz files and, when `begin` asks for it, .mp4 files in `folder`."""
    from kiosk.report.video import VideoWriter  # a seventh of what a start loads; a station has a tape only with the clinic

    facts = Facts(treadmill.view, treadmill.roll_deg, treadmill.roll_sd_deg, made_by)
    return Tape(folder, facts, save, lambda path: VideoWriter(path, KEY_FRAME_S), patient=patient, on_crash=on_crash)


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder for this user; the folder need not be there yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


class Segments:
    """Frames in, files of [recorder] segment_s out, old files away; asked for free space before and while it records.

    Args:
        config: treadmill and [recorder].
        folder: where the files go.
        finder: frame -> pose; its name goes into the files.
        told: takes a line for the log.
        patient: nothing is left out, the caller waits: for a clip that is read as fast as possible.
        free: bytes that are free on the disk of a folder.
    """

    def __init__(
        self,
        config: Config,
        folder: Path,
        finder: Finder,
        told: Callable[[str], None],
        *,
        patient: bool = False,
        free: Callable[[Path], int] = free_bytes,
        on_crash: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self.files: list[Path] = []
        """Recordings made so far."""
        self.segment = ""
        """The segment that is being recorded; "" between two."""
        self.free_bytes = 0
        self._config, self._folder, self._finder, self._told, self._free = config, folder, finder, told, free
        self._settings: RecorderConfig = config.recorder
        self._hold: Hold | None = None
        self._names: set[str] = set()
        self._number = 0
        self._begun_s = self._looked_s = float("-inf")
        self._size = (0, 0)
        self._background = Background()
        self._sweep_problem = self._said_problem = NOTHING
        made_by = f"treadside {__version__} {finder.name}"
        self._tape = open_tape(folder, config.treadmill, made_by, patient=patient, save=self._save, on_crash=on_crash)

    def recover(self) -> None:
        """Take the folder and mend what an earlier run left; once, before the first frame.

        Raises:
            RecorderError: another process writes there.
        """
        try:
            self._hold = Hold(self._folder)
        except FolderTakenError as error:
            raise RecorderError(str(error)) from None
        except OSError as error:  # some network disks know no locks
            self._told(f"Note: {self._folder} cannot be locked ({error.strerror}): let no other recorder write there.")
        for path in recover(self._folder, save_recording, self._told):
            self._names.add(path.stem)  # just made: not old, whatever the clock says

    @property
    def problem(self) -> Phrase:
        """What the disk refuses now."""
        return self._tape.problem or self._sweep_problem

    @property
    def is_full(self) -> bool:
        """True when less than [recorder] free_gb is free; looks at most once in LOOK_S.

        Raises:
            RecorderError: nobody can say, the folder cannot be reached.
        """
        if monotonic_s() - self._looked_s >= LOOK_S:
            try:
                self.free_bytes = self._free(self._folder)
            except OSError as error:
                raise RecorderError(f"{self._folder}: cannot be reached ({error.strerror}). Check the disk.") from None
            self._looked_s = monotonic_s()
        return self.free_bytes < self._settings.free_gb * GIGABYTE

    @property
    def full_sentence(self) -> Phrase:
        """Why nothing is recorded; rounded apart, so that the two numbers never look equal."""
        free_mb, needed_mb = math.floor(self.free_bytes / MEGABYTE), math.ceil(round(self._settings.free_gb * GIGABYTE) / MEGABYTE)
        return Phrase(
            "The disk is nearly full: {free_mb:.0f} MB are free, {needed_mb:.0f} MB must stay free. Delete or move recordings.",
            free_mb=free_mb,
            needed_mb=needed_mb,
        )

    def add(self, frame: Frame) -> Pose:
        """Record a frame; a new segment begins when it is time, or when the picture has another size."""
        pose = self._finder.estimate(frame)
        size = (pose.width, pose.height)
        if self.segment and (frame.t_s - self._begun_s >= self._settings.segment_s or size != self._size):
            self.finish()
        if not self.segment:
            self._begin(frame.t_s, size)
        self._tape.add(frame, pose)
        self._background.add(frame.image_bgr)
        self.tell()
        return pose

    def finish(self) -> None:
        """End the segment; the next frame begins another. Never waits."""
        seen, self._background = self._background, Background()
        known = self._config.treadmill.roll_deg != 0 or self._config.treadmill.roll_sd_deg is not None
        self._tape.finish(None if known else lambda: _roll_of(seen))
        self.segment = ""

    def tell(self) -> None:
        """Say what was finished and what went wrong since the last time."""
        while taped := self._tape.take():
            self._say(taped)
        if self.problem != self._said_problem:
            self._said_problem = self.problem
            self._told(f"Problem: {self.problem}" if self.problem else "The disk takes recordings again.")

    def settle(self) -> None:
        """Finish and wait for the last file."""
        self.finish()
        self._tape.settle(CLOSE_S)
        self.tell()

    def close(self) -> None:
        """Finish, wait for the last file, let go."""
        self.finish()
        self._tape.close(CLOSE_S)
        self.tell()
        if self._hold is not None:
            self._hold.release()

    def _begin(self, t_s: float, size: tuple[int, int]) -> None:
        self._number += 1
        now = datetime.now(UTC)
        while any((self._folder / f"{ring.name_of(now, self._number)}{s}").exists() for s in (".npz", ".journal", ".mp4")):
            self._number += 1  # the clock was set back
        self.segment, self._begun_s, self._size = ring.name_of(now, self._number), t_s, size
        self._names.add(self.segment)
        self._tape.begin(self.segment, video=self._settings.video)

    def _say(self, taped: Taped) -> None:
        if taped.recording is not None:
            self.files.append(taped.recording)
            self._told(f"recorded {taped.recording}")
        if taped.problem:
            self._told(f"Problem with {taped.name}: {taped.problem}")
        if taped.lost_poses:
            self._told(f"Problem with {taped.name}: {taped.lost_poses} poses were lost while the disk refused.")

    def _save(self, path: Path, series: PoseSeries, facts: Facts) -> None:
        """On the tape's thread: the file, then room for the next."""
        save_recording(path, series, facts)
        limits = ring.Limits(self._settings.keep_gb * GIGABYTE, self._settings.keep_days * ring.DAY_S)
        try:
            gone = ring.sweep(self._folder, limits, time.time(), lambda n: n in (path.stem, self.segment), self._names.__contains__)
        except OSError as error:
            self._sweep_problem = Phrase("Old recordings cannot be deleted ({reason}).", reason=error.strerror or str(error))
            return
        self._sweep_problem = NOTHING
        for name in gone:
            self._told(f"deleted {name}: older or more than [recorder] keep_days and keep_gb allow")


def _roll_of(seen: Background) -> tuple[float, float | None]:
    """The camera's roll from the lines of what stood still."""
    stand = stand_from_lines(upright_from_lines(seen.segments_px(), *seen.size_px))
    return stand.roll_deg, stand.roll_sd_deg
