"""Listens to one treadmill over Bluetooth, for ever, and never speaks: it subscribes to Treadmill Data and does nothing else.

A belt that moves because of a bug would hurt somebody, so there is no call here that could write: no control point, no settings.
What must not go in: bytes and their meaning (ftms.py), what is done with the speed.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.treadmill.ftms import TREADMILL_DATA, Record, Told, parse
from kiosk.words import NOTHING, Phrase

STALE_S = 5.0
"""Without a word for so long the speed is unknown. FTMS treadmills notify about once a second (our choice: five of them)."""
SILENT_S = 30.0
"""A connection without a word for so long is given up and made anew (our choice)."""
SCAN_S = 10.0
"""Length of one search: treadmills advertise several times a second (our choice)."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
"""Pauses between attempts double up to this: a treadmill that is off costs the radio one search a minute (our choice)."""
LOOK_S = 0.1
"""How often the waiting loop looks at its stop flag."""
NO_RADIO_ERRORS = ("org.bluez.Error.NotReady", "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.AccessDenied")
"""What BlueZ answers when the radio is off, the service is not there, or this user may not ask."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bleak:
    """What is used of the library bleak: its scanner, its client, and its own error."""

    scanner: Any
    """Has `find_device_by_filter(filter, timeout)`."""
    client: Any
    """Called with a device gives an asynchronous context with `services`, `is_connected` and `start_notify`."""
    error: type[Exception]


def real() -> Bleak:
    """The installed bleak.

    Raises:
        ImportError: it is not installed.
    """
    from bleak import BleakClient, BleakScanner
    from bleak.exc import BleakError

    return Bleak(BleakScanner, BleakClient, BleakError)


@dataclass(frozen=True)
class Heard:
    """The newest record and when it came."""

    told: Told
    t_s: float
    """Seconds on the monotonic clock."""


class Listener:
    """One treadmill, found by its name or address; reads only.

    `told()` and `problem` may be asked from any thread: they read one attribute that is replaced, never changed.

    Args:
        wanted: name as the treadmill advertises it, or its address; capitals do not matter.
        bleak: the radio.
        clock: now, monotonic seconds.
        first_pause_s: pause before the second attempt.
    """

    def __init__(self, wanted: str, bleak: Bleak, clock: Callable[[], float] = monotonic_s, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self._wanted = wanted.strip()
        self._bleak = bleak
        self._clock = clock
        self._first_pause_s = first_pause_s
        self._heard: Heard | None = None
        self._said_s = 0.0
        self._trouble: Phrase = Phrase("Looking for the treadmill “{name}” over Bluetooth.", name=self._wanted)
        self._reason = ""
        self._worker = Worker("treadmill", self._run, lambda name, error: log.error("%s stopped", name, exc_info=error))

    def start(self) -> None:
        """Begin to look for the treadmill."""
        self._worker.start()

    def stop(self) -> bool:
        """Disconnect and end; False when that took too long."""
        return self._worker.stop()

    def told(self) -> Told | None:
        """The newest record; None when the treadmill has said nothing for `STALE_S`."""
        heard = self._heard
        return heard.told if heard is not None and self._clock() - heard.t_s <= STALE_S else None

    @property
    def problem(self) -> Phrase:
        """Why nothing is known, with what to do; no words when all is well."""
        if self._worker.crash is not None:
            return Phrase("Bluetooth stopped by a fault of the kiosk; the speed can be typed in. The reason is in the log.")
        if self.told() is not None:
            return NOTHING
        return self._trouble

    # ---- on the worker's own event loop -------------------------------------------------------------------------

    def _run(self, stop: Stop) -> None:
        asyncio.run(self._until(stop))

    async def _until(self, stop: Stop) -> None:
        work = asyncio.create_task(self._for_ever())
        while not stop.is_set and not work.done():
            await asyncio.sleep(LOOK_S)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work  # a crash comes out here and ends the worker

    async def _for_ever(self) -> None:
        pause_s = self._first_pause_s
        while True:
            before = self._heard
            await self._attempt()
            pause_s = self._first_pause_s if self._heard is not before else longer(pause_s)
            await asyncio.sleep(pause_s)

    async def _attempt(self) -> None:
        """Find, connect, listen until it is lost; every way to fail has its sentence."""
        try:
            device = await self._bleak.scanner.find_device_by_filter(self._is_wanted, timeout=SCAN_S)
            if device is None:
                self._say(Phrase("The treadmill “{name}” is not found. Switch it on, or correct [treadmill] bluetooth.", name=self._wanted))
                return
            await self._listen(device)
        except (TimeoutError, self._bleak.error, OSError, EOFError) as error:
            self._say(self._sentence(error), error)

    def _is_wanted(self, device: Any, advertised: Any) -> bool:
        names = (device.name, device.address, getattr(advertised, "local_name", None))
        return self._wanted.casefold() in {name.strip().casefold() for name in names if name}

    async def _listen(self, device: Any) -> None:
        async with self._bleak.client(device) as client:
            if client.services.get_characteristic(TREADMILL_DATA) is None:
                self._say(
                    Phrase("“{name}” does not tell its speed over Bluetooth (no FTMS). Type the speed in instead.", name=self._wanted)
                )
                return
            record = Record()
            self._said_s = self._clock()
            await client.start_notify(TREADMILL_DATA, lambda _, data: self._notified(record, bytes(data)))
            quiet = Phrase("The treadmill “{name}” is connected but says nothing. Start its belt, or type the speed in.", name=self._wanted)
            self._say(quiet)
            while client.is_connected and self._clock() - self._said_s < SILENT_S:
                await asyncio.sleep(LOOK_S)
            if not client.is_connected:
                self._say(Phrase("The treadmill “{name}” is lost; it is searched again. The speed can be typed in.", name=self._wanted))

    def _notified(self, record: Record, data: bytes) -> None:
        self._said_s = self._clock()
        part = parse(data)
        if part.reason and part.reason != self._reason:
            log.warning("treadmill: a notification could not be read: %s", part.reason)
        self._reason = part.reason
        told = record.update(part)
        if told is not None:
            self._heard = Heard(told, self._said_s)

    # ---- words ----------------------------------------------------------------------------------------------------

    def _say(self, trouble: Phrase, error: Exception | None = None) -> None:
        if trouble != self._trouble:
            log.info("treadmill: %s%s", trouble, f" ({type(error).__name__}: {error})" if error else "")
        self._trouble = trouble

    def _sentence(self, error: Exception) -> Phrase:
        if _is_no_radio(error):
            return Phrase("This machine has no Bluetooth that works: switch it on (rfkill unblock bluetooth), or type the speed in.")
        return Phrase("The treadmill “{name}” cannot be reached; it is tried again. The speed can be typed in.", name=self._wanted)


def longer(pause_s: float) -> float:
    """The pause after an attempt in vain that came after `pause_s`."""
    return min(2 * pause_s, LONGEST_PAUSE_S)


def _is_no_radio(error: Exception) -> bool:
    """True when the machine itself has no radio, no BlueZ or no permission; False when one treadmill did not answer."""
    if type(error).__name__ == "BleakBluetoothNotAvailableError":  # bleak 2 and later; version 1 has only the texts
        return True
    if isinstance(error, FileNotFoundError | PermissionError | ConnectionRefusedError):  # no D-Bus
        return True
    return "no bluetooth adapter" in str(error).lower() or any(name in str(error) for name in NO_RADIO_ERRORS)
