"""Stepping on and off with the pipeline: made-up people before a network that takes whoever is told."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from at_once import AtOnce
from kiosk.config import Config, SessionConfig, TreadmillConfig
from kiosk.domain import Frame, Pose
from kiosk.parts import Parts
from kiosk.pipeline import Pipeline
from kiosk.pose.identity import Identity, blank
from kiosk.screen import Command, LiveView, State, Summary
from logs import Log
from runner import make_runner, times

Person = Callable[[float], Pose | None]
"""What the network finds at a time; None for an empty belt."""

PICTURE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)


def runner(fps: float, start_s: float, end_s: float, by_px: tuple[float, float] = (0, 0), scale: float = 1.0, **body: float) -> Person:
    """Somebody who runs on the belt in [start_s, end_s)."""
    series = make_runner(times(60, fps), noise_px=1, **body)  # type: ignore[arg-type]

    def pose(t_s: float) -> Pose | None:
        if not start_s <= t_s < end_s:
            return None
        i = min(round(t_s * fps), len(series.t_s) - 1)
        centre = np.array([320.0, 250.0])
        return Pose(t_s, (centre + (series.xy_px[i] - centre) * scale + by_px).astype(np.float32), series.score[i], 640, 480)

    return pose


class Finder:
    """Takes the first of the people who is there, and lets only the runner through, like the real one."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._identity = Identity()

    def estimate(self, frame: Frame) -> Pose:
        found = (p for p in (person(frame.t_s) for person in self._people) if p is not None)
        nobody = blank(Pose(frame.t_s, np.zeros((17, 2), np.float32), np.zeros(17, np.float32), 640, 480))
        return self._identity.update(next(found, nobody))


Visit = tuple[list[tuple[float, LiveView]], list[Summary]]


def visit(people: Sequence[Person], seconds: float, fps: float, presses: dict[float, Command] | None = None, **session: object) -> Visit:
    """What the screen showed and what was stored."""
    log, waiting = Log(), sorted((presses or {}).items())
    parts = Parts(Finder(people), log, AtOnce(), lambda v: None)  # type: ignore[arg-type, return-value]
    config = Config(treadmill=TreadmillConfig(view="right"), session=SessionConfig.model_validate({"summary_s": 8, **session}))
    pipeline, views = Pipeline(parts, config), []
    for t_s in times(seconds, fps):
        now = [waiting.pop(0)[1]] if waiting and t_s >= waiting[0][0] else []
        views.append((float(t_s), pipeline.step(Frame(float(t_s), PICTURE), now)))
    return views, log.ended


def changes(views: list[tuple[float, LiveView]]) -> list[tuple[float, State]]:
    """(time, state) of each change, with the first."""
    return [(t, v.state) for i, (t, v) in enumerate(views) if i == 0 or v.state is not views[i - 1][1].state]


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_stepping_on_starts_and_stepping_off_ends(fps: float) -> None:
    """On at 2 s, off at 20 s: countdown two seconds later, a summary within 2 s that stays its 8 s, with numbers."""
    views, stored = visit([runner(fps, 2, 20)], 32, fps)
    (_, idle), (on_s, countdown), (_, running), (off_s, summary), (end_s, after) = changes(views)
    assert [idle, countdown, running, summary, after] == ["idle", "countdown", "running", "summary", "idle"]
    assert 4 <= on_s <= 4.4
    assert 21 <= off_s <= 22
    assert end_s - off_s == pytest.approx(8, abs=1.1 / fps)
    assert stored[0].metrics["cadence_spm"].value == pytest.approx(165, abs=1)


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_the_second_visitor_is_measured_from_scratch(fps: float) -> None:
    """One runner after the other, three seconds between: two sessions, each with its own cadence only."""
    people = [runner(fps, 0, 15), runner(fps, 18, 34, (60, 30), 0.85, cadence_spm=180.0)]
    views, stored = visit(people, 36, fps)
    assert [s.metrics["cadence_spm"].value for s in stored] == pytest.approx([165, 180], abs=1)
    assert [state for _, state in changes(views)].count(State.COUNTDOWN) == 2


def test_stop_while_running_on_does_not_start_again() -> None:
    """Stop at 15 s, on the belt until 30 s, back at 33 s: the next countdown comes after 35 s, no earlier."""
    views, stored = visit([runner(30, 0, 30), runner(30, 33, 60)], 40, 30, {15.0: Command.STOP})
    assert len(stored) == 1
    starts = [t for t, state in changes(views) if state is State.COUNTDOWN]
    assert starts == pytest.approx([2, 35], abs=0.3)


def test_a_passer_by_does_not_end_the_run_or_change_it() -> None:
    """The network takes a passer-by for most of a second at 12 s: one session, the same cadence."""

    def passer_by(t_s: float) -> Pose | None:
        x = (t_s - 12) * 2.4 * 110
        return runner(30, 0, 60, (x, -20), 0.8)(t_s) if abs(x) < 110 else None

    views, stored = visit([passer_by, runner(30, 0, 25)], 28, 30)
    assert len(stored) == 1
    assert stored[0].metrics["cadence_spm"].value == pytest.approx(165, abs=1)
    assert changes(views)[-1][0] == pytest.approx(26.5, abs=0.2)


def test_standing_still_is_not_stepping_off() -> None:
    """After ten seconds the runner stands on the belt: the run goes on."""
    there = runner(30, 0, 60)
    views, _ = visit([lambda t_s: there(min(t_s, 10))], 20, 30)
    assert views[-1][1].state is State.RUNNING


def test_no_picture_is_not_stepping_off() -> None:
    """The camera gives nothing for five seconds while somebody runs: the screen says so and the run goes on after it."""
    there = runner(30, 0, 60)
    parts = Parts(Finder([there]), Log(), AtOnce(), lambda v: None)  # type: ignore[arg-type, return-value]
    pipeline = Pipeline(parts, Config(treadmill=TreadmillConfig(view="right"), session=SessionConfig(guided=False, countdown_s=0)))
    for t_s in times(5, 30):
        pipeline.step(Frame(float(t_s), PICTURE))
    dark = [pipeline.without_frame(5 + i / 10) for i in range(50)]
    assert (dark[-1].state, dark[-1].cannot_judge) == (State.RUNNING, "The camera gives no picture.")
    assert pipeline.step(Frame(10.0, PICTURE)).state is State.RUNNING


def test_switched_off() -> None:
    """hands_free = false: running starts nothing."""
    views, _ = visit([runner(30, 0, 20)], 10, 30, hands_free=False)
    assert {v.state for _, v in views} == {State.IDLE}
