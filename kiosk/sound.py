"""The microphone as a level meter: how loud it is, a hundred times a second, and nothing that could be heard again.

A block of 10 ms comes from the sound card, is filtered, becomes one number in decibels, and is gone before the next one comes. What
must not go in: samples that outlive their block, files, feet (kiosk/gait/landing.py).

The band is 200 to 1000 Hz. Of a footstep's sound what lies below 500 Hz comes from the force normal to the floor and differs with the way
of walking; what lies above comes from friction and does not (Ekimov and Sabatier 2006, J Acoust Soc Am 120, 762, walking in buildings).
Below 200 Hz are the mains (50 and 60 Hz and first harmonics), the deck's own slow swing and the ventilation; above 1 kHz squeaking soles,
the motor's whine and the consonants of speech. So the band begins above the mains and ends an octave above those 500 Hz, for the slap
of a shoe on a light deck. The corners are our choice; whether strikes stand out from the belt in it is checked before anything is said.

Clocks. A block is stamped with the monotonic clock of the frames when it arrives, less the age that the sound card's driver gives for
its first sample. What is left: a constant delay that the driver does not know (USB: some ms to some tens of ms;
kiosk/gait/landing.py finds it in the data), and the scheduling of the callback, mostly below one block.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from kiosk.config import SoundConfig
from kiosk.domain import FloatArray
from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.words import NOTHING, Phrase

RATE_HZ = 48_000
"""What every USB microphone has."""
BLOCK = 480
"""Samples of a block: 10 ms, a tenth of the shortest ground contact."""
BAND_HZ = (200.0, 1000.0)
FLOOR_DB = -120.0
"""Below this is silence: the noise of 16 bits is near -96 dB."""
CLIPPED = 0.99
"""A block that reaches this part of full scale is cut off: its level is not known."""
LONGEST_S = 7200.0
"""Levels are kept as long as the longest session, [session] longest_min at its default; 9 MB."""
SILENT_S = 2.0
"""No block for so long means that the microphone is gone (our choice: two hundred blocks)."""
AGAIN_S = 10.0
"""Between two tries to have a lost microphone again (our choice: each starts the library anew, which looks at every sound device)."""
STOP_S = 5.0
"""Longest wait for the library when the station ends (our choice)."""
SILENT = Phrase("The microphone says nothing any more: plug it in again.")
MARGIN = 200
"""The oldest blocks of a full ring are not given out: the next ones are written over them while they are read."""
OLDEST_AGE_S = 1.0
"""An age of a block above this is not believed: some drivers give none or nonsense."""

log = logging.getLogger(__name__)


class BandLevel:
    """Blocks of samples -> level of the band, dB relative to full scale (a full-scale square wave is 0, a sine -3 dB).

    A Butterworth high-pass of fourth order and low-pass of second order, as three biquads (R. Bristow-Johnson's Audio EQ Cookbook). A
    sample at a time is too slow in Python, so the filter is written as matrices over a whole block; between blocks only its six state
    values are kept, which no sound can be made of.
    """

    def __init__(self, rate_hz: float = RATE_HZ, block: int = BLOCK, band_hz: tuple[float, float] = BAND_HZ) -> None:
        low_hz, high_hz = band_hz
        stages = (  # Q of a fourth-order Butterworth filter: 1 / (2 cos 22.5 deg), 1 / (2 cos 67.5 deg); of second order 1 / sqrt 2
            _biquad(low_hz / rate_hz, 0.541196, high=True),
            _biquad(low_hz / rate_hz, 1.306563, high=True),
            _biquad(high_hz / rate_hz, 0.707107, high=False),
        )
        self._response, self._memory, self._move, self._feed = _block_matrices(stages, block)
        self._state = np.zeros(2 * len(stages))

    def update(self, samples: FloatArray) -> float:
        """Level of this block, dB; NaN when it is clipped.

        Args:
            samples: (block,) -1 to 1.
        """
        heard = self._response @ samples + self._memory @ self._state
        self._state = self._move @ self._state + self._feed @ samples
        if np.abs(samples).max() >= CLIPPED:
            return float("nan")
        return max(FLOOR_DB, float(10 * np.log10(np.mean(heard**2) + 1e-30)))


def _biquad(cycles: float, q: float, high: bool) -> tuple[FloatArray, FloatArray]:
    """Coefficients (b, a) with a[0] = 1 of a second-order filter; `cycles` is its corner per sample."""
    angle = 2 * np.pi * cycles
    alpha, cos = np.sin(angle) / (2 * q), np.cos(angle)
    b = np.array([(1 + cos) / 2, -(1 + cos), (1 + cos) / 2] if high else [(1 - cos) / 2, 1 - cos, (1 - cos) / 2])
    a = np.array([1 + alpha, -2 * cos, 1 - alpha])
    return b / a[0], a / a[0]


def _one_sample(stages: tuple[tuple[FloatArray, FloatArray], ...], state: FloatArray, sample: float) -> tuple[FloatArray, float]:
    """One sample through all stages (transposed direct form II)."""
    after = np.zeros_like(state)
    for i, (b, a) in enumerate(stages):
        out = b[0] * sample + state[2 * i]
        after[2 * i] = b[1] * sample - a[1] * out + state[2 * i + 1]
        after[2 * i + 1] = b[2] * sample - a[2] * out
        sample = out
    return after, sample


def _block_matrices(stages: tuple[tuple[FloatArray, FloatArray], ...], block: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The filter over a whole block: output = response @ samples + memory @ state, state = move @ state + feed @ samples.

    It is linear, so what it does to single ones says what it does to everything.
    """
    n = 2 * len(stages)
    memory, move = np.zeros((block, n)), np.zeros((n, n))
    for i, state in enumerate(np.eye(n)):
        memory[:, i], states = _run(stages, state, 0.0, block)
        move[:, i] = states[-1]
    impulse, states = _run(stages, np.zeros(n), 1.0, block)
    lag = np.subtract.outer(np.arange(block), np.arange(block))
    response = np.where(lag >= 0, impulse[np.abs(lag)], 0.0)
    return response, memory, move, states[::-1].T  # what sample k leaves behind is what an impulse is after block - k samples


def _run(stages: tuple[tuple[FloatArray, FloatArray], ...], state: FloatArray, first: float, block: int) -> tuple[FloatArray, FloatArray]:
    """Outputs (block,) and the states (block, n) after each of `block` samples: `first`, then zeros."""
    out, states = np.zeros(block), np.zeros((block, len(state)))
    for k in range(block):
        state, out[k] = _one_sample(stages, state, first if k == 0 else 0.0)
        states[k] = state
    return out, states


class Levels:
    """A ring of (time, level): one thread adds, any thread reads; nobody waits."""

    def __init__(self, blocks: int) -> None:
        self._t_s = np.full(blocks, np.nan)
        self._level_db = np.full(blocks, np.nan, dtype=np.float32)
        self._n = 0

    def add(self, t_s: float, level_db: float) -> None:
        """One block."""
        at = self._n % len(self._t_s)
        self._t_s[at], self._level_db[at] = t_s, level_db
        self._n += 1  # last: readers count what is whole

    def since(self, since_s: float) -> tuple[FloatArray, FloatArray]:
        """(t_s, level_db), both (n,), in order, of the blocks at `since_s` and later."""
        n, size = self._n, len(self._t_s)
        kept = n if n <= size - MARGIN else size - MARGIN
        at = np.arange(n - kept, n) % size
        t_s, level_db = self._t_s[at], self._level_db[at].astype(float)
        wanted = t_s >= since_s
        return t_s[wanted], level_db[wanted]


class Microphone:
    """One microphone, levels only; one that was lost is closed and opened again. Every method may be called from any thread.

    Args:
        settings: the [sound] section.
        library: what has `InputStream`, `PortAudioError`, `_terminate` and `_initialize`, as sounddevice; None takes the installed one
            at `start`.
        clock: now, monotonic seconds.
        on_crash: told of an error that nobody expected.
    """

    def __init__(
        self,
        settings: SoundConfig,
        library: Any = None,
        clock: Callable[[], float] = monotonic_s,
        on_crash: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self._settings = settings
        self._library = library
        self._clock = clock
        self._on_crash = on_crash
        self._levels = _ring()
        self._band: BandLevel | None = None
        self._stream: Any = None
        self._trouble: Phrase = NOTHING
        self._last_s: float | None = None
        self._worker: Worker | None = None

    def start(self) -> None:
        """Begin to listen, when [sound] asks for it; what is missing becomes `problem`, never an error."""
        if not self._settings.enabled:
            return
        self._band = BandLevel()
        try:
            self._library = self._library or _installed()
        except (ImportError, OSError) as error:  # OSError: the Python part is there, PortAudio is not
            self._fail(Phrase("The microphone needs PortAudio: run sudo apt install libportaudio2, then start again."), error)
            return
        self._open()
        self._worker = Worker("microphone", self._run, self._on_crash).start()

    def _open(self) -> None:
        """Try to have it."""
        self._last_s = self._clock()
        try:
            self._stream = self._library.InputStream(
                samplerate=RATE_HZ,
                blocksize=BLOCK,
                channels=1,
                dtype="float32",
                device=self._settings.device or None,
                callback=self._heard,
            )
            self._stream.start()
        except (self._library.PortAudioError, ValueError, OSError) as error:  # ValueError: no such device, or several of this name
            self._stream = None
            name = self._settings.device or "default"
            self._fail(Phrase("The microphone “{name}” cannot be opened: plug it in, or correct [sound] device.", name=name), error)

    def _run(self, stop: Stop) -> None:
        """From now on only this thread opens and closes: a library that hangs holds up nobody else."""
        while not stop.wait(AGAIN_S):
            if self._stream is None or self._is_silent:
                self._open_again()

    def _open_again(self) -> None:
        """PortAudio lists the devices once, at its start, so that is what begins anew; so do the levels: it may stand elsewhere now."""
        if self._stream is not None:
            self._fail(SILENT, TimeoutError(f"no block for {SILENT_S:.0f} s"))
        self._close()
        try:
            with suppress(self._library.PortAudioError):  # it is ended already where the last try got no further
                self._library._terminate()
            self._library._initialize()
        except self._library.PortAudioError as error:
            self._fail(self._trouble, error)
            return
        self._levels = _ring()
        self._open()

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            stream.close()
        except self._library.PortAudioError as error:  # its device has gone
            log.info("sound: closed with %s", error)

    def stop(self) -> None:
        """End listening; the levels stay readable."""
        if self._worker is None or self._worker.stop(STOP_S):
            self._close()

    def levels(self, since_s: float) -> tuple[FloatArray, FloatArray]:
        """(t_s, level_db), both (n,): middle of each block of 10 ms on the frames' clock, and its level; NaN where it was clipped."""
        return self._levels.since(since_s)

    @property
    def problem(self) -> Phrase:
        """Why there is no sound, with what to do; no words when all is well or none is wanted."""
        return SILENT if self._stream is not None and self._is_silent else self._trouble

    @property
    def _is_silent(self) -> bool:
        last_s = self._last_s
        return last_s is not None and self._clock() - last_s > SILENT_S

    def _fail(self, trouble: Phrase, error: Exception) -> None:
        if trouble.pattern != self._trouble.pattern:  # once a change, not at every try
            log.warning("sound: %s (%s: %s)", trouble, type(error).__name__, error)
        self._trouble = trouble

    def _heard(self, samples: Any, frames: int, time: Any, status: Any) -> None:
        """Called by the sound card's own thread with (frames, 1) samples, which are only valid until it returns."""
        assert self._band is not None  # `start` made it
        now_s = self._clock()
        age_s = float(time.currentTime) - float(time.inputBufferAdcTime)
        if time.inputBufferAdcTime <= 0 or not 0 <= age_s <= OLDEST_AGE_S:
            age_s = frames / RATE_HZ
        self._last_s = now_s
        if self._trouble:  # only now one that was opened again is back
            log.info("sound: the microphone is back")
            self._trouble = NOTHING
        self._levels.add(now_s - age_s + frames / RATE_HZ / 2, self._band.update(np.asarray(samples[:, 0], dtype=float)))


def _ring() -> Levels:
    return Levels(round(LONGEST_S * RATE_HZ / BLOCK))


def _installed() -> Any:
    import sounddevice

    return sounddevice
