"""Levels of made sounds, a sound card that is not there, and that no sample outlives its block."""

import logging
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kiosk import sound
from kiosk.config import SoundConfig
from kiosk.domain import FloatArray
from kiosk.sound import BLOCK, FLOOR_DB, MARGIN, RATE_HZ, BandLevel, Levels, Microphone
from kiosk.threads import Stop, monotonic_s


def tone(hz: float, seconds: float = 0.5, amplitude: float = 0.5) -> FloatArray:
    """A sine, (blocks, BLOCK)."""
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * t_s)).reshape(-1, BLOCK)


def settled(hz: float) -> float:
    """Level of a sine at -9.03 dB full scale, after the filter has settled."""
    band = BandLevel()
    return float(np.mean([band.update(block) for block in tone(hz)][10:]))


def test_the_band_is_heard_as_it_is() -> None:
    """A sine of half amplitude in the middle of the band: 20 log10(0.5) - 3.01 = -9.03 dB, and 0.17 of the low-pass."""
    assert settled(447.0) == pytest.approx(-9.2, abs=0.1)


@pytest.mark.parametrize(("hz", "lost_db"), [(50, 48.0), (100, 24.0), (200, 3.0), (1000, 3.0), (2000, 12.3), (4000, 24.6)])
def test_beside_the_band_little_is_heard(hz: float, lost_db: float) -> None:
    """Butterworth: 3 dB at the corners, 24 dB an octave below, 12 above (bilinear: more near half the rate)."""
    assert -9.03 - settled(hz) == pytest.approx(lost_db, abs=0.6)


def test_blocks_make_no_seam() -> None:
    """The filter over blocks does what it does over all samples at once: no click where a block ends."""
    sound = np.random.default_rng(1).normal(0, 0.1, 4 * BLOCK)
    pieces, whole = BandLevel(), BandLevel(block=4 * BLOCK)
    levels = [pieces.update(block) for block in sound.reshape(4, BLOCK)]

    assert 10 * np.log10(np.mean(10 ** (np.array(levels) / 10))) == pytest.approx(whole.update(sound), abs=1e-6)


def test_silence_and_clipping() -> None:
    """Nothing is the floor; a block at full scale has no level that could be trusted, and the next one has."""
    band = BandLevel()
    levels = [band.update(np.full(BLOCK, value)) for value in (0.0, 1.0)]
    quiet = BandLevel().update(np.zeros(BLOCK))

    assert (levels[0], np.isnan(levels[1]), quiet) == (FLOOR_DB, True, FLOOR_DB)


def test_the_ring_keeps_the_newest_in_order() -> None:
    """When it is full the oldest go; a reader gets whole blocks only."""
    ring = Levels(MARGIN + 5)
    for k in range(1000):
        ring.add(float(k), -float(k))
    t_s, level_db = ring.since(996.5)

    assert (t_s.tolist(), level_db.tolist(), len(ring.since(0.0)[0])) == ([997, 998, 999], [-997, -998, -999], 5)


class FakeSoundCard:
    """What is used of sounddevice; a test plays into `callback`."""

    class PortAudioError(Exception):
        """The library's own error."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: dict[str, Any] = {}
        self.state = ""
        self.pulled, self.listed = False, True

    def InputStream(self, **asked: Any) -> "FakeSoundCard":  # noqa: N802 - the library's name
        if self.failure:
            raise self.failure
        if self.pulled or not self.listed:
            raise ValueError("No input device matching 'USB'")
        self.asked = asked
        return self

    def start(self) -> None:
        self.state = "running"

    def close(self) -> None:
        self.state = "closed"
        if self.pulled:
            raise self.PortAudioError("the device is unavailable")

    def _terminate(self) -> None:
        self.listed = False

    def _initialize(self) -> None:
        self.listed = True

    def pull_out(self) -> None:
        """Gone, for this start of the library also when it is plugged in again: PortAudio lists devices once."""
        self.pulled, self.listed = True, False

    def play(self, samples: FloatArray, current_s: float = 5.0, adc_s: float = 4.97) -> None:
        callback: Callable[..., None] = self.asked["callback"]
        block = np.asarray(samples, dtype=np.float32)[:, None]
        callback(block, len(block), SimpleNamespace(currentTime=current_s, inputBufferAdcTime=adc_s), None)
        block[:] = 7.0  # the library uses its memory again


ON = SoundConfig(enabled=True, device="USB")


def test_levels_stand_on_the_clock_of_the_frames() -> None:
    """A block whose first sample is 30 ms old when it arrives at 100 s has its middle at 99.975 s."""
    card = FakeSoundCard()
    microphone = Microphone(ON, card, clock=lambda: 100.0)
    microphone.start()
    card.play(tone(447.0)[0])
    t_s, level_db = microphone.levels(0.0)

    assert (t_s.tolist(), level_db[0] > -15, card.state, microphone.problem) == ([pytest.approx(99.975)], True, "running", "")
    assert {name: card.asked[name] for name in ("samplerate", "blocksize", "channels", "device")} == {
        "samplerate": 48000,
        "blocksize": 480,
        "channels": 1,
        "device": "USB",
    }


@pytest.mark.parametrize(("current_s", "adc_s"), [(0.0, 0.0), (5.0, 0.0), (5.0, 9.0), (50.0, 1.0)])
def test_a_driver_without_times_costs_only_its_own_delay(current_s: float, adc_s: float) -> None:
    """No age, an age below nothing or above a second: the block just ended."""
    card = FakeSoundCard()
    microphone = Microphone(ON, card, clock=lambda: 100.0)
    microphone.start()
    card.play(tone(447.0)[0], current_s, adc_s)

    assert microphone.levels(0.0)[0].tolist() == [pytest.approx(99.995)]


def held(value: object, seen: set[int]) -> list[FloatArray]:
    """Every array that can be reached from a value's attributes."""
    if id(value) in seen:
        return []
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        return [value, *held(value.base, seen)]
    parts = (
        list(vars(value).values()) if type(value).__module__ == "kiosk.sound" else list(value) if isinstance(value, tuple | list) else []
    )
    return [array for part in parts for array in held(part, seen)]


def test_no_sample_outlives_its_block() -> None:
    """After a block, nothing that the microphone holds is as long as a block and has changed, but the ring of levels by one number."""
    card = FakeSoundCard()
    microphone = Microphone(ON, card)
    microphone.start()
    before = [array.copy() for array in held(microphone, set())]
    card.play(np.random.default_rng(2).normal(0, 0.2, BLOCK))
    after = held(microphone, set())
    changed = [np.count_nonzero((a != b) & ~(np.isnan(a) & np.isnan(b))) for a, b in zip(after, before, strict=True)]

    assert (sum(changed) <= 6 + 2, sum(changed) > 2) == (True, True)


def test_off_is_off() -> None:
    """Without [sound] enabled not even the library is asked."""
    card = FakeSoundCard(ValueError("not to be asked"))
    microphone = Microphone(SoundConfig(), card)
    microphone.start()
    microphone.stop()

    assert (card.asked, microphone.problem, microphone.levels(0.0)[0].size) == ({}, "", 0)


@pytest.mark.parametrize(
    "failure", [ValueError("No input device matching 'USB'"), FakeSoundCard.PortAudioError("Invalid sample rate"), OSError()]
)
def test_a_microphone_that_is_not_there_is_a_sentence(failure: Exception) -> None:
    """Which microphone, what to do; nothing else stops."""
    microphone = Microphone(ON, FakeSoundCard(failure))
    microphone.start()
    microphone.stop()

    assert microphone.problem == "The microphone “USB” cannot be opened: plug it in, or correct [sound] device."


@pytest.mark.parametrize("failure", [OSError("PortAudio library not found"), ImportError("No module named 'sounddevice'")])
def test_without_portaudio_the_kiosk_goes_on(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    """The library's import fails as it does where PortAudio is missing: one sentence with the package's name."""

    class Missing(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise failure

    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise failure

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    microphone = Microphone(ON)
    microphone.start()

    assert microphone.problem == "The microphone needs PortAudio: run sudo apt install libportaudio2, then start again."


def test_a_microphone_that_is_pulled_out_is_told() -> None:
    """No block for 2 s; the levels from before stay."""
    now = [100.0]
    card = FakeSoundCard()
    microphone = Microphone(ON, card, clock=lambda: now[0])
    microphone.start()
    card.play(tone(447.0)[0])
    now[0] += 2.1

    assert ("plug it in again" in microphone.problem, microphone.levels(0.0)[0].size) == (True, 1)


class Clock:
    """Now, as a test sets it."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def wait_for(done: Callable[[], bool]) -> bool:
    until_s = monotonic_s() + 5
    while not done() and monotonic_s() < until_s:
        Stop().wait(0.01)
    return done()


def test_a_microphone_that_was_plugged_in_again_is_heard_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Pulled out it is a sentence, until its first block; then none, and its levels begin anew. The log tells each change once."""
    monkeypatch.setattr(sound, "AGAIN_S", 0.02)
    caplog.set_level(logging.INFO)
    card, clock = FakeSoundCard(), Clock()
    microphone = Microphone(ON, card, clock)
    microphone.start()
    card.play(tone(447.0)[0])
    card.pull_out()
    clock.now_s += 2.1
    told = [microphone.problem]
    assert wait_for(lambda: "cannot be opened" in microphone.problem)
    Stop().wait(0.1)  # some more tries
    card.pulled = False
    assert wait_for(lambda: card.state == "running")
    told.append(microphone.problem)
    card.play(tone(447.0)[0])
    card.play(tone(447.0)[1])
    told.append(microphone.problem)
    heard = microphone.levels(0.0)[0].size
    microphone.stop()
    assert [said.partition(":")[0] for said in told] == [
        "The microphone says nothing any more",
        "The microphone “USB” cannot be opened",
        "",
    ]
    assert (heard, card.state, len(caplog.records)) == (2, "closed", 4)


def test_a_microphone_that_comes_late_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not there at the start, plugged in later."""
    monkeypatch.setattr(sound, "AGAIN_S", 0.02)
    card = FakeSoundCard()
    card.pull_out()
    microphone = Microphone(ON, card)
    microphone.start()
    first, card.pulled = microphone.problem, False
    assert wait_for(lambda: card.state == "running")
    card.play(tone(447.0)[0])
    after = microphone.problem
    microphone.stop()
    assert ("cannot be opened" in first, after) == (True, "")


def test_stopping_closes_the_stream_once() -> None:
    """Stop is harmless the second time."""
    card = FakeSoundCard()
    microphone = Microphone(ON, card)
    microphone.start()
    microphone.stop()
    microphone.stop()

    assert (card.state, microphone.problem) == ("closed", "")
