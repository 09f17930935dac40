"""How loud each foot strike is against the run's own start: levels of a microphone and contacts of the camera -> decibels.

Loudness has no norm and no limit here: it depends on shoe, deck, room and microphone. Only the same runner, on the same belt, at the
same speed, within one run can be compared. Nor is quieter the same as softer: Wong et al. (Comparison of footstrike impact sound
between forefoot, midfoot and rearfoot strike, 22 runners) found forefoot and midfoot strikes louder than rearfoot strikes, at lower
loading rates. So what is said is "quieter" or "louder", never more.

Faster is louder: in 34 runners the peak of the sound followed the speed, r = 0.61 to 0.70 (multi-directional footfall sound, J Sports Sci
2020, doi 10.1080/02640414.2020.1816288). So a change of speed or cadence refuses the comparison. What cannot be told apart from strikes is
music on the very beat of the steps. What must not go in: samples, files, clocks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kiosk.domain import EventKind, FloatArray, GaitEvent, Side
from kiosk.gait.drift import SURE, beyond, standard_error
from kiosk.words import NOTHING, Phrase

DELAYS_S = np.arange(-0.05, 0.245, 0.01)
"""Delays of the sound against the contacts that are tried. Early: a contact that the camera's pose finds late, by a frame or two. Late: the
sound card (tens of ms), 3 ms a metre, the loudest moment after the first touch (tens of ms). The span of 0.30 s stays within one step of
200 a minute, so that a strike is never taken for that of the other foot."""
WINDOW_S = 0.06
"""On both sides of contact + delay: contacts of single strides are right to about two frames at 30 a second (our choice, from that),
and the windows of two feet cannot meet."""
SMOOTH = 3
"""Blocks of 10 ms that are averaged as power: a strike across the seam of two blocks is as loud as one within a block."""
AROUND_S = 0.75
"""The background is the quietest quarter of so much on both sides: four to five steps, longer than any strike rings."""
QUIET_PART = 25.0
STAND_OUT_DB = 6.0
"""Strikes this far above the level between them, at the best delay, are strikes: four times the power. Music alone came to 0.5 dB in twenty
made runs of a minute (our choice, well above that; tests/gait/test_gait_landing.py)."""
SEEN_DB = 3.0
"""A single strike below this over its background cannot be told from it: as much power again as the background has."""
LEAST_PART = 0.6
"""Part of the contacts that must have a strike (our choice: a bare majority could be chance)."""
CLIPPED_PART = 0.5
"""When strikes are not found and there is a clipped block for every second contact, that is why (our choice)."""
LEAST_STRIKES = 15
"""Of each foot, at the start and now: with fewer the spread itself is not known (our choice)."""
START_STRIKES = 80
"""Of each foot, the start at most: a minute at 160 steps a minute. Of a short run it is the first third."""
LEAST_CHANGE_DB = 2.0
"""Smaller changes are not told, however sure: a runner who moves 20 cm on the belt, 1 m from the microphone, is 1.6 to 1.9 dB louder or
quieter (our choice, from that)."""
LEAST_SIDE_DB = 3.0
"""The same for left against right: feet 20 cm apart, the microphone 0.6 m beside the nearer one: 20 log10(0.8 / 0.6) = 2.5 dB (our
choice)."""
CADENCE_PART = 0.03
"""Cadence may differ by this (our choice: well above its error over 30 steps, below the 5 % that the metronome asks for)."""
SPEED_KMH = 0.2
"""Belt speed may differ by this (our choice: two steps of a treadmill's display)."""
BACKGROUND_DB = 6.0
"""The room may become this much louder or quieter (our choice: its power is taken off the strikes, but not exactly)."""

NO_SOUND = Phrase("No sound was heard while you ran.")
TOO_FEW = Phrase("Too few foot strikes were heard: {found} of each foot, {least} are needed.")
TOO_LATE = Phrase("The sound does not fit the steps: its delay is beyond what a microphone has. Use another one.")
HIDDEN = Phrase("The foot strikes do not stand out from the belt and the room: put the microphone nearer to the deck.")
CUT_OFF = Phrase("The microphone is set too loud: its level is cut off. Turn its volume down.")
OTHER_SPEED = Phrase("The speed changed by {change:.1f} km/h; faster is louder, so loudness cannot be compared.")
OTHER_CADENCE = Phrase("The cadence changed by {change:.0f} %; quicker steps sound different, so loudness cannot be compared.")
OTHER_ROOM = Phrase("The room became louder or quieter by {change:.0f} dB: loudness cannot be compared.")


@dataclass(frozen=True, eq=False)
class Landings:
    """The foot strikes of a run that were heard. All arrays (n,), one a contact, in order of time."""

    t_s: FloatArray
    """Contacts, seconds on the clock of the poses."""
    right: FloatArray
    """1 for the right foot, 0 for the left."""
    level_db: FloatArray
    """Power of the strike without that of the background, dB relative to the microphone's full scale; NaN where none stands out."""
    background_db: FloatArray
    """Level between the strikes around it."""
    delay_s: float = float("nan")
    """Of the sound against the contacts."""
    stand_out_db: float = float("nan")
    """Median of the strikes over what is between them."""
    reason: Phrase = NOTHING
    """Why nothing can be said of them, with what to do; no words when all is well."""


@dataclass(frozen=True)
class LandingChange:
    """Loudness now against the run's own start; NaN is unknown."""

    change_db: float = float("nan")
    """Last strikes minus first ones, mean of both feet; positive is louder."""
    change_limit_db: float = float("nan")
    """A change within this is noise."""
    left_right_db: float = float("nan")
    """Right minus left over the whole run; positive: the right foot is louder where the microphone stands."""
    left_right_limit_db: float = float("nan")
    n: int = 0
    """Foot strikes that were heard, both feet."""
    reason: Phrase = NOTHING
    """Why there is no change, with what to do."""


def landings(t_s: FloatArray, level_db: FloatArray, contacts: Sequence[GaitEvent]) -> Landings:
    """Find the sound of each contact.

    Args:
        t_s: (n,) middle of each block of 10 ms, seconds on the contacts' clock, increasing; gaps are allowed.
        level_db: (n,) its level; NaN where it was clipped.
        contacts: events of the run in any order; toe offs are passed over.
    """
    feet = sorted((e for e in contacts if e.kind is EventKind.CONTACT), key=lambda e: e.t_s)
    at_s = np.array([e.t_s for e in feet])
    right = np.array([float(e.side is Side.RIGHT) for e in feet])
    unknown = np.full(len(feet), np.nan)
    if len(t_s) < 2 or not feet or at_s[-1] < t_s[0] or at_s[0] > t_s[-1]:
        return Landings(at_s, right, unknown, unknown, reason=NO_SOUND)
    smooth_db = _smoothed(level_db)
    delay_s, stand_out_db, reason = _delay(t_s, smooth_db, at_s)
    clipped = np.isnan(level_db).sum() > CLIPPED_PART * len(feet)
    if reason:
        return Landings(at_s, right, unknown, unknown, delay_s, stand_out_db, CUT_OFF if clipped else reason)
    peak_db = _over_windows(t_s, smooth_db, at_s + delay_s, WINDOW_S, 100.0)
    background_db = _over_windows(t_s, smooth_db, at_s + delay_s, AROUND_S, QUIET_PART)
    strike_db = _without(peak_db, background_db)
    reason = _too_few_heard(t_s, at_s, strike_db)
    return Landings(at_s, right, strike_db, background_db, delay_s, stand_out_db, CUT_OFF if reason and clipped else reason)


def _smoothed(level_db: FloatArray) -> FloatArray:
    """(n,) dB of the mean power of `SMOOTH` neighbours; a clipped block leaves its neighbours unknown too."""
    power = 10 ** (np.asarray(level_db, dtype=float) / 10)
    padded = np.pad(power, SMOOTH // 2, mode="edge")
    mean = np.mean([padded[k : k + len(power)] for k in range(SMOOTH)], axis=0)
    return np.asarray(10 * np.log10(np.maximum(mean, 1e-12)))


def _delay(t_s: FloatArray, smooth_db: FloatArray, at_s: FloatArray) -> tuple[float, float, Phrase]:
    """(delay, stand-out in dB, reason): the delay at which the level at the contacts is highest, in the median of all contacts."""
    known = ~np.isnan(smooth_db)
    if known.sum() < 2:
        return float("nan"), float("nan"), HIDDEN
    at = np.array([np.median(np.interp(at_s + delay, t_s[known], smooth_db[known])) for delay in DELAYS_S])
    best = int(np.argmax(at))
    stand_out_db = float(at[best] - np.median(at))
    if stand_out_db < STAND_OUT_DB:
        return float(DELAYS_S[best]), stand_out_db, HIDDEN
    return float(DELAYS_S[best]), stand_out_db, TOO_LATE if best in (0, len(DELAYS_S) - 1) else NOTHING


def _over_windows(t_s: FloatArray, level_db: FloatArray, middle_s: FloatArray, half_s: float, percentile: float) -> FloatArray:
    """(n,) percentile of the levels around each middle; NaN where blocks are missing or, for the loudest, clipped."""
    first, last = np.searchsorted(t_s, middle_s - half_s), np.searchsorted(t_s, middle_s + half_s)
    block_s = float(np.median(np.diff(t_s)))
    least = 0.8 * min(2 * half_s, t_s[-1] - t_s[0]) / block_s if percentile == 100.0 else 0.4 * 2 * half_s / block_s
    of = np.nanpercentile if percentile < 100.0 else np.percentile
    parts = [level_db[a:b] for a, b in zip(first, last, strict=True)]
    return np.array([of(part, percentile) if (~np.isnan(part)).sum() >= least else np.nan for part in parts])


def _without(peak_db: FloatArray, background_db: FloatArray) -> FloatArray:
    """(n,) dB of what the peak has over the background; sounds that do not know of one another add their power."""
    seen = peak_db - background_db >= SEEN_DB
    power = 10 ** (peak_db / 10) - 10 ** (background_db / 10)
    return np.where(seen, 10 * np.log10(np.where(seen, power, 1.0)), np.nan)


def _too_few_heard(t_s: FloatArray, at_s: FloatArray, strike_db: FloatArray) -> Phrase:
    heard = (at_s >= t_s[0]) & (at_s <= t_s[-1])
    return NOTHING if (~np.isnan(strike_db[heard])).sum() >= LEAST_PART * heard.sum() else HIDDEN


def landing_change(found: Landings, speed_change_kmh: float | None = None) -> LandingChange:
    """Loudness now against the run's own start, and left against right.

    The limit is three standard errors, in which neighbours that are alike count as one (kiosk/gait/drift.py), and never below
    `LEAST_CHANGE_DB`.

    Args:
        found: the strikes of the run.
        speed_change_kmh: of the belt between start and now; None when it is not known, then cadence alone is looked at.
    """
    heard = ~np.isnan(found.level_db)
    feet = [found.level_db[heard & (found.right == side)] for side in (0.0, 1.0)]
    n, fewest = int(heard.sum()), min(len(foot) for foot in feet)
    if found.reason:
        return LandingChange(reason=found.reason)
    if fewest < LEAST_STRIKES:
        return LandingChange(n=n, reason=TOO_FEW.filled(found=fewest, least=3 * LEAST_STRIKES))
    left_right_db = float(np.median(feet[1]) - np.median(feet[0]))
    side_limit_db = max(LEAST_SIDE_DB, SURE * float(np.hypot(standard_error((feet[0],)), standard_error((feet[1],)))))
    part = min(fewest // 3, START_STRIKES)
    if part < LEAST_STRIKES:
        reason = TOO_FEW.filled(found=fewest, least=3 * LEAST_STRIKES)
    else:
        reason = _other_conditions(found, part, speed_change_kmh)
    if reason:
        return LandingChange(left_right_db=left_right_db, left_right_limit_db=side_limit_db, n=n, reason=reason)
    change_db = float(np.mean([np.median(foot[-part:]) - np.median(foot[:part]) for foot in feet]))
    error_db = float(np.mean([2**0.5 * standard_error((foot[:part], foot[-part:])) for foot in feet]))
    return LandingChange(change_db, max(LEAST_CHANGE_DB, SURE * error_db), left_right_db, side_limit_db, n)


def _other_conditions(found: Landings, part: int, speed_change_kmh: float | None) -> Phrase:
    """Why start and now cannot be compared."""
    if speed_change_kmh is not None and beyond(speed_change_kmh, SPEED_KMH):
        return OTHER_SPEED.filled(change=speed_change_kmh)
    first, last = found.t_s[: 2 * part], found.t_s[-2 * part :]
    cadence_part = _step_s(first) / _step_s(last) - 1
    if beyond(cadence_part, CADENCE_PART):
        return OTHER_CADENCE.filled(change=100 * cadence_part)
    room_db = float(np.nanmedian(found.background_db[-2 * part :]) - np.nanmedian(found.background_db[: 2 * part]))
    return OTHER_ROOM.filled(change=room_db) if beyond(room_db, BACKGROUND_DB) else NOTHING


def _step_s(at_s: FloatArray) -> float:
    """Mean time of a step; a contact that was not seen makes one gap of two steps, which counts as two."""
    gaps_s = np.diff(at_s)
    steps = np.maximum(1, np.round(gaps_s / np.percentile(gaps_s, 40.0)))  # with a third of the contacts missing most gaps are still single
    near = gaps_s < 1.0  # a longer one is a pause
    return float(gaps_s[near].sum() / steps[near].sum())


def landing_summary(change: LandingChange) -> Mapping[str, float]:
    """What is stored of it: "change_db", "left_right_db", their "..._limit_db" and "n"; what is not known is not there."""
    values = {
        "change_db": change.change_db,
        "change_limit_db": change.change_limit_db,
        "left_right_db": change.left_right_db,
        "left_right_limit_db": change.left_right_limit_db,
        "n": float(change.n),
    }
    return {name: round(value, 2) for name, value in values.items() if np.isfinite(value)}


def landing_words(summary: Mapping[str, float]) -> Phrase:
    """What is said of the change, from what `landing_summary` stored; no words without a change."""
    change_db, limit_db = summary.get("change_db"), summary.get("change_limit_db")
    if change_db is None or limit_db is None:
        return NOTHING
    if not beyond(change_db, limit_db):
        return Phrase("You land about as loudly as at your start.")
    if change_db < 0:
        return Phrase("You land quieter than at your start ({change:.0f} dB less).", change=-change_db)
    return Phrase("You land louder than at your start ({change:.0f} dB more).", change=change_db)
