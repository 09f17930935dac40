"""Feedback that fades: how much of the focus minutes has feedback, when it is silent, and how the form holds in silence.

What must not go in: which rule is watched (focus.py), what is drawn (lesson.py).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.coach.readings import MIN_STRIDES, Rule, reading_of, sure_limits, typical
from kiosk.domain import MetricValue
from kiosk.gait.metrics import StrideValue
from kiosk.screen import FormScore
from kiosk.words import Phrase

EXPOSURE = (0.65, 0.65, 0.65, 0.65, 0.5, 0.35, 0.2, 0.1)
"""Part of the focus minutes with feedback, by run of a skill. Eight sessions, much in the first four and withdrawn over the last
four down to a tenth: the scheme of Crowell & Davis 2011 and Willy 2012. Theirs begins with feedback all the time; ours with two
thirds, so that the one minute of the first run has a silent block that is long enough to be scored (our choice). Later runs keep
the last row."""
SHORTEST_BLOCK_S = 20.0
"""No block of feedback or silence is shorter: a cue of 10 s after 2 s of watching, and 7 strides of each leg after settling (our
choice)."""
SETTLE_S = 5.0
"""Strides this soon after a change between feedback and silence are not scored: they still belong to what was before (our choice)."""


@dataclass(frozen=True)
class Block:
    """A stretch of the focus minutes, [start_s, end_s), seconds from the start of the focus."""

    start_s: float
    end_s: float
    feedback: bool


def exposure(runs_before: int) -> float:
    """Share of feedback of the next run of a skill."""
    return EXPOSURE[min(runs_before, len(EXPOSURE) - 1)]


def blocks(minutes: float, share: float) -> tuple[Block, ...]:
    """Feedback and silence in turn, feedback first, over the focus minutes; about one pair a minute, none shorter than allowed.

    Args:
        minutes: length of the focus.
        share: of feedback, 0 to 1.

    Returns:
        One block when the minutes are too short for two, or when the share is 0 or 1; none for no minutes.
    """
    total_s = 60.0 * minutes
    if total_s <= 0:
        return ()
    shorter_s = total_s * min(share, 1 - share)
    pairs = min(int(minutes), int(shorter_s / SHORTEST_BLOCK_S + 1e-9))
    if pairs < 1:
        return (Block(0.0, total_s, share >= 0.5),)
    pair_s = total_s / pairs
    out = []
    for number in range(pairs):
        start_s, end_s = number * pair_s, (number + 1) * pair_s
        turn_s = start_s + share * pair_s
        out += [Block(start_s, turn_s, True), Block(turn_s, end_s, False)]
    return tuple(out)


def block_at(schedule: Sequence[Block], elapsed_s: float) -> Block | None:
    """The block at a time of the focus; None before and after it."""
    return next((block for block in schedule if block.start_s <= elapsed_s < block.end_s), None)


class FormCount:
    """Counts strides inside the limits, by what was on the screen when they began."""

    def __init__(self) -> None:
        self._turns_s: list[float] = []
        self._kinds: list[bool | None] = []
        self._counts: dict[tuple[str, bool], list[int]] = {}

    def turn(self, t_s: float, feedback: bool | None) -> None:
        """From this time on the screen shows feedback (True), is silent (False), or does something that is not scored (None)."""
        if not self._kinds or self._kinds[-1] is not feedback:
            self._turns_s.append(t_s)
            self._kinds.append(feedback)

    def add(self, rule: Rule, value: StrideValue, speed_kmh: float | None, own: float | None) -> None:
        """Count a stride's value of the rule's metric, in the block in which the stride began."""
        kind = self._kind_at(value.start_s)
        inside = is_inside(rule, value.value, speed_kmh, own)
        if kind is None or inside is None:
            return
        count = self._counts.setdefault((rule.name, kind), [0, 0])
        count[0] += inside
        count[1] += 1

    def _kind_at(self, start_s: float) -> bool | None:
        at = bisect_right(self._turns_s, start_s) - 1
        if at < 0 or start_s - self._turns_s[at] < SETTLE_S:
            return None
        return self._kinds[at]

    def share(self, rule: str, feedback: bool) -> float | None:
        """Share of the strides inside; None with too few strides."""
        inside, total = self._counts.get((rule, feedback), (0, 0))
        return inside / total if total >= 2 * MIN_STRIDES else None  # two legs

    def counted(self) -> frozenset[str]:
        """Rules of which a stride was counted."""
        return frozenset(rule for rule, _ in self._counts)

    def score(self, rule: Rule | None) -> FormScore:
        """What the counts of this rule say, as a sentence."""
        if rule is None:
            return FormScore(None, None, Phrase("Form with and without feedback cannot be told: too few strides were measured."))
        shares = self.share(rule.name, True), self.share(rule.name, False)
        return FormScore(*shares, _words(rule, *shares))


def is_inside(rule: Rule, value: float, speed_kmh: float | None, own: float | None) -> bool | None:
    """True when one stride's value is within the rule's limits; None without limits, and for differences between sides.

    The limits are those of a cue, further out by the known error of the network: what is not cued must not be scored as a miss.
    """
    stride = MetricValue(value, value, value, n=1, spread=0.0)
    reading = reading_of(rule, stride)
    band = typical(rule, speed_kmh, own)
    if rule.uneven or band is None or reading is None:
        return None
    low, high = sure_limits(rule, stride, band, own)
    return low <= reading <= high


def _words(rule: Rule, with_feedback: float | None, without: float | None) -> Phrase:
    if without is None:
        return Phrase("{what}: without feedback it cannot be told, too few strides were measured.", what=rule.label)
    if with_feedback is None:
        return Phrase(
            "{what}: {without:.0f} % of the strides fit without feedback; with feedback too few were measured.",
            what=rule.label,
            without=100 * without,
        )
    return Phrase(
        "{what}: {shown:.0f} % of the strides fit with feedback, {without:.0f} % without.",
        what=rule.label,
        shown=100 * with_feedback,
        without=100 * without,
    )
