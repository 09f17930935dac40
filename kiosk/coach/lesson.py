"""A run as a lesson: the one door for the pipeline. `update` at each look, `tick` each frame, `finish` at the end.

It puts together cue, fading, feedback on request, self-test and metronome so that never two of them speak at once. What must not
go in: limits and words of faults (rules.py), statistics (effects.py), what is kept (outcome.py).
"""

import math
from collections.abc import Mapping, Sequence

from kiosk.coach.chains import choose
from kiosk.coach.cues import CALM_RULE, HOLD_MAX_S, PRAISE_S, CueEngine, gauge_for
from kiosk.coach.fading import Block, FormCount, block_at, blocks
from kiosk.coach.focus import Plan
from kiosk.coach.metronome import OwnCadence
from kiosk.coach.modes import LessonState, Mode
from kiosk.coach.outcome import Outcome
from kiosk.coach.readings import Rule, reading_of
from kiosk.coach.rules import RULE_BY_NAME, RULES, find_faults
from kiosk.coach.selftest import SelfTestRun, Trial, trial_for
from kiosk.coach.strip import Minute
from kiosk.domain import Cue, Fault, Metrics, View
from kiosk.gait.metrics import StrideValue
from kiosk.screen import Focus, Verdict
from kiosk.words import NOTHING

__all__ = ["Lesson", "LessonState"]  # the state belongs to the door, though its words stand in modes.py

SHOW_S = 8.0
"""Feedback that was asked for stays this long (our choice: enough to look, try and look again; shorter than a cue)."""
TEST_FROM_S = 20.0
"""Judged running before a self-test is offered (our choice: the runner has found the pace)."""
LONGEST_TICK_S = 1.0
"""Longer pauses between two ticks are not counted as time on the screen: no picture came (our choice)."""


class Lesson:
    """One run's lesson. Times are seconds on the frames' clock and must not go back.

    Args:
        plan: of `focus.plan`.
        speed_kmh: belt speed; None when unknown.
        view: side that faces the camera; may be set later.
        baseline: metric -> the runner's own usual value; may be set later.
    """

    def __init__(self, plan: Plan, speed_kmh: float | None, view: View | None = None, baseline: Mapping[str, float] | None = None) -> None:
        self.plan = plan
        self.speed_kmh = speed_kmh
        self.view = view
        self.baseline: Mapping[str, float] = baseline or {}
        self._schedule = blocks(plan.minutes, plan.share)
        self._engine, self._minute, self._form, self._cadence = CueEngine(), Minute(), FormCount(), OwnCadence()
        self._metrics: Metrics = {}
        self._faults: tuple[Fault, ...] = ()
        self._others: tuple[Fault, ...] = ()
        """Faults of this window that are not worked on in this run."""
        self._began_s: float | None = None
        self._paused_s = 0.0
        self._cue: Cue | None = None
        self._praise, self._praise_until_s = NOTHING, -math.inf
        self._asked_cue: Cue | None = None
        self._asked_until_s = -math.inf
        self._asked = 0
        self._test: SelfTestRun | None = None
        self._window_from_s: float | None = None
        self._verdicts: list[Verdict] = []
        self._tested = ""
        self._cues: list[Cue] = []
        self._ticked_s: float | None = None
        self._shown_s = self._focus_s = 0.0

    def update(self, t_s: float, metrics: Metrics, fresh: Sequence[StrideValue]) -> None:
        """Take a look.

        Args:
            t_s: now.
            metrics: of the newest window.
            fresh: strides that are new, each once; `start_s` on the same clock.
        """
        self._metrics = metrics
        cadence = metrics.get("cadence_spm")
        if self._began_s is None and cadence is not None and cadence.value is not None:
            self._began_s = t_s
        found = find_faults(metrics, self.speed_kmh, self.baseline)
        self._faults = tuple(fault for fault in found if self.plan.watches(fault.name))
        self._others = tuple(fault for fault in found if not self.plan.watches(fault.name))
        mode = self._turn(t_s)
        if self._test is not None:
            self._test.update(t_s, metrics, fresh)
        else:
            self._cadence.update(t_s, cadence, cued=any(cue.fault.metric == "cadence_spm" for cue in self._cues))
        self._step_engine(t_s, mode)
        self._count(fresh)
        shown = self._shown_cue(t_s, mode)
        self._minute.update(t_s, self._readings(), shown.fault.metric if shown else "")

    def tick(self, t_s: float) -> LessonState:
        """What the screen says at this moment; cheap, for every frame."""
        mode = self._turn(t_s)
        self._clock(t_s, mode)
        asked, cue, test = self._is_asked(t_s), self._shown_cue(t_s, mode), self._test.state(t_s) if self._test else None
        praise = (
            self._praise if t_s < self._praise_until_s and mode in (Mode.OPEN, Mode.FEEDBACK) and cue is None and not asked else NOTHING
        )
        rule = self._gauge_rule(mode, cue, asked)
        gauge = gauge_for(self._metrics, cue, self.speed_kmh, rule.name, self.baseline) if rule else None
        return LessonState(
            cue=cue,
            praise=praise,
            asked_for=asked,
            focus=self._focus(t_s, mode),
            test=test,
            can_test=self._next_test(t_s) is not None,
            gauge=gauge,
            strip=self._minute.strip(rule.name, rule.metric) if rule and gauge else None,
            say_aloud=cue.text if cue else praise or (test.instruction if test and test.verdict is None else NOTHING),
            metronome_spm=None if mode in (Mode.SILENT, Mode.TEST) else self._cadence.target_spm,  # a beat is feedback too
            window_from_s=self._window_from_s,
        )

    def show(self, t_s: float) -> None:
        """Feedback on request: for some seconds cue and gauge, where there is none. Not in a self-test."""
        mode = self._turn(t_s)
        if mode is Mode.TEST or mode is Mode.FEEDBACK or self._is_asked(t_s) or self._shown_cue(t_s, mode) is not None:
            return
        self._asked += 1
        self._asked_until_s = t_s + SHOW_S
        chosen = choose(self._faults, self._others)
        self._asked_cue = Cue(chosen[0], chosen[0].cue, chosen[1], since_s=t_s) if chosen else None
        if self._asked_cue is not None:
            self._cues.append(self._asked_cue)
        self._turn(t_s)

    def test(self, t_s: float) -> None:
        """Begin a self-test when one may be begun, or end the one that runs, without a verdict."""
        self._turn(t_s)
        if self._test is not None:
            self._end_test(t_s)
            return
        row = self._next_test(t_s)
        if row is not None:
            self._test, self._tested = SelfTestRun(row, t_s), row.name
            self._cue, self._asked_cue, self._asked_until_s = None, None, -math.inf
            self._turn(t_s)

    def finish(self) -> Outcome:
        """The facts of the run."""
        skill = self.plan.skill
        if self._test is not None and self._test.verdict is not None:
            self._verdicts.append(self._test.verdict)
            self._test = None
        return Outcome(
            skill=skill.name if skill else "",
            minutes=self.plan.minutes,
            focus_s=self._focus_s,
            exposure_share=self._shown_s / self._focus_s if skill and self._focus_s else None,
            asked=self._asked,
            score=self._form.score(self._scored_rule()) if skill else None,
            verdicts=tuple(self._verdicts),
            cues=tuple(cue.text for cue in self._cues),
            suspected=self._suspected(),
        )

    def _elapsed_s(self, t_s: float) -> float:
        """Time of the focus: without the self-tests."""
        if self._began_s is None:
            return -math.inf
        return (self._test.started_s if self._test else t_s) - self._began_s - self._paused_s

    def _block(self, t_s: float) -> Block | None:
        return block_at(self._schedule, self._elapsed_s(t_s))

    def _turn(self, t_s: float) -> Mode:
        """The mode at this moment; what changes with the clock alone is changed here."""
        if self._test is not None:
            self._window_from_s = self._test.window_from_s(t_s)
            if self._test.state(t_s) is None:
                self._end_test(t_s)
        mode = self._mode(t_s)
        scored = None if self._is_asked(t_s) else {Mode.FEEDBACK: True, Mode.SILENT: False}.get(mode)
        self._form.turn(t_s, scored)
        return mode

    def _mode(self, t_s: float) -> Mode:
        if self._test is not None:
            return Mode.TEST
        if self.plan.easy:
            return Mode.FREE
        if self.plan.skill is None:
            return Mode.OPEN
        block = self._block(t_s)
        if block is None:
            return Mode.FREE
        return Mode.FEEDBACK if block.feedback else Mode.SILENT

    def _step_engine(self, t_s: float, mode: Mode) -> None:
        """Let the cue engine see the faults; it is silent where nothing may be cued."""
        block = self._block(t_s)
        until_s = -math.inf
        if mode is Mode.OPEN and not self._is_asked(t_s):
            until_s = math.inf
        elif mode is Mode.FEEDBACK and block is not None and not self._is_asked(t_s):
            until_s = t_s + block.end_s - self._elapsed_s(t_s)
        state = self._engine.update(t_s, self._faults, self._metrics, until_s, self._others)
        if state.cue is not None and state.cue is not self._cue:
            self._cues.append(state.cue)
        if state.praise and not self._praise:
            self._praise_until_s = t_s + PRAISE_S
        self._cue, self._praise = state.cue, state.praise

    def _count(self, fresh: Sequence[StrideValue]) -> None:
        """Strides of the skill's rules, for the score."""
        for rule in self._rules_of_skill():
            own = self.baseline.get(rule.metric)
            for value in fresh:
                if value.metric == rule.metric:
                    self._form.add(rule, value, self.speed_kmh, own)

    def _clock(self, t_s: float, mode: Mode) -> None:
        """Seconds of focus, and those of them with feedback on the screen."""
        past_s = 0.0 if self._ticked_s is None else min(t_s - self._ticked_s, LONGEST_TICK_S)
        self._ticked_s = t_s
        if mode in (Mode.FEEDBACK, Mode.SILENT):
            self._focus_s += past_s
            self._shown_s += past_s if mode is Mode.FEEDBACK or self._is_asked(t_s) else 0.0

    def _is_asked(self, t_s: float) -> bool:
        return t_s < self._asked_until_s

    def _shown_cue(self, t_s: float, mode: Mode) -> Cue | None:
        """The one cue: what was asked for, else the engine's where the mode allows one."""
        if self._is_asked(t_s):
            return self._asked_cue
        if mode not in (Mode.OPEN, Mode.FEEDBACK) or self._cue is None or t_s - self._cue.since_s >= HOLD_MAX_S:
            return None
        return self._cue

    def _gauge_rule(self, mode: Mode, cue: Cue | None, asked: bool) -> Rule | None:
        """The row of the gauge; None where nothing is shown."""
        if mode is Mode.TEST or (mode is Mode.SILENT and not asked):
            return None
        if cue is not None:
            return RULE_BY_NAME[cue.fault.name]
        if mode is Mode.FEEDBACK or asked:
            known = [r for r in self._rules_of_skill() if gauge_for(self._metrics, None, self.speed_kmh, r.name, self.baseline)]
            cued = [r for r in known if any(r.name == c.fault.name for c in self._cues[-1:])]
            return next(iter(cued + known), RULE_BY_NAME[CALM_RULE])
        return RULE_BY_NAME[CALM_RULE]

    def _rules_of_skill(self) -> tuple[Rule, ...]:
        names = self.plan.skill.rules if self.plan.skill else ()
        return tuple(RULE_BY_NAME[name] for name in names if name in RULE_BY_NAME)

    def _readings(self) -> dict[str, float]:
        read = {rule.name: reading_of(rule, self._metrics.get(rule.metric)) for rule in RULES}
        return {name: value for name, value in read.items() if value is not None}

    def _focus(self, t_s: float, mode: Mode) -> Focus | None:
        if self.plan.skill is None:
            return None
        elapsed_s, block = max(0.0, self._elapsed_s(t_s)), self._block(t_s)
        last = block is None or block is self._schedule[-1]
        return Focus(
            skill=self.plan.skill.label,
            minutes=self.plan.minutes,
            left_s=max(0, math.ceil(60 * self.plan.minutes - elapsed_s)),
            silent=mode is Mode.SILENT and not self._is_asked(t_s),
            block_left_s=0 if last or block is None else math.ceil(block.end_s - elapsed_s),
        )

    def _next_test(self, t_s: float) -> Trial | None:
        """What a self-test would be about; None when none may be begun."""
        too_soon = self._began_s is None or t_s - self._began_s < TEST_FROM_S
        if self._test is not None or too_soon or self.plan.easy:
            return None
        return trial_for(self.view, self._cues[-1].fault.name if self._cues else "", self.plan.suspected)

    def _end_test(self, t_s: float) -> None:
        if self._test is None:
            return
        if self._test.verdict is not None:
            self._verdicts.append(self._test.verdict)
        self._paused_s += t_s - self._test.started_s
        self._window_from_s = t_s if self._test.verdict is None else self._window_from_s
        self._test = None

    def _scored_rule(self) -> Rule | None:
        """The rule that was cued first, else the one of the skill that fitted least; None without strides."""
        counted = [rule for rule in self._rules_of_skill() if rule.name in self._form.counted()]
        cued = [rule for cue in self._cues for rule in counted if rule.name == cue.fault.name]
        return next(iter(cued), min(counted, key=lambda rule: _or_one(self._form.share(rule.name, feedback=False)), default=None))

    def _suspected(self) -> str:
        """The link that was tested, else the one of the first cue."""
        row = trial_for(self.view, self._cues[0].fault.name) if self._cues else None
        return self._tested or (row.name if row else "")


def _or_one(share: float | None) -> float:
    """A share that is not known must not look worse than one that is."""
    return 1.0 if share is None else share
