"""Made sounds with known strikes: what changed is found, what did not change is not, and what cannot be told is refused.

The sound is samples at 16 kHz through the kiosk's own level meter, so that filter, blocks and matching are tested together.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from kiosk.domain import EventKind, FloatArray, GaitEvent, Side
from kiosk.gait.landing import LandingChange, Landings, _without, landing_change, landing_summary, landing_words, landings
from kiosk.sound import BandLevel

RATE_HZ = 16_000
BLOCK = 160


@dataclass(frozen=True)
class Scene:
    """What is heard and seen in a made run."""

    seconds: float = 60.0
    cadence_spm: float = 164.0
    later_spm: float | None = None
    """Cadence of the last half; None: the same."""
    strike_db: float = -24.0
    """Level of the right foot's noise burst at its start."""
    change_db: float = 0.0
    """Reached at the end, on a straight line from the start."""
    left_db: float = 0.0
    """Left minus right."""
    scatter_db: float = 1.5
    hum_db: float = -50.0
    """Motor: harmonics of 100 Hz and noise."""
    hum_change_db: float = 0.0
    """Step of the hum at half time."""
    music_db: float = -90.0
    """Bursts and tones at 128 beats a minute."""
    claps: int = 0
    delay_s: float = 0.06
    jitter_s: float = 0.015
    """Of the contacts that the camera found."""
    missing: float = 0.0
    """Part of the contacts that the camera did not find."""
    mute: float = 0.0
    """Part of the strikes that make no sound."""
    gain_db: float = 0.0
    """Of the microphone; above 0 dB full scale it clips."""
    seed: int = 1


def amplitude(db: float) -> float:
    return float(10 ** (db / 20))


def contact_times(scene: Scene) -> FloatArray:
    steps = [0.5]
    while steps[-1] < scene.seconds - 1.0:
        spm = scene.later_spm if scene.later_spm and steps[-1] > scene.seconds / 2 else scene.cadence_spm
        steps.append(steps[-1] + 60.0 / spm)
    return np.array(steps)


def sound_of(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """(n,) samples."""
    n = round(scene.seconds * RATE_HZ)
    t_s = np.arange(n) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * f * t_s + f) for f in (100, 200, 300, 400, 1100)) / 5 + rng.normal(0, 0.5, n)
    out = np.where(t_s < scene.seconds / 2, amplitude(scene.hum_db), amplitude(scene.hum_db + scene.hum_change_db)) * hum
    beat = np.exp(-(t_s % (60 / 128)) / 0.1)
    out += amplitude(scene.music_db) * (beat * rng.normal(0, 1, n) + np.sin(2 * np.pi * 440 * t_s) * np.sin(2 * np.pi * 0.7 * t_s))
    decay = np.exp(-np.arange(round(0.15 * RATE_HZ)) / (0.025 * RATE_HZ))
    times = contact_times(scene)
    for i, at_s in enumerate(times):
        level = (
            scene.strike_db + scene.change_db * at_s / scene.seconds + rng.normal(0, scene.scatter_db) + (scene.left_db if i % 2 else 0.0)
        )
        if rng.random() >= scene.mute:
            add(out, at_s + scene.delay_s, amplitude(level) * decay * rng.normal(0, 1, len(decay)))
    for at_s in rng.uniform(0, scene.seconds - 1, scene.claps):
        add(out, at_s, 0.5 * decay[:1600] * rng.normal(0, 1, len(decay[:1600])))
    return np.clip(out * amplitude(scene.gain_db), -1, 1)


def add(out: FloatArray, at_s: float, burst: FloatArray) -> None:
    first = round(at_s * RATE_HZ)
    out[first : first + len(burst)] += burst[: len(out) - first]


@cache
def heard(scene: Scene) -> Landings:
    """The scene through the level meter and the matching."""
    rng = np.random.default_rng(scene.seed)
    blocks = sound_of(scene, rng).reshape(-1, BLOCK)
    band = BandLevel(RATE_HZ, BLOCK)
    level_db = np.array([band.update(block) for block in blocks])
    t_s = (np.arange(len(blocks)) + 0.5) * BLOCK / RATE_HZ
    times = contact_times(scene)
    events = [
        GaitEvent(float(t + rng.normal(0, scene.jitter_s)), Side.LEFT if i % 2 else Side.RIGHT, EventKind.CONTACT)
        for i, t in enumerate(times)
    ]
    events = [event for event in events if rng.random() >= scene.missing]
    return landings(t_s + 1000.0, level_db, [replace(e, t_s=e.t_s + 1000.0) for e in events])


def change_of(scene: Scene) -> LandingChange:
    return landing_change(heard(scene))


PLAIN = Scene()


def test_the_delay_is_found_in_the_data() -> None:
    """The strikes come 60 ms after the contacts and are loudest within the next 20 ms; another delay of 90 ms is found as such."""
    plain, late = heard(PLAIN).delay_s, heard(replace(PLAIN, delay_s=0.15)).delay_s

    assert (0.05 <= plain <= 0.09, late - plain) == (True, pytest.approx(0.09, abs=0.015))


def test_strikes_have_their_level() -> None:
    """Nearly all strikes are found, and their spread is that of the strikes (1.5 dB) and of the noise in short bursts."""
    found = heard(PLAIN)

    assert (np.isnan(found.level_db).mean() < 0.02, np.nanstd(found.level_db) < 2.6, found.stand_out_db > 12, found.reason) == (
        True,
        True,
        True,
        "",
    )


@pytest.mark.parametrize("change_db", [-9.0, -6.0, 6.0, 9.0])
def test_a_known_change_is_found(change_db: float) -> None:
    """On a straight line the first and last third are two thirds of the whole change apart."""
    change = change_of(replace(PLAIN, change_db=change_db))

    assert (change.change_db, abs(change.change_db) > change.change_limit_db) == (pytest.approx(change_db * 2 / 3, abs=1.0), True)


@pytest.mark.parametrize("seed", range(2, 8))
def test_no_change_is_no_change(seed: int) -> None:
    """The same strikes to the end: nothing is said, whatever the noise."""
    summary = landing_summary(change_of(replace(PLAIN, seed=seed)))

    assert landing_words(summary) == "You land about as loudly as at your start."


NUISANCES = {
    "hum": replace(PLAIN, hum_db=-38.0),
    "music": replace(PLAIN, music_db=-43.0),
    "claps": replace(PLAIN, claps=15),
    "contacts not seen": replace(PLAIN, missing=0.25),
    "strikes not heard": replace(PLAIN, mute=0.2),
    "contacts badly timed": replace(PLAIN, jitter_s=0.03),
    "late": replace(PLAIN, delay_s=0.16),
    "one foot louder": replace(PLAIN, left_db=5.0),
    "a little more room": replace(PLAIN, hum_change_db=4.0),
}


@pytest.mark.parametrize("change_db", [0.0, -7.0])
@pytest.mark.parametrize("name", NUISANCES)
def test_what_disturbs_does_not_deceive(name: str, change_db: float) -> None:
    """With each disturbance a change of 7 dB is found within 1.5 dB, and none is invented."""
    change = change_of(replace(NUISANCES[name], change_db=change_db))

    assert change.reason == ""
    assert change.change_db == pytest.approx(change_db * 2 / 3, abs=1.5)
    assert (abs(change.change_db) > change.change_limit_db) == (change_db != 0.0)


def test_left_and_right_are_told_apart() -> None:
    """The left foot 5 dB louder, also when contacts are missing."""
    summary = landing_summary(change_of(replace(PLAIN, left_db=5.0, missing=0.2)))

    assert summary["left_right_db"] == pytest.approx(-5.0, abs=1.0)
    assert summary["left_right_limit_db"] < 4.0


def test_a_difference_that_the_microphones_place_explains_is_within_its_limit() -> None:
    """2 dB between the feet are measured, and no more than that limit."""
    summary = landing_summary(change_of(replace(PLAIN, left_db=-2.0)))

    assert summary["left_right_db"] == pytest.approx(2.0, abs=1.0)
    assert summary["left_right_db"] < summary["left_right_limit_db"]


REFUSED = {
    "too quiet": (replace(PLAIN, strike_db=-60.0, hum_db=-40.0), "do not stand out"),
    "music alone": (replace(PLAIN, strike_db=-95.0, music_db=-25.0), "do not stand out"),
    "nothing but noise": (replace(PLAIN, strike_db=-95.0), "do not stand out"),
    "most strikes are not there": (replace(PLAIN, mute=0.45), "do not stand out"),
    "too short": (replace(PLAIN, seconds=20.0), "Too few foot strikes"),
    "too late": (replace(PLAIN, delay_s=0.25, jitter_s=0.005), "does not fit the steps"),
    "too loud": (replace(PLAIN, gain_db=30.0), "too loud"),
    "another cadence": (replace(PLAIN, later_spm=172.0), "cadence changed by 5 %"),
    "another room": (replace(PLAIN, hum_change_db=9.0), "became louder or quieter by"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_is_refused(name: str) -> None:
    """A reason and no change, never a number that means nothing."""
    scene, said = REFUSED[name]
    change = change_of(scene)

    assert (said in change.reason, np.isnan(change.change_db), landing_words(landing_summary(change))) == (True, True, "")


@pytest.mark.parametrize(("speed_change_kmh", "refused"), [(None, False), (0.1, False), (-0.2, False), (0.5, True), (-0.5, True)])
def test_faster_is_louder(speed_change_kmh: float | None, refused: bool) -> None:
    """A speed that changed by more than 0.2 km/h refuses the comparison, left and right stay."""
    change = landing_change(heard(replace(PLAIN, change_db=6.0)), speed_change_kmh)

    assert ("faster is louder" in change.reason, np.isnan(change.change_db), np.isfinite(change.left_right_db)) == (refused, refused, True)


def test_without_sound_or_steps_there_is_a_reason() -> None:
    """Empty arrays, no contacts, and sound of another hour."""
    some = [GaitEvent(k * 0.36, (Side.LEFT, Side.RIGHT)[k % 2], EventKind.CONTACT) for k in range(100)]
    t_s, level_db = np.arange(0, 36, 0.01), np.full(3600, -50.0)
    reasons = [
        landing_change(landings(*case)).reason for case in ((t_s[:0], level_db[:0], some), (t_s, level_db, []), (t_s + 1e4, level_db, some))
    ]

    assert reasons == ["No sound was heard while you ran."] * 3


def test_toe_offs_are_no_landings() -> None:
    """Only contacts are listened to."""
    events = [GaitEvent(k * 0.36, Side.LEFT, EventKind.TOE_OFF) for k in range(100)]

    assert landings(np.arange(0, 36, 0.01), np.full(3600, -50.0), events).t_s.size == 0


@pytest.mark.parametrize(
    ("change_db", "words"),
    [
        (-4.0, "You land quieter than at your start (4 dB less)."),
        (3.0, "You land louder than at your start (3 dB more)."),
        (2.4, "You land about as loudly as at your start."),
    ],
)
def test_words_only_beyond_noise(change_db: float, words: str) -> None:
    """With a limit of 2.5 dB."""
    assert landing_words(landing_summary(LandingChange(change_db, 2.5, 0.0, 3.0, 120))) == words


def test_what_is_not_known_is_not_stored() -> None:
    """A refused bout keeps the number of strikes alone."""
    assert landing_summary(LandingChange(n=12)) == {"n": 12.0}


def test_the_backgrounds_power_is_taken_off() -> None:
    """Half of the power at -20 dB is background at -23.01 dB: the strike alone has -23.01 dB; what is nearer than 3 dB is no strike."""
    alone_db = _without(np.array([-20.0, -20.0]), np.array([-23.0103, -22.9]))

    assert (alone_db[0], np.isnan(alone_db[1])) == (pytest.approx(-23.01, abs=0.01), True)
