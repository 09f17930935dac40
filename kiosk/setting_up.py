"""What the guide for the camera asks of this machine: lines of the room, kiosk.toml, a memory of how the camera stood. Beside the frames.

What must not go in: the guide's steps and words (kiosk/guide).
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from kiosk.camera.background import Background
from kiosk.camera.moved import FILE_NAME, reference, save
from kiosk.config import Config, ConfigError, data_folder, load
from kiosk.domain import ImageBgr
from kiosk.gait.tilt import APPLIED_SD_DEG
from kiosk.gait.upright import upright_from_lines
from kiosk.guide import LONG_FRAMES, Outcome
from kiosk.guide.steps import RoomRoll
from kiosk.settings import SettingsError, as_toml, change_section
from kiosk.threads import Background as Jobs
from kiosk.words import NOTHING, Phrase

EVERY_S = 0.3
"""Between two frames that are kept (our choice)."""
LEAST_KEPT = 5
"""Frames without which nothing is remembered of how the camera stood (as in kiosk/calibrate.py)."""

Answer = tuple[int, tuple[RoomRoll | None]]
"""Which look, and what it told."""


class SettingUp:
    """The guide's `Room` on this machine."""

    def __init__(
        self,
        config: Config,
        path: Path | None,
        on_saved: Callable[[], None],
        on_crash: Callable[[str, Exception], None] | None = None,
    ) -> None:
        """Nothing runs before the first `begin`.

        Args:
            config: where data are kept.
            path: the kiosk.toml this program was started with; None when it was started without one.
            on_saved: called once the good news was shown: the station should take the new values.
            on_crash: as in kiosk.threads.Worker.
        """
        self._config, self._path, self._on_saved, self._on_crash = config, path, on_saved, on_crash
        self._jobs: Jobs[Answer | Outcome] | None = None
        self._look = 0
        self._frames = 0
        self._background = self._kept = Background()
        self._kept_s = -math.inf
        self._answer: tuple[RoomRoll | None] | None = None
        self._outcome: Outcome | None = None
        self._to_save: Callable[[], Outcome] | None = None

    def begin(self, frames: int) -> None:
        """As kiosk.guide.Room."""
        if self._jobs is None:
            self._jobs = Jobs("guide", self._on_crash)
        self._look += 1
        self._frames = frames
        self._background, self._answer = Background(), None
        if frames >= LONG_FRAMES:
            self._kept = Background()  # from here on the camera is not moved any more

    def look(self, t_s: float, image_bgr: ImageBgr) -> None:
        """As kiosk.guide.Room."""
        if 0 <= t_s - self._kept_s < EVERY_S or self._jobs is None:
            return
        self._kept_s = t_s
        self._background.add(image_bgr)
        self._kept.add(image_bgr)
        if self._background.frames >= self._frames:
            look, seen = self._look, self._background
            if self._jobs.submit(lambda: (look, (roll_of_room(seen),))):
                self._background = Background()

    def answer(self) -> tuple[RoomRoll | None] | None:
        """As kiosk.guide.Room."""
        self._collect()
        found, self._answer = self._answer, None
        return found

    def save(self, values: Mapping[str, object]) -> None:
        """As kiosk.guide.Room."""
        kept, wanted = self._kept, dict(values)
        self._outcome = None  # what is kept stays for another try; the guide shows no frames meanwhile
        self._to_save = lambda: self._store(wanted, kept)

    def outcome(self) -> Outcome | None:
        """As kiosk.guide.Room."""
        if self._to_save is not None and self._jobs is not None and self._jobs.submit(self._to_save):
            self._to_save = None
        self._collect()
        found, self._outcome = self._outcome, None
        return found

    def finish(self) -> None:
        """As kiosk.guide.Room."""
        self._on_saved()

    def stop(self) -> None:
        """End the thread after what it does now."""
        if self._jobs is not None:
            self._jobs.stop()

    def _collect(self) -> None:
        found = self._jobs.take() if self._jobs is not None else None
        if isinstance(found, Outcome):
            self._outcome = found
        elif found is not None and found[0] == self._look:
            self._answer = found[1]

    def _store(self, values: Mapping[str, object], kept: Background) -> Outcome:
        """Write kiosk.toml, then remember how the camera stands."""
        if self._path is None:
            lines = ", ".join(f"{key} = {as_toml(value)}" for key, value in values.items())
            return Outcome(Phrase("This station runs without a kiosk.toml. Put under [treadmill] by hand: {lines}.", lines=lines))
        try:
            load(self._path)  # mistakes that somebody made since the start are told before anything is changed
            change_section(self._path, "treadmill", values)
        except SettingsError as error:
            return Outcome(error.sentence)
        except ConfigError as error:
            why = " ".join(str(error).split())
            return Outcome(Phrase("{path} has mistakes that a start will refuse: {reason}", path=self._path, reason=why))
        return Outcome(NOTHING, self._remember(kept))

    def _remember(self, kept: Background) -> Phrase:
        """Store how the camera stands; what cannot be done is said, the settings hold all the same."""
        folder = data_folder(self._config.store)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        found = reference(kept, now) if kept.frames >= LEAST_KEPT else None
        try:
            (folder / FILE_NAME).unlink(missing_ok=True)  # of how it stood before
            if found is not None:
                save(folder, found)
                return NOTHING
        except OSError as error:
            return Phrase("Saved. A move of the camera will not be noticed: {reason}.", reason=error.strerror or str(error))
        return Phrase("Saved. A move of the camera will not be noticed: the picture shows too little that stands still.")


def roll_of_room(seen: Background) -> RoomRoll | None:
    """The roll that the lines tell; None when they are too few, do not agree, or tell it too roughly."""
    upright = upright_from_lines(seen.segments_px(), *seen.size_px)
    if upright is None or upright.sd_deg > APPLIED_SD_DEG:
        return None
    things = Phrase("{uprights} upright and {levels} level things", uprights=upright.uprights, levels=upright.levels)
    return RoomRoll(upright.roll_deg, upright.sd_deg, things)
