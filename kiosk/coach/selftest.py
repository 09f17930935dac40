"""Chains tested by the runner: 20 s as usual, 20 s with one thing changed, 20 s as usual again. Did the other thing move with it?

The third part is the proof against drift: what moved with the change must move back without it. What must not go in: when a test
is offered (lesson.py), the statistics (effects.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.coach.effects import Effect, effect
from kiosk.coach.readings import is_trusted
from kiosk.coach.rules import RULES
from kiosk.domain import Metrics, Side, View
from kiosk.gait.metrics import StrideValue
from kiosk.screen import Answer, SelfTest, Verdict
from kiosk.words import NOTHING, Phrase

PART_S = 20.0
"""Length of a part; three make the 60 s of COACHING.md."""
PARTS = 3
SETTLE_S = 5.0
"""The first seconds of a part do not count: it takes some strides to change something or to stop it (our choice). It leaves about
19 strides of each leg."""
WAIT_S = 4.0
"""Wait for the last strides to be measured, seconds (our choice: on a slow device a look of 0.4 s every two, and half a second until a
stride is settled)."""
VERDICT_S = 12.0
"""The verdict stays this long (our choice: two short sentences, read while running)."""

SIDE = (View.LEFT, View.RIGHT)
FACING = (View.FRONT, View.REAR)


@dataclass(frozen=True)
class Trial:
    """A row: one link of the chain that a runner can try."""

    name: str
    upstream: str
    """Metric to change."""
    downstream: str
    """Metric to watch."""
    rules: tuple[str, ...]
    """Faults after which this test is offered; rows of `RULES`, names that are none (yet) are passed over."""
    instruction: Phrase
    """At most six words."""
    how: Phrase
    """One line."""
    views: tuple[View, ...]


AS_USUAL = Phrase("Run as usual")
STAY = Phrase("Change nothing. The station is measuring.")

# Links of COACHING.md, section "Chains", as far as the upstream end can be changed at will. The first row of a view is its default.
TRIALS: tuple[Trial, ...] = (
    Trial(
        "arms_overstride",
        "arm_swing_deg",
        "overstride_ratio",
        ("arms_uneven", "arms_still", "arms_wild"),
        Phrase("Change only your arms"),
        Phrase("Swing them clearly more, or clearly less. Leave the legs alone."),
        SIDE,
    ),
    Trial(
        "cadence_overstride",
        "cadence_spm",
        "overstride_ratio",
        ("low_cadence", "overstride", "reaching_shank"),
        Phrase("Only take quicker steps"),
        Phrase("A few more steps a minute at the same speed. Nothing else."),
        SIDE,
    ),
    Trial(
        "cadence_bounce",
        "cadence_spm",
        "bounce_ratio",
        ("bounce", "stiff_landing"),
        Phrase("Only take quicker steps"),
        Phrase("A few more steps a minute at the same speed. Nothing else."),
        SIDE,
    ),
    Trial(
        "lean_overstride",
        "trunk_lean_deg",
        "overstride_ratio",
        ("too_upright", "leaning_too_far", "hip_behind", "hip_ahead"),
        Phrase("Change only your lean"),
        Phrase("Tip a little more from the ankles, as one piece."),
        SIDE,
    ),
    Trial(
        "head_waist",
        "head_forward_deg",
        "waist_bend_deg",
        ("head_forward", "waist_bend"),
        Phrase("Change only your head"),
        Phrase("Chin back and eyes ahead. Leave the trunk alone."),
        SIDE,
    ),
    Trial(
        "drive_overstride",
        "thigh_back_deg",
        "overstride_ratio",
        ("little_hip_drive", "front_heavy_swing"),
        Phrase("Only push the ground behind"),
        Phrase("Let each thigh swing further behind you."),
        SIDE,
    ),
    Trial(
        "arms_feet",
        "wrist_crossover_ratio",
        "step_width_ratio",
        ("arms_cross", "feet_cross", "shoulders_dip"),
        Phrase("Change only your arms"),
        Phrase("Swing the hands straight ahead, well apart."),
        FACING,
    ),
    Trial(
        "cadence_pelvis",
        "cadence_spm",
        "pelvic_drop_deg",
        ("low_cadence", "pelvis_drops"),
        Phrase("Only take quicker steps"),
        Phrase("A few more steps a minute at the same speed. Nothing else."),
        FACING,
    ),
)

TRIAL_BY_NAME: Mapping[str, Trial] = {trial.name: trial for trial in TRIALS}
"""Trial name -> its row."""


def trial_for(view: View | None, rule: str = "", suspected: str = "") -> Trial | None:
    """The test to offer: of the cue that is shown, else the one suspected last, else the first of the view; None without a view."""
    fitting = [trial for trial in TRIALS if view in trial.views]
    of_rule = [trial for trial in fitting if rule in trial.rules]
    of_name = [trial for trial in fitting if trial.name == suspected]
    return next(iter([*of_rule, *of_name, *fitting]), None)


class SelfTestRun:
    """One self-test from its start to the end of its verdict; `update` at each look, `state` each frame."""

    def __init__(self, trial: Trial, started_s: float) -> None:
        self.trial = trial
        self.started_s = started_s
        self.verdict: Verdict | None = None
        self._values: dict[tuple[str, int, Side | None], list[float]] = {}
        self._trusted: set[tuple[str, int]] = set()

    def update(self, t_s: float, metrics: Metrics, fresh: Sequence[StrideValue]) -> None:
        """Take new strides; after the last part the verdict is made once.

        Args:
            t_s: seconds on the frames' clock.
            metrics: of a window that began after `window_from_s`, to see whether the numbers may be trusted.
            fresh: strides that are new, each once, from such windows.
        """
        if self.verdict is not None:
            return
        for value in fresh:
            part = self._part_of(value.start_s)
            if part is not None and value.metric in (self.trial.upstream, self.trial.downstream):
                self._values.setdefault((value.metric, part, value.side), []).append(value.value)
        part = self._part_of(t_s)
        if part is not None:
            self._trusted |= {(m, part) for m in (self.trial.upstream, self.trial.downstream) if is_trusted(metrics.get(m))}
        if t_s >= self.started_s + PARTS * PART_S + WAIT_S:
            self.verdict = judge(self.trial, self._effect(self.trial.upstream), self._effect(self.trial.downstream))

    def state(self, t_s: float) -> SelfTest | None:
        """What the screen shows; None when the verdict has been shown long enough."""
        at_s = t_s - self.started_s
        if at_s >= PARTS * PART_S + WAIT_S + VERDICT_S:
            return None
        if self.verdict is not None:
            return SelfTest(self.trial.instruction, NOTHING, PARTS, 0, self.verdict)
        part = min(int(at_s // PART_S), PARTS - 1)
        left_s = max(0, -int(-((part + 1) * PART_S - at_s) // 1))
        changed = part == 1
        return SelfTest(self.trial.instruction if changed else AS_USUAL, self.trial.how if changed else STAY, part + 1, left_s)

    def window_from_s(self, t_s: float) -> float:
        """Poses before this time must not be in the window: a window is measured as one, so parts in it would be mixed.

        The start of the part, and once it has settled the end of settling.
        """
        part = min(max(0, int((t_s - self.started_s) // PART_S)), PARTS - 1)
        begun_s = self.started_s + part * PART_S
        return begun_s + SETTLE_S if t_s >= begun_s + SETTLE_S else begun_s

    def _part_of(self, t_s: float) -> int | None:
        """0, 1, 2, or None in the seconds of settling and outside the test."""
        part, into_s = divmod(t_s - self.started_s, PART_S)
        return int(part) if 0 <= part < PARTS and into_s >= SETTLE_S else None

    def _effect(self, metric: str) -> Effect | None:
        """The effect on a metric; None when it could not be trusted in each part."""
        if not all((metric, part) in self._trusted for part in range(PARTS)):
            return None
        sides = {side for name, _, side in self._values if name == metric}
        parts = [tuple(self._values.get((metric, part, side), []) for part in range(PARTS)) for side in sides]
        return effect(metric, parts)


def judge(trial: Trial, upstream: Effect | None, downstream: Effect | None) -> Verdict:
    """The verdict in the runner's own numbers: first whether the change was made, then whether the other number went with it."""
    return Verdict(*_judged(trial, upstream, downstream), trial.upstream, trial.downstream)


def _judged(trial: Trial, upstream: Effect | None, downstream: Effect | None) -> tuple[Answer, Phrase]:
    if upstream is None or downstream is None:
        return Answer.CANNOT_TELL, Phrase("Cannot tell: too few strides could be measured.")
    up, down = _label(trial.upstream), _label(trial.downstream)
    if not (upstream.moved and upstream.returned):
        return Answer.CANNOT_TELL, _not_made(up, trial.upstream, upstream)
    if downstream.moved and downstream.returned:
        return Answer.CONFIRMED, Phrase(
            "Confirmed in you: {up} {first}, and {down} went with it: {second}.",
            up=up,
            down=down,
            first=_numbers(trial.upstream, upstream),
            second=_numbers(trial.downstream, downstream),
        )
    if downstream.drifted:
        return Answer.CANNOT_TELL, Phrase(
            "Cannot tell: {down} was different in the two usual parts: {change}.", down=down, change=_numbers(trial.downstream, downstream)
        )
    if downstream.blurred:
        return Answer.CANNOT_TELL, Phrase("Cannot tell: {down} varies too much from stride to stride to see it.", down=down)
    return Answer.NOT_CONFIRMED, Phrase(
        "Not confirmed in you: {up} {first}, but {down} stayed: {second}.",
        up=up,
        down=down,
        first=_numbers(trial.upstream, upstream),
        second=_numbers(trial.downstream, downstream),
    )


def _not_made(up: Phrase, metric: str, upstream: Effect) -> Phrase:
    """The change was not made, or not taken back."""
    if not upstream.moved:
        return Phrase("Cannot tell: {up} did not change clearly: {change}.", up=up, change=_numbers(metric, upstream))
    return Phrase("Cannot tell: {up} did not go back to usual: {change}.", up=up, change=_numbers(metric, upstream))


def _label(metric: str) -> Phrase:
    return next((rule.label for rule in RULES if rule.metric == metric and not rule.uneven), Phrase(metric))


def _numbers(metric: str, found: Effect) -> Phrase:
    """The three levels, e.g. "30, 45, 31 degrees"."""
    rule = next((rule for rule in RULES if rule.metric == metric and not rule.uneven), None)
    return Phrase(
        "{before:.{digits}f}, {changed:.{digits}f}, {after:.{digits}f} {unit}",
        before=found.levels[0],
        changed=found.levels[1],
        after=found.levels[2],
        digits=rule.decimals if rule else 1,
        unit=rule.unit if rule else NOTHING,
    )
