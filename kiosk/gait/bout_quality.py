"""May this bout of the protocol be used? Checks as rows of a table, the worst problem first, each with what to do.

A usable bout may have problems too: they are told beside its numbers. What must not go in: why one metric has no value (refusals.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.clinic import BoutQuality
from kiosk.domain import Metrics, Quality, View
from kiosk.gait.drift import SETTLED_S, Tracks, block_length_s
from kiosk.gait.refusals import DIRECTIONS
from kiosk.gait.tilt import APPLIED_SD_DEG
from kiosk.words import NOTHING, Phrase

LEAST_PART = 0.5
"""Of the ordered time must be measured (our choice: 30 s of 60 still hold three blocks of 10 s and 20 strides of a leg)."""
TOLD_PART = 0.9
"""Below this part of the ordered time it is told (our choice: 6 s of 60, as a step on and off the belt takes)."""
LEAST_WHOLE = 0.6
"""Share of the frames with trunk and a foot, as for a value at all (framing.SEEN_SHARE)."""
TOLD_WHOLE = 0.9
"""Below it is told (our choice: with a tenth missing the rest still covers every moment of the stride)."""
LEAST_FPS = 15.0
"""The slowest rate our force plate sets were checked at (docs/accuracy.md, mocap15)."""
TOLD_FPS = 24.0
"""Below it is told: a frame then takes a quarter of a contact of 170 ms (our choice)."""
LONGEST_GAP_S = 5.0
"""A longer stretch without the runner splits the bout: a twelfth of 60 s, a quarter of a block (our choice)."""
STEADY_SPM = 4.0
"""Last third of the cadence against the first: 1 km/h changes it by 2.5 steps a minute (Fukuchi 2017, METRICS.md), a runner at one speed
by one or two in a minute; so more is a belt that was turned (our choice)."""
SETTLING_SPM = 2.0
"""The first third against the rest: still finding the pace (our choice: beyond what our clips of one speed do, 1.2)."""
LEAST_GOOD = 0.5
"""Share of the view's metrics that must have a value (our choice)."""
MOST_LOW = 0.5
"""Share of the values of low quality from which it is told (our choice)."""


@dataclass(frozen=True, eq=False)
class BoutFacts:
    """What the checks look at."""

    ordered: View
    ordered_s: float
    seen: View | None
    """The side that faces the camera as seen in the points; None when it cannot be told."""
    seconds: float
    """Recorded."""
    whole_share: float
    """Share of the frames with trunk and at least one foot."""
    fps: float
    """Frames a second, mean; 0 when unknown."""
    longest_gap_s: float
    """Longest stretch without the whole runner, seconds."""
    refusal: str
    """Why nothing could be measured; "" when something was."""
    metrics: Metrics
    tracks: Tracks
    """Cadence stride by stride, if known."""
    roll_source: str = "assumed"
    roll_sd_deg: float | None = None


@dataclass(frozen=True)
class Check:
    """A row: what is looked at, and what is said."""

    stops: bool
    """True when the bout cannot be used."""
    find: Callable[[BoutFacts], Phrase]
    """The problem; nothing when there is none."""


REFUSED = Phrase("Nothing could be measured: {why}")
OTHER_VIEW = Phrase("The {ordered} view was ordered, the {seen} view was seen. Turn the camera, or order the bout in the other view.")
SHORT = Phrase("Only {seconds:.0f} of {ordered:.0f} s were recorded. Run the bout again.")
BIT_SHORT = Phrase("{seconds:.0f} of {ordered:.0f} s were recorded: fewer strides, so the values are less sure.")
HIDDEN = Phrase("The whole runner was seen in {share_pct:.0f} % of the pictures. Move the camera or clear its view, and run again.")
BIT_HIDDEN = Phrase("The whole runner was seen in {share_pct:.0f} % of the pictures only. Clear the camera's view.")
SLOW = Phrase("{fps:.0f} pictures a second are too few; {least:.0f} are needed. Give more light or choose a smaller picture; run again.")
BIT_SLOW = Phrase("{fps:.0f} pictures a second: the times of contact and toe off are less sure. More light helps.")
GAP = Phrase("The runner was out of sight for {seconds:.0f} s. Run the bout again without a break.")
NO_BLOCKS = Phrase("The bout is too short to tell a later change from noise. Run at least {least:.0f} s.")
FEW_VALUES = Phrase("Only {known} of {all} metrics could be measured. See their reasons, mend the first one, and run again.")
MANY_LOW = Phrase("{low} of {known} values are of low quality. See their reasons before using them.")
TURNED = Phrase("Cadence moved by {spm:+.0f} steps a minute within the bout: was the belt's speed changed? Run again at one speed.")
SETTLING = Phrase("Cadence still moved by {spm:+.1f} steps a minute after the start: let the runner run a minute before the bout.")
NO_ROLL = Phrase("Nobody measured whether the camera stands upright: sideways lean and tilts are less sure. Run kiosk calibrate.")
WIDE_ROLL = Phrase("The camera's roll is known to ±{sd_deg:.1f}° only. Run kiosk calibrate.")


def judge_bout(facts: BoutFacts) -> BoutQuality:
    """All problems, those that stop the bout first; `ok` when none of them does."""
    found = [(check.stops, said) for check in CHECKS if (said := check.find(facts))]
    worst_first = sorted(found, key=lambda pair: not pair[0])
    return BoutQuality(not any(stops for stops, _ in found), tuple(said for _, said in worst_first))


def _refused(f: BoutFacts) -> Phrase:
    return REFUSED.filled(why=f.refusal) if f.refusal else NOTHING


def _other_view(f: BoutFacts) -> Phrase:
    if f.seen is None or f.seen is f.ordered:
        return NOTHING
    return OTHER_VIEW.filled(ordered=DIRECTIONS[f.ordered], seen=DIRECTIONS[f.seen])


def _short(f: BoutFacts) -> Phrase:
    return SHORT.filled(seconds=f.seconds, ordered=f.ordered_s) if f.seconds < LEAST_PART * f.ordered_s else NOTHING


def _bit_short(f: BoutFacts) -> Phrase:
    part = f.seconds / f.ordered_s if f.ordered_s > 0 else 1.0
    return BIT_SHORT.filled(seconds=f.seconds, ordered=f.ordered_s) if LEAST_PART <= part < TOLD_PART else NOTHING


def _hidden(f: BoutFacts) -> Phrase:
    return HIDDEN.filled(share_pct=100 * f.whole_share) if f.whole_share < LEAST_WHOLE else NOTHING


def _bit_hidden(f: BoutFacts) -> Phrase:
    return BIT_HIDDEN.filled(share_pct=100 * f.whole_share) if LEAST_WHOLE <= f.whole_share < TOLD_WHOLE else NOTHING


def _slow(f: BoutFacts) -> Phrase:
    return SLOW.filled(fps=f.fps, least=LEAST_FPS) if 0 < f.fps < 0.95 * LEAST_FPS else NOTHING  # a clock off by 5 % is no reason


def _bit_slow(f: BoutFacts) -> Phrase:
    return BIT_SLOW.filled(fps=f.fps) if 0.95 * LEAST_FPS <= f.fps < 0.95 * TOLD_FPS else NOTHING


def _gap(f: BoutFacts) -> Phrase:
    return GAP.filled(seconds=f.longest_gap_s) if f.longest_gap_s > LONGEST_GAP_S else NOTHING


def _no_blocks(f: BoutFacts) -> Phrase:
    return NO_BLOCKS.filled(least=11) if block_length_s(f.seconds) is None else NOTHING  # three blocks of 3.5 s


def _values(f: BoutFacts) -> tuple[int, int, int]:
    """Metrics of this view, those with a value, those of low quality."""
    of_view = [m for m in f.metrics.values() if not _not_here(m.reason)]
    known = [m for m in of_view if m.value is not None]
    return len(of_view), len(known), sum(m.quality is Quality.LOW for m in known)


def _not_here(reason: str) -> bool:
    return isinstance(reason, Phrase) and reason.pattern in NOT_THE_BOUTS_FAULT


def _few_values(f: BoutFacts) -> Phrase:
    of_view, known, _ = _values(f)
    return FEW_VALUES.filled(known=known, all=of_view) if not f.refusal and known < LEAST_GOOD * of_view else NOTHING


def _many_low(f: BoutFacts) -> Phrase:
    _, known, low = _values(f)
    return MANY_LOW.filled(low=low, known=known) if known and low > MOST_LOW * known else NOTHING


def _turned(f: BoutFacts) -> Phrase:
    moved = _cadence_moves(f)
    return TURNED.filled(spm=moved[1]) if moved and abs(moved[1]) > STEADY_SPM else NOTHING


def _settling(f: BoutFacts) -> Phrase:
    moved = _cadence_moves(f)
    if f.seconds > SETTLED_S + 30 or not moved or abs(moved[1]) > STEADY_SPM:
        return NOTHING
    return SETTLING.filled(spm=moved[0]) if abs(moved[0]) > SETTLING_SPM else NOTHING


def _cadence_moves(f: BoutFacts) -> tuple[float, float] | None:
    """From the first third of the strides to the rest, and to the last third, steps a minute; None with too few strides."""
    track = f.tracks.get(("cadence_spm", None))
    if track is None or len(track.value) < LEAST_STEADY:
        return None
    third = len(track.value) // 3
    first, rest, last = (float(sum(v) / len(v)) for v in (track.value[:third], track.value[third:], track.value[-third:]))
    return rest - first, last - first


def _roll(f: BoutFacts) -> Phrase:
    if f.roll_sd_deg is not None and f.roll_sd_deg > APPLIED_SD_DEG:
        return WIDE_ROLL.filled(sd_deg=f.roll_sd_deg)
    return NO_ROLL if f.roll_source == "assumed" and not f.ordered.is_side else NOTHING


LEAST_STEADY = 12
"""Strides for three thirds of four (our choice: as few as a value needs, METRICS.md)."""
NOT_THE_BOUTS_FAULT = ("Not measured in the {view} view.", "Not known without the runner's height.")
"""Reasons of metrics that this bout was never to give."""

CHECKS: tuple[Check, ...] = (
    Check(True, _other_view),
    Check(True, _refused),
    Check(True, _short),
    Check(True, _hidden),
    Check(True, _gap),
    Check(True, _slow),
    Check(True, _few_values),
    Check(True, _turned),
    Check(False, _no_blocks),
    Check(False, _bit_short),
    Check(False, _bit_hidden),
    Check(False, _bit_slow),
    Check(False, _many_low),
    Check(False, _settling),
    Check(False, _roll),
)
"""Worst first."""
