"""What is known of the belt: what the treadmill tells over Bluetooth, else what was typed on the page, else the configuration.

What must not go in: anything that makes the belt move.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.clinic import INCLINE_LIMITS_PCT, SPEED_LIMITS_KMH, Belt, Refused
from kiosk.config import TreadmillConfig
from kiosk.threads import monotonic_s
from kiosk.words import NOTHING, Phrase

if TYPE_CHECKING:
    from kiosk.treadmill.bluetooth import Bleak, Listener


class BeltNow:
    """The belt as it is known now. Every method may be called from any thread: state is one attribute that is replaced.

    Args:
        settings: the [treadmill] section; `bluetooth` names the treadmill, "" listens to none, "simulated" to one that is not there.
        bleak: the radio; None takes the installed bleak when there is a treadmill to listen to.
        clock: now, monotonic seconds.
    """

    def __init__(self, settings: TreadmillConfig, bleak: "Bleak | None" = None, clock: Callable[[], float] = monotonic_s) -> None:
        speed_kmh = settings.speed_kmh
        self._configured = Belt(speed_kmh, settings.incline_pct, "" if speed_kmh is None else "config")
        self._typed: Belt | None = None
        self._missing = NOTHING
        self._listener = self._listening(settings.bluetooth.strip(), bleak, clock)

    def _listening(self, wanted: str, bleak: "Bleak | None", clock: Callable[[], float]) -> "Listener | None":
        if not wanted:
            return None
        from kiosk.treadmill.bluetooth import Listener, real  # with asyncio: only where there is a treadmill to listen to
        from kiosk.treadmill.simulated import NAME, SimulatedTreadmill

        if bleak is None and wanted.casefold() == NAME:
            return Listener(wanted, SimulatedTreadmill().bleak, clock)
        try:
            return Listener(wanted, bleak or real(), clock)
        except ImportError as error:
            if (error.name or "").startswith("kiosk"):
                raise
            self._missing = Phrase(
                "Bluetooth needs the library bleak, which is not installed: run ./setup.sh install, or type the speed in."
            )
            return None

    def start(self) -> None:
        """Begin to listen; nothing happens without a treadmill to listen to."""
        if self._listener is not None:
            self._listener.start()

    def stop(self) -> bool:
        """End listening; False when that took too long."""
        return self._listener is None or self._listener.stop()

    def now(self) -> Belt:
        """Speed and incline now. The treadmill's word counts before the page's, the page's before the configuration's.

        A treadmill that does not tell its incline leaves that to the page or the configuration.
        """
        known = self._typed or self._configured
        told = self._listener.told() if self._listener is not None else None
        if told is None or told.speed_kmh is None:
            return known
        return Belt(told.speed_kmh, known.incline_pct if told.incline_pct is None else told.incline_pct, "treadmill")

    def set(self, speed_kmh: float | None, incline_pct: float) -> None:
        """Take what a person typed, until `forget`; None says that nobody knows the speed.

        Raises:
            Refused: no treadmill is so fast or so steep.
        """
        least, most = SPEED_LIMITS_KMH
        if speed_kmh is not None and not least <= speed_kmh <= most:
            raise Refused(
                Phrase(
                    "A belt speed of {value:g} km/h is not possible: type {least:g} to {most:g} km/h.",
                    value=speed_kmh,
                    least=least,
                    most=most,
                )
            )
        least, most = INCLINE_LIMITS_PCT
        if not least <= incline_pct <= most:
            raise Refused(
                Phrase(
                    "An incline of {value:g} % is not possible: type {least:g} to {most:g} %.", value=incline_pct, least=least, most=most
                )
            )
        self._typed = Belt(speed_kmh, incline_pct, "" if speed_kmh is None else "page")

    def clear(self) -> None:
        """A person says that the speed is not known: the configuration's counts neither, until `forget`."""
        self.set(None, self.now().incline_pct)

    def forget(self) -> None:
        """Between visits: what the last person typed counts no more."""
        self._typed = None

    @property
    def problem(self) -> Phrase:
        """Why the treadmill that was configured tells nothing, with what to do; no words when all is well or none was configured."""
        return self._missing if self._listener is None else self._listener.problem
