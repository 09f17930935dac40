"""Who is the runner: the one person on the belt, and nobody who walks by, runs beside or reaches in.

Pure and causal: one pose after the other, live and over files alike. The network finds one person in its square; this
says whether it is still the runner. A runner on a treadmill stays in place and keeps her size in the picture; a person
who suddenly stands elsewhere or is larger or smaller is another one.
"""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, Pose, PoseSeries
from kiosk.pose.keypoints import LEFT, NOSE, RIGHT, SEEN_SCORE
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

SHOULDERS, HIPS = [LEFT["shoulder"], RIGHT["shoulder"]], [LEFT["hip"], RIGHT["hip"]]
CORE = np.array([NOSE, LEFT["ear"], RIGHT["ear"], *SHOULDERS, *HIPS])
"""The points that hardly move against each other in running."""
TWIN = np.array([0, 2, 1, 4, 3, 6, 5])
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
    torso = _torso_score(pose)
    seen = torso > SEEN_SCORE
    return bool(seen[:2].any() and seen[2:].any() and torso.mean() >= TORSO_SCORE)


def blank(pose: Pose) -> Pose:
    """The same frame with nobody in it."""
    return Pose(pose.t_s, np.full_like(pose.xy_px, np.nan), np.zeros_like(pose.score), pose.width, pose.height)


class _Body:
    """Where somebody is and how large, followed over time."""

    def __init__(self, pose: Pose) -> None:
        self._core = _core(pose)
        self._torso_px = float(np.nanmedian(_torsos(self._core)))
        self.first_s = self.last_s = pose.t_s

    @property
    def stayed_s(self) -> float:
        """Time from the first to the last pose that fitted, seconds."""
        return self.last_s - self.first_s

    def fits(self, pose: Pose) -> bool:
        """True when the pose is of this person: half of the points or more near their place, half of the lengths alike.

        Half, so that a single point that flies off does not count.
        """
        core = _core(pose)
        ratio = _torsos(core) / self._torso_px
        alike = (ratio < SCALE) & (ratio > 1 / SCALE)
        if 2 * alike.sum() < np.isfinite(ratio).sum():
            return False
        off = np.fmin(*(np.hypot(*(core - place).T) for place in (self._core, self._core[TWIN]))) / self._torso_px
        room = PLACE + DRIFT_PER_S * min(pose.t_s - self.last_s, AWAY_S)
        off = off[np.isfinite(off)]
        return bool(off.size) and bool(np.median(off) <= room)

    def follow(self, pose: Pose) -> None:
        """Take a pose that fits."""
        core, part = _core(pose), 1.0 - float(np.exp(-max(pose.t_s - self.last_s, 0.0) / FOLLOW_S))
        moved = self._core + part * (core - self._core)
        self._core = np.where(np.isfinite(moved), moved, np.where(np.isfinite(core), core, self._core))
        torso_px = float(np.nanmedian(_torsos(core)))
        self._torso_px += part * (torso_px - self._torso_px)
        self.last_s = pose.t_s


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
        if not (in_zone(pose, self._zone) and self._is_runner(pose)):
            self._others += 1
            return blank(pose)
        self._runner_s += dt_s if dt_s <= AWAY_S else 0.0
        return pose

    def _is_runner(self, pose: Pose) -> bool:
        if self._runner is not None and self._runner.fits(pose):
            self._runner.follow(pose)
            return True
        self._watch(pose)
        runner, other = self._runner, self._other
        is_sure = runner is not None and runner.stayed_s >= STAYS_S
        if runner is not None and is_sure and (pose.t_s - runner.last_s < AWAY_S or other is None or other.stayed_s < STAYS_S):
            return False
        if _torso_score(pose).mean() < NEW_SCORE:
            return False
        self._persons += runner is None or is_sure  # a person of less than STAYS_S was a bad first look, not a person
        self._runner, self._other = other or _Body(pose), None
        return True

    def _watch(self, pose: Pose) -> None:
        """See how long the one who is not the runner stays where she was first seen."""
        if self._other is not None and self._other.fits(pose):
            self._other.last_s = pose.t_s
        else:
            self._other = _Body(pose)


def in_zone(pose: Pose, zone: tuple[float, float, float, float]) -> bool:
    """True when the mid-hip (of the hips that are seen) lies in the zone or ZONE_MARGIN beside it; the torso must be seen."""
    core = _core(pose)
    hip = np.nanmean(core[5:7], axis=0)
    margin = ZONE_MARGIN * float(np.nanmedian(_torsos(core)))
    low = np.array([zone[0] * pose.width, zone[1] * pose.height]) - margin
    high = np.array([zone[2] * pose.width, zone[3] * pose.height]) + margin
    return bool((hip >= low).all() and (hip <= high).all())


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


def _core(pose: Pose) -> FloatArray:
    """(7, 2) the CORE points, pixels; NaN where not seen."""
    return np.where((pose.score[CORE] > SEEN_SCORE)[:, None], pose.xy_px[CORE].astype(float), np.nan)


def _torso_score(pose: Pose) -> FloatArray:
    """(4,) scores of shoulders and hips; 0 where a point is missing."""
    return np.where(np.isfinite(pose.xy_px).all(axis=1), pose.score, 0.0)[[*SHOULDERS, *HIPS]]


def _torsos(core: FloatArray) -> FloatArray:
    """(4,) lengths from each shoulder to each hip, pixels; NaN where one is not seen."""
    return np.asarray(np.hypot(*(core[3:5, None] - core[None, 5:7]).reshape(4, 2).T))
