"""Guided visits through the whole pipeline: a made-up runner, a store in memory, two buttons."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from at_once import AtOnce
from kiosk.coach.codes import is_code
from kiosk.coach.progress import Progress
from kiosk.config import Config, SessionConfig, TreadmillConfig
from kiosk.domain import Frame, Pose, PoseSeries
from kiosk.gait.analysis import Analysis, analyse
from kiosk.parts import Parts
from kiosk.pipeline import Pipeline
from kiosk.screen import Command, LiveView, Pick, Press, State
from kiosk.words import Language
from logs import Log
from runner import make_runner, times

START, STOP = Command.START, Command.STOP
PICTURE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
FPS = 15
WHOLE_RUN_S = 40


class Finder:
    """Poses of a made-up runner; `away` blanks her."""

    def __init__(self, cadence_spm: float = 180.0) -> None:
        self.series = make_runner(times(4, FPS), noise_px=1, cadence_spm=cadence_spm)
        self.away = False

    def estimate(self, frame: Frame) -> Pose:
        # 4 s are 12 steps at 180, 10 at 150 a minute: the loop closes
        i = round(frame.t_s * FPS) % len(self.series.t_s)
        return Pose(frame.t_s, self.series.xy_px[i], self.series.score[i] * (0.05 if self.away else 1.0), 640, 480)


class Station:
    """A pipeline that is driven by the second."""

    def __init__(self, log: Log | None = None, speed_kmh: float | None = None, **session: object) -> None:
        self.log = log or Log()
        self.finder = Finder()
        self._numbers = iter(range(12345, 20000))
        parts = Parts(self.finder, self.log, AtOnce(), lambda v: None, number=lambda: next(self._numbers))  # type: ignore[arg-type, return-value]
        config = Config(treadmill=TreadmillConfig(view="right", speed_kmh=speed_kmh), session=SessionConfig.model_validate(session))
        self.pipeline = Pipeline(parts, config)
        self.frames = 0
        self.views: list[LiveView] = []
        self.step()

    def step(self, *presses: Press) -> LiveView:
        view = self.pipeline.step(Frame(self.frames / FPS, PICTURE), presses)
        self.frames += 1
        self.views.append(view)
        return view

    def wait(self, seconds: float) -> LiveView:
        for _ in range(round(seconds * FPS)):
            view = self.step()
        return view

    def press(self, *presses: Press, then_s: float = 0.6) -> LiveView:
        """One press after the other, each after a pause."""
        for press in presses:
            self.step(press)
            view = self.wait(then_s)
        return view

    def to_choice(self) -> LiveView:
        self.press(START)
        return self.wait(3)

    def run(self, *choice: Press, seconds: float = WHOLE_RUN_S) -> LiveView:
        """Choose, count down, run, stop."""
        self.press(*choice)
        self.wait(3 + seconds)
        return self.press(STOP)


def states(views: Iterable[LiveView]) -> list[State]:
    return list(dict.fromkeys(view.state for view in views))


def test_a_visit_with_two_buttons_shows_every_screen() -> None:
    """Start, check, choice, run, summary, replay, questions, take home; the session is stored and the runner has a code."""
    station = Station()
    choice = station.to_choice()
    assert choice.state is State.CHOOSE
    assert choice.menu is not None
    assert choice.menu.options[0].key == "surprise"
    summary = station.run(START)
    assert summary.state is State.SUMMARY
    assert summary.summary is not None
    assert summary.summary.metrics["cadence_spm"].value == pytest.approx(180, abs=1)
    assert summary.summary.stride is not None
    home = station.press(START, START, START)  # replay, the first question, its first answer
    while home.state is State.ASK:
        home = station.press(START)
    assert home.state is State.TAKE_HOME
    assert home.summary is not None
    assert is_code(home.summary.code)
    assert any(home.summary.code[:3] in line for line in home.summary.take_home)
    assert station.press(START).state is State.IDLE
    assert states(station.views) == ["idle", "check", "choose", "countdown", "running", "summary", "replay", "ask", "take_home"]
    assert [s.session_id for s in station.log.ended] == [1]
    assert {view.metronome_spm for view in station.views} == {None}  # off until somebody switches it on


def test_the_check_waits_until_the_runner_is_there() -> None:
    """An empty treadmill keeps the check, and says so; who steps on is let through after two seconds."""
    station = Station()
    station.finder.away = True
    check = station.press(START, then_s=3)
    assert check.check is not None
    assert (check.state, check.check.problem) == (State.CHECK, "nobody")
    station.finder.away = False
    assert station.wait(4).state is State.CHOOSE


def test_a_chosen_skill_is_worked_on_and_comes_back_with_the_code() -> None:
    """First run: one minute of focus and a code; the second visit types it: welcome, the same skill first, two minutes."""
    first = Station()
    choice = first.to_choice()
    assert choice.menu is not None
    skill = choice.menu.options[1].key
    first.run(Pick(skill))
    focus = next(view.focus for view in first.views if view.focus is not None)
    assert focus.minutes == 1
    assert first.views[-1].summary is not None
    code = first.views[-1].summary.code
    assert Progress.from_text(first.log.kept[code]).runs == 1

    second = Station(first.log)
    second.to_choice()
    back = second.press(Pick("code"), *(Pick(digit) for digit in code))
    assert back.menu is not None
    assert back.menu.more == "Welcome back! Runs so far: 1."
    assert back.menu.options[1].key == skill
    assert "code" not in {option.key for option in back.menu.options}
    second.run(START)
    assert next(view.focus for view in second.views if view.focus is not None).minutes == 2
    assert second.views[-1].summary is not None
    assert second.views[-1].summary.code == code
    assert Progress.from_text(first.log.kept[code]).runs == 2


@pytest.mark.parametrize("code", ["111111", "123456"])
def test_a_wrong_code_is_said_and_three_of_them_lock(code: str) -> None:
    """A code that nobody has, or with a wrong check digit, changes nothing; after three no code is taken for half a minute."""
    station = Station()
    station.to_choice()
    for _ in range(3):
        refused = station.press(Pick("code"), *(Pick(digit) for digit in code))
        assert refused.menu is not None
        assert "not known" in refused.menu.more
    locked = station.press(Pick("code"), *(Pick(digit) for digit in code))
    assert locked.menu is not None
    assert "wait" in locked.menu.more


def test_damaged_progress_is_said() -> None:
    """What is kept under a code cannot be read: a sentence, and the visit goes on as a first one."""
    station = Station()
    station.log.kept["000000"] = "{"
    station.to_choice()
    said = station.press(Pick("code"), *(Pick("0") for _ in range(6)))
    assert said.menu is not None
    assert "cannot be read" in said.menu.more
    assert station.press(START).state is State.COUNTDOWN


def test_switches_of_the_menu() -> None:
    """Metronome and voice are off; taken they are on, for this visit only, and the beat comes with the own cadence."""
    station = Station()
    station.to_choice()
    choice = station.press(Pick("metronome"))
    assert choice.menu is not None
    assert {o.key: o.on for o in choice.menu.options if o.on is not None} == {"metronome": True, "voice": False}
    station.run(Pick("surprise"), seconds=65)
    beats = {view.metronome_spm for view in station.views if view.metronome_spm is not None}
    assert beats
    assert all(185 <= beat <= 193 for beat in beats)  # 180 + 5 %
    assert not any(view.say_aloud for view in station.views)
    station.press(STOP)
    again = station.to_choice()
    assert again.menu is not None
    assert [o.on for o in again.menu.options if o.key == "metronome"] == [False]


def test_soreness_is_kept_and_changes_what_comes_next() -> None:
    """It hurts: advice to stop and ask, and the next run under this code is an easy one."""
    station = Station()
    station.to_choice()
    station.run(START)
    asked = station.press(START, START)
    assert asked.state is State.ASK
    home = station.press(Pick("shin_knee"), Pick("hurts"), START)
    assert home.state is State.TAKE_HOME
    assert home.summary is not None
    assert "ask a professional" in home.summary.advice
    assert station.log.told[-1].advice == home.summary.advice
    assert station.log.answered[-1][:2] == ("Shin or kneecap", "It hurts")
    assert Progress.from_text(station.log.kept[home.summary.code]).soreness[:2] == ("shin_knee", "hurts")


def test_a_run_that_cannot_be_judged_gives_no_code() -> None:
    """Nobody on the belt: no verdict, no code, no progress kept; the questions are still asked."""
    station = Station(abandoned_s=600)
    station.to_choice()
    station.press(START)
    station.finder.away = True
    station.wait(5)
    done = station.press(STOP)
    assert done.summary is not None
    assert (done.summary.code, station.log.kept) == ("", {})
    assert done.summary.refusal


def test_stepping_off_for_ten_seconds_ends_the_run_and_says_so() -> None:
    """A run that was started by a press waits ten seconds for the runner; the summary names the reason and the time on the belt."""
    station = Station()
    station.to_choice()
    station.press(START)
    station.wait(3 + 15)
    station.finder.away = True
    assert station.wait(8).state is State.RUNNING
    done = station.wait(5)
    assert done.summary is not None
    assert (done.state, done.summary.reason_ended) == (State.SUMMARY, "You stepped off, so the run ended.")
    assert done.summary.duration_s == pytest.approx(17, abs=1.5)


def test_the_language_of_the_visitor_goes_with_the_session() -> None:
    """Stop on the attract screen switches to German; the view says so until the visit ends."""
    station = Station()
    assert station.press(STOP).language is Language.DE
    station.to_choice()
    assert station.run(START, seconds=12).language is Language.DE
    assert station.press(STOP).language is Language.EN


def test_show_me_in_the_run() -> None:
    """Start while running asks for feedback: the gauge or a cue is there because it was asked for."""
    station = Station()
    station.to_choice()
    station.press(Pick("close"))
    station.wait(3 + 50)
    silent = next(i for i, view in enumerate(station.views) if view.focus is not None and view.focus.silent)
    assert station.views[silent].cue is None
    assert station.press(START).asked_for
    assert station.wait(10).asked_for is False


def test_the_next_visitor_knows_nothing_of_the_last_one() -> None:
    """After a visit with a code the menu offers to type a code again, and a new run gets another one."""
    station = Station()
    codes = []
    for _ in range(2):
        choice = station.to_choice()
        assert choice.menu is not None
        assert "code" in {option.key for option in choice.menu.options}
        done = station.run(START, seconds=15)
        assert done.summary is not None
        codes.append(done.summary.code)
        station.press(STOP)
    assert len(set(codes)) == 2


def test_no_disk_is_no_end_of_the_visit() -> None:
    """The store keeps nothing (no session number): the visit goes on to its end, with a code that holds for now."""

    class NoDisk(Log):
        def begin(self, info: object, language: object) -> None:  # type: ignore[override]
            return None

    station = Station(NoDisk())
    station.to_choice()
    assert station.run(START, seconds=15).state is State.SUMMARY
    assert station.press(START, START, START).state in (State.ASK, State.TAKE_HOME)


@pytest.mark.parametrize("speeds", [(10.0, 12.0), (None, None), (10.0, None)])
def test_nothing_is_said_of_a_change_at_another_or_unknown_speed(speeds: tuple[float | None, float | None]) -> None:
    """Cadence and lean go with the speed: who runs faster has not changed the form."""
    first = Station(speed_kmh=speeds[0])
    first.to_choice()
    before = first.run(START).summary
    assert before is not None
    second = Station(first.log, speed_kmh=speeds[1])
    second.finder = Finder(150.0)
    second.pipeline._parts = replace(second.pipeline._parts, finder=second.finder)
    second.to_choice()
    second.press(Pick("code"), *(Pick(digit) for digit in before.code))
    after = second.run(START).summary

    assert after is not None
    assert not any(finding.change for finding in after.findings)


def test_the_change_since_the_last_run_is_told() -> None:
    """180 steps a minute in the first run, 150 in the second under the same code: the cadence says by how much; the first says nothing."""
    first = Station(speed_kmh=10.0)
    first.to_choice()
    before = first.run(START).summary
    assert before is not None
    assert not any(finding.change for finding in before.findings)
    second = Station(first.log, speed_kmh=10.0)
    second.finder = Finder(150.0)
    second.pipeline._parts = replace(second.pipeline._parts, finder=second.finder)
    second.to_choice()
    second.press(Pick("code"), *(Pick(digit) for digit in before.code))
    after = second.run(START).summary
    assert after is not None
    told = [finding for finding in (*before.findings, *after.findings) if finding.change]
    assert told
    cadence = [finding.change for finding in told if finding.metric == "cadence_spm"]
    assert cadence == [] or "30" in cadence[0]


def test_no_window_spans_two_parts_of_a_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the moment a part begins only poses of that part are analysed together."""
    spans: list[tuple[float, float]] = []

    def watched(series: PoseSeries, *rest: object) -> Analysis:
        spans.append((float(series.t_s[0]), float(series.t_s[-1])))
        return analyse(series, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("kiosk.run.analyse", watched)
    station = Station()
    station.to_choice()
    station.press(START)
    station.wait(3 + 30)
    station.press(Command.TEST)
    station.wait(45)
    begins = [next(v.frame_t_s for v in station.views if v.test is not None and v.test.part == part) for part in (1, 2, 3)]
    for begin_s in begins:
        assert begin_s is not None
        assert [span for span in spans if span[0] < begin_s - 0.1 and span[1] > begin_s + 0.6] == []


def test_stop_in_the_countdown_goes_back_to_the_choice_and_keeps_the_code() -> None:
    """A choice by mistake does not cost the code that was typed."""
    station = Station()
    station.to_choice()
    code = station.run(START, seconds=15).summary.code  # type: ignore[union-attr]
    station.press(STOP)
    station.to_choice()
    station.press(Pick("code"), *(Pick(digit) for digit in code))
    back = station.press(START, STOP)
    assert back.state is State.CHOOSE
    assert back.menu is not None
    assert "code" not in {option.key for option in back.menu.options}


def test_a_run_of_few_strides_has_no_verdict() -> None:
    """Four seconds of running: a reason, no findings, no code, nothing kept."""
    station = Station()
    station.to_choice()
    summary = station.run(START, seconds=4).summary
    assert summary is not None
    assert "too short" in summary.refusal
    assert (summary.findings, summary.code, station.log.kept) == ((), "", {})


def test_a_store_that_cannot_be_read_gives_no_code_at_once() -> None:
    """It cannot be told whether a code is free: none is given, and it is asked once, not a hundred times."""

    class Unreadable(Log):
        asked = 0

        def knows(self, code: str) -> None:  # type: ignore[override]
            self.asked += 1

    station = Station(Unreadable())
    station.to_choice()
    summary = station.run(START, seconds=15).summary
    assert summary is not None
    assert (summary.code, station.log.asked) == ("", 1)  # type: ignore[attr-defined]
