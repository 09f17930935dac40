"""Who is the runner: the one person on the belt, and nobody who walks by, runs beside or reaches in.

Pure and causal: one pose after the other, live and over files alike. The network finds one person in its square; this
says whether it is still the runner. A runner on a treadmill stays in place and keeps her size in the picture; a person
who suddenly stands elsewhere or is larger or smaller is another one.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kiosk.domain import Pose, PoseSeries
from kiosk.gait.ranks import median
from kiosk.pose.keypoints import HIPS, LEFT, NOSE, RIGHT, SHOULDERS, TORSO
from kiosk.pose.points import is_seen, middle, seen_points
from kiosk.words import Phrase

OUTSIDE_ZONE = Phrase("Somebody is in the picture, but not on the treadmill. Check the treadmill's zone in the settings.")
OTHERS_SEEN = Phrase(
    "Several people are in the picture ({share_pct:.0f} % of the pictures show somebody else)."
    " Only the runner may be in the treadmill's zone."
)
SEVERAL_IN_TURN = Phrase("Several people are in the picture ({persons} in turn). Only the runner may be in the treadmill's zone.")
OTHERS_LEFT_OUT = Phrase("Somebody else was seen in {share_pct:.0f} % of the pictures; these were left out.")
RUNNERS_MIXED = Phrase("{persons} runners were seen one after the other: the values mix them.")

TORSO_SCORE = 0.3
NEW_SCORE = 0.4
"""Least mean score of shoulders and hips of the runner, and of somebody new (our choice: runners of our clips have 0.45 and more
in every frame; in empty rooms the network dreams of people with 0.35 or less in nine looks of ten, 0.47 at most)."""
ZONE_MARGIN = 0.25
"""How far outside the zone the mid-hip may be, torso lengths: a zone drawn tightly and a bad frame must not cost the runner
(our choice)."""
PLACE = 0.4
"""How far the body may be from its place of the last half second, torso lengths. Runners of our clips stay within 0.15 with the
whole bounce and at 15 frames/s; a person beside or behind is mostly further away (our choice between the two)."""
DRIFT_PER_S = 0.3
"""How much further that may be for each second since the runner was last seen, up to AWAY_S, torso lengths: about 15 cm a second,
as runners drift who do not see themselves; people walk past ten times as fast (our choice)."""
SCALE = 1.3
"""A torso longer or shorter by this factor is another person's: in our clips the runner's own stays within 0.87 and 1.11 of its
median (our choice: the same room again on both sides)."""
FOLLOW_S = 0.5
"""Time constant with which place and size follow the runner: longer than a step (our choice)."""
AWAY_S = 1.5
"""The runner must be gone this long before somebody else may be the runner (our choice: longer than a hand or a passer-by hides
her; not shorter than kiosk.pose.presence.OFF_S, so that no run ever goes on with another person)."""
STAYS_S = 0.8
"""A new person must stay within PLACE for this long: people who stroll through the zone at a quarter of a metre a second or more do
not (our choice)."""

MOST_OTHERS = 0.3
"""Share of the frames with somebody that may show somebody else before a recording is refused (our choice)."""
TOLD_OTHERS = 0.05
"""Share from which the report says so (our choice: in an empty room a network dreams of somebody in 3 % of the pictures)."""
SHORTEST_STAY_S = 5.0
"""Persons of a recording that change more often than this on average are a crowd, not runners (our choice: a run that can be
measured lasts longer)."""
LEAST_TORSO_PX = 1.0
"""A shorter torso counts as this long: points that all lie in one place are no error (our choice)."""

CORE = (NOSE, LEFT["ear"], RIGHT["ear"], *SHOULDERS, *HIPS)
"""The points that hardly move against each other in running."""
TWIN = (0, 2, 1, 4, 3, 6, 5)
"""Places in CORE of the same points of the other side: exchanging left and right is not another person."""


@dataclass(frozen=True)
class People:
    """How many frames showed whom."""

    somebody: int
    """Frames with a person in them."""
    others: int
    """Those of them whose person is not the runner."""
    persons: int
    """Runners, one after the other."""
    runner_s: float
    """How long there was a runner, seconds."""

    @property
    def others_share(self) -> float:
        """Part of the frames with somebody that show somebody else; 0 when nobody is seen."""
        return self.others / max(self.somebody, 1)

    @property
    def refusal(self) -> str:
        """Why a recording with these people cannot be measured, as a sentence; "" when it can."""
        if self.others == self.somebody > 0:
            return OUTSIDE_ZONE
        if self.others_share > MOST_OTHERS:
            return OTHERS_SEEN.filled(share_pct=100 * self.others_share)
        if self.persons > 2 and self.runner_s / self.persons < SHORTEST_STAY_S:
            return SEVERAL_IN_TURN.filled(persons=self.persons)
        return ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a report with these people should say beside its numbers."""
        others = OTHERS_LEFT_OUT.filled(share_pct=100 * self.others_share)
        turns = RUNNERS_MIXED.filled(persons=self.persons)
        return (*((others,) if self.others_share >= TOLD_OTHERS else ()), *((turns,) if self.persons > 1 else ()))


NOBODY = People(0, 0, 0, 0.0)


def present(pose: Pose) -> bool:
    """True when a person's torso is seen: a shoulder, a hip, and enough of both."""
    seen = [is_seen(point) for point in seen_points(pose, TORSO)]
    return any(seen[:2]) and any(seen[2:]) and _torso_score(pose) >= TORSO_SCORE


def blank(pose: Pose) -> Pose:
    """The same frame with nobody in it."""
    return Pose(pose.t_s, np.full_like(pose.xy_px, np.nan), np.zeros_like(pose.score), pose.width, pose.height)


class _Body:
    """Where somebody is and how large, followed over time."""

    def __init__(self, seen: "_Seen", t_s: float) -> None:
        self._core = seen.core
        self._torso_px = seen.torso_px
        self.first_s = self.last_s = t_s

    @property
    def stayed_s(self) -> float:
        """Time from the first to the last pose that fitted, seconds."""
        return self.last_s - self.first_s

    def fits(self, seen: "_Seen", t_s: float) -> bool:
        """True when the points are of this person: half of them or more near their place, half of the lengths alike.

        Half, so that a single point that flies off does not count.
        """
        ratios = [length / self._torso_px for length in seen.torsos_px]
        if 2 * sum(1 / SCALE < ratio < SCALE for ratio in ratios) < len(ratios):
            return False
        places = zip(seen.core, self._core, (self._core[twin] for twin in TWIN), strict=True)
        off_px = [_nearest_px(point, place, twin) for point, place, twin in places if is_seen(point)]
        known_px = [off for off in off_px if math.isfinite(off)]
        room = PLACE + DRIFT_PER_S * min(t_s - self.last_s, AWAY_S)
        return bool(known_px) and median(known_px) / self._torso_px <= room

    def follow(self, seen: "_Seen", t_s: float) -> None:
        """Take points that fit; one that was not seen before begins where it is, one that is not seen now stays."""
        part = 1.0 - math.exp(-max(t_s - self.last_s, 0.0) / FOLLOW_S)
        self._core = [_towards(old, new, part) for old, new in zip(self._core, seen.core, strict=True)]
        self._torso_px += part * (seen.torso_px - self._torso_px)
        self.last_s = t_s


class Identity:
    """Lets the runner's poses through and blanks those of everybody else; one `update` a frame."""

    def __init__(self, zone: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)) -> None:
        """`zone`: left, top, right, bottom of the treadmill as parts of the picture's width and height."""
        self._zone = zone
        self._runner: _Body | None = None
        self._other: _Body | None = None
        self._last_s = -np.inf
        self._somebody = self._others = self._persons = 0
        self._runner_s = 0.0

    @property
    def people(self) -> People:
        """Whom the frames showed so far."""
        return People(self._somebody, self._others, self._persons, self._runner_s)

    def update(self, pose: Pose) -> Pose:
        """The pose when it is the runner's, else a frame with nobody (NaN, score 0).

        Args:
            pose: raw, in pixels of the frame; stamps increase.
        """
        if pose.t_s - self._last_s > AWAY_S:  # no picture for so long: whoever is there now is as good as anybody
            self._runner = self._other = None
        dt_s, self._last_s = pose.t_s - self._last_s, pose.t_s
        if not present(pose):
            return blank(pose)
        self._somebody += 1
        seen = _seen(pose)
        if not (self._in_zone(seen, pose) and self._is_runner(seen, pose)):
            self._others += 1
            return blank(pose)
        self._runner_s += dt_s if dt_s <= AWAY_S else 0.0
        return pose

    def _in_zone(self, seen: "_Seen", pose: Pose) -> bool:
        """True when the mid-hip (of the hips that are seen) lies in the zone or ZONE_MARGIN beside it; the torso must be seen."""
        left, top, right, bottom = self._zone
        hip, margin = middle(seen.core[5:7]), ZONE_MARGIN * seen.torso_px
        across = left * pose.width - margin <= hip.real <= right * pose.width + margin
        return across and top * pose.height - margin <= hip.imag <= bottom * pose.height + margin

    def _is_runner(self, seen: "_Seen", pose: Pose) -> bool:
        t_s = pose.t_s
        if self._runner is not None and self._runner.fits(seen, t_s):
            self._runner.follow(seen, t_s)
            return True
        self._watch(seen, t_s)
        runner, other = self._runner, self._other
        is_sure = runner is not None and runner.stayed_s >= STAYS_S
        if runner is not None and is_sure and (t_s - runner.last_s < AWAY_S or other is None or other.stayed_s < STAYS_S):
            return False
        if _torso_score(pose) < NEW_SCORE:
            return False
        self._persons += runner is None or is_sure  # a person of less than STAYS_S was a bad first look, not a person
        self._runner, self._other = other or _Body(seen, t_s), None
        return True

    def _watch(self, seen: "_Seen", t_s: float) -> None:
        """See how long the one who is not the runner stays where she was first seen."""
        if self._other is not None and self._other.fits(seen, t_s):
            self._other.last_s = t_s
        else:
            self._other = _Body(seen, t_s)


def without_pauses(series: PoseSeries, longer_s: float) -> PoseSeries:
    """The series without the frames before the first and after the last of the runner, and of every longer pause between.

    A pause lasts more than `longer_s` from one frame of the runner to the next; who runs before and after it is measured apart. A
    series without any runner stays as it is.
    """
    runner = np.flatnonzero(series.score.any(axis=1))
    if not runner.size:
        return series
    before = np.clip(np.searchsorted(runner, np.arange(len(series.t_s)), side="right") - 1, 0, None)
    last_s, next_s = series.t_s[runner[before]], series.t_s[runner[np.clip(before + 1, None, len(runner) - 1)]]
    keep = series.score.any(axis=1) | ((next_s - last_s <= longer_s) & (last_s < series.t_s) & (series.t_s < next_s))
    return PoseSeries(series.t_s[keep], series.xy_px[keep], series.score[keep], series.width, series.height)


def only_runner(series: PoseSeries, zone: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)) -> tuple[PoseSeries, People]:
    """A whole recording with the frames of everybody but the runner blanked.

    Args:
        series: poses of whoever was found; blanked frames stay blank.
        zone: as in Identity.

    Returns:
        The series with the same stamps, and who was seen.
    """
    identity = Identity(zone)
    xy_px, score = series.xy_px.copy(), series.score.copy()
    for i, t_s in enumerate(series.t_s):
        pose = identity.update(Pose(float(t_s), series.xy_px[i], series.score[i], series.width, series.height))
        xy_px[i], score[i] = pose.xy_px, pose.score
    return PoseSeries(series.t_s, xy_px, score, series.width, series.height), identity.people


def _torso_score(pose: Pose) -> float:
    """Mean score of shoulders and hips; 0 for a point that is missing."""
    xy: list[list[float]] = pose.xy_px.tolist()
    score: list[float] = pose.score.tolist()
    return sum(score[i] for i in TORSO if math.isfinite(xy[i][0] + xy[i][1])) / len(TORSO)


class _Seen(NamedTuple):
    """Where the person of one pose is, worked out once for all who ask."""

    core: list[complex]
    """The CORE points, pixels; NOWHERE where not seen."""
    torsos_px: list[float]
    """Lengths from each shoulder to each hip, of those that are seen."""
    torso_px: float
    """Their median, LEAST_TORSO_PX at least."""


def _seen(pose: Pose) -> _Seen:
    """Of a pose in which somebody is present: a shoulder and a hip are seen."""
    core = seen_points(pose, CORE)
    lengths_px = [abs(shoulder - hip) for shoulder in core[3:5] for hip in core[5:7] if is_seen(shoulder) and is_seen(hip)]
    return _Seen(core, lengths_px, max(median(lengths_px), LEAST_TORSO_PX))


def _nearest_px(point: complex, place: complex, twin: complex) -> float:
    """Distance to the nearer of the two that is known; NaN when neither is."""
    to_place, to_twin = abs(point - place), abs(point - twin)
    return to_twin if math.isnan(to_place) or to_twin < to_place else to_place


def _towards(old: complex, new: complex, part: float) -> complex:
    """The old place moved by this part of the way to the new one; the one that is known when the other is not."""
    if not is_seen(new):
        return old
    return old + part * (new - old) if is_seen(old) else new
