"""The tape: poses (and pictures, when asked for) of one recording after the other to the disk, on a thread of its own.

The frame loop calls `begin`, `add` and `finish`; none of them waits for the disk and none raises. What the disk refuses is tried again
and again, `problem` says so meanwhile, and what cannot be kept is counted. What must not go in: what a finished recording looks like.
"""

import queue
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kiosk.domain import Frame, Pose
from kiosk.tape.film import Film, OpenWriter, reason_of
from kiosk.tape.journal import Facts
from kiosk.tape.segment import Begin, Finish, Level, Save, Segment, Taped
from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.words import NOTHING, Phrase

MOST_POSES = 7200
"""Poses that wait at most while the disk refuses: 4 minutes at 30 a second, about 5 MB (our choice)."""
TICK_S = 0.1
"""Longest wait for a pose before the clock is looked at."""
RETRY_S = 1.0
"""Pause before a disk that refused is asked again (our choice)."""


class Tape:
    """The writer. One owner calls it; everything that touches the disk happens on its threads: one writes what comes, the other makes
    the finished recordings, which may take seconds.

    Args:
        folder: where recordings go; made when it is not there.
        facts: what holds for all of them; `begin` may replace the view.
        save: writes the finished recording (`kiosk.recorder.save_recording`).
        open_film: opens the writer of a video; None when this tape never makes one.
        patient: `add` waits for room instead of losing anything: for a clip that is read as fast as possible.
        on_crash: told of an error that nobody expected, which ends the thread.
    """

    def __init__(
        self,
        folder: Path,
        facts: Facts,
        save: Save,
        open_film: OpenWriter | None = None,
        *,
        patient: bool = False,
        on_crash: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self.problem: Phrase = NOTHING
        """What the disk refuses now; NOTHING when all is well."""
        self._folder, self._facts, self._save, self._open_film, self._patient = folder, facts, save, open_film, patient
        self._jobs: queue.Queue[Begin | Finish | Pose] = queue.Queue()
        self._done: deque[Taped] = deque()
        self._film: Film | None = None
        self._name = ""
        self._lost = 0
        self._segment: Segment | None = None
        self._begun = self._ended = 0
        self._ends: queue.Queue[tuple[Segment, Finish]] = queue.Queue()
        self._worker = Worker("tape", self._run, on_crash).start()
        self._ender = Worker("tape end", self._run_ends, on_crash).start()

    @property
    def name(self) -> str:
        """The recording that is being made; "" between two."""
        return self._name

    def begin(self, name: str, view: str = "", video: bool = False) -> None:
        """Begin a recording of this name (without suffix); one that still runs is finished first. Never waits.

        Args:
            name: a file's name; there must be no recording of it.
            view: left, right, front, rear or auto; "" takes that of the tape.
            video: also keep the pictures.
        """
        if self._name:
            self.finish()
        self._begun += 1
        self._name, self._lost = name, 0
        facts = replace(self._facts, view=view) if view else self._facts
        if video and self._open_film is not None:
            self._film = Film(self._folder / f"{name}.mp4", self._open_film, patient=self._patient)
        self._jobs.put_nowait(Begin(name, facts, self._film))

    def add(self, frame: Frame, pose: Pose) -> None:
        """Keep a pose, and the picture when there is a video; between two recordings nothing. Never waits, but for a patient tape."""
        if not self._name:
            return
        while self._patient and self._jobs.qsize() >= MOST_POSES and self._worker.alive:
            self._worker.stop_flag.wait(TICK_S)
        if self._jobs.qsize() >= MOST_POSES:
            self._lost += 1
        else:
            self._jobs.put_nowait(pose)
        if self._film is not None:
            self._film.add(frame)

    def finish(self, level: Level | None = None, *, keep: bool = True) -> None:
        """No pose comes any more; the recording is made on the tape's thread and `take` gives it. Never waits.

        Args:
            level: finds the camera's roll from what was seen, in place of the one that was known.
            keep: False leaves nothing of it on the disk.
        """
        if not self._name:
            return
        if self._film is not None:
            self._film.finish()
        self._jobs.put_nowait(Finish(level, keep, self._lost))
        self._name, self._film = "", None

    def take(self) -> Taped | None:
        """Each finished recording once, in order; None when there is none. Never waits."""
        return self._done.popleft() if self._done else None

    def end(self, timeout_s: float = 30.0, level: Level | None = None) -> Taped:
        """Finish and wait for the file; for an owner that takes nothing by `take`.

        Returns:
            What became of it; with the disk's problem when it was not made within `timeout_s` seconds.
        """
        name = self._name
        self.finish(level)
        waiting, until_s = Stop(), monotonic_s() + timeout_s
        while name and monotonic_s() < until_s:
            taped = self.take()
            if taped is not None and taped.name == name:
                return taped
            if taped is None:
                waiting.wait(0.01)
        return Taped(name, problem=self.problem or Phrase("The recording was not finished in time.") if name else NOTHING)

    def close(self, timeout_s: float = 30.0) -> None:
        """Finish what runs and end the threads. What the disk refuses until then is left to `recover`."""
        self.settle(timeout_s)
        self._worker.stop()
        self._ender.stop()

    def settle(self, timeout_s: float = 30.0) -> None:
        """Finish what runs and wait until everything is on the disk, the disk refuses, or the time is over."""
        self.finish()
        until_s = monotonic_s() + timeout_s
        waiting = Stop()
        while self._ended < self._begun and self._worker.alive and self._ender.alive and not self.problem and monotonic_s() < until_s:
            waiting.wait(0.01)

    def _run(self, stop: Stop) -> None:
        while not stop.is_set:
            self._step(stop)
        if self._segment is not None:
            self._segment.close()

    def _step(self, stop: Stop) -> None:
        try:
            job = self._jobs.get(timeout=TICK_S)
        except queue.Empty:
            job = None
        if isinstance(job, Begin):
            self._segment = Segment(self._folder, job)
        elif isinstance(job, Finish):
            self._try(stop, Segment.sync)
            if self._segment is not None:
                self._ends.put_nowait((self._segment, job))
            self._segment = None
        elif job is not None:
            self._try(stop, lambda segment: segment.add(job))
        self._try(stop, Segment.sync_if_due)

    def _try(self, stop: Stop, action: Callable[[Segment], None]) -> None:
        """Do this to the current segment until the disk takes it."""
        segment = self._segment
        while segment is not None:
            try:
                action(segment)
            except OSError as error:
                self.problem = Phrase(
                    "The recording cannot be written ({reason}). Free some space or check the disk.", reason=reason_of(error)
                )
                if stop.wait(RETRY_S):
                    return
            else:
                self.problem = NOTHING
                return

    def _run_ends(self, stop: Stop) -> None:
        while not stop.is_set:
            try:
                segment, job = self._ends.get(timeout=TICK_S)
            except queue.Empty:
                continue
            taped = segment.finish(self._save, job) if job.keep else segment.drop()
            self._done.append(replace(taped, lost_poses=job.lost))
            self._ended += 1
