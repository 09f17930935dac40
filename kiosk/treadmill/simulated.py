"""A treadmill that is not there, as bleak would show it: for tests, and for [treadmill] bluetooth = "simulated" without hardware.

It has the whole Fitness Machine Service, also the control point, and writes down whatever is done to it. What must not go in: a radio.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from kiosk.threads import monotonic_s
from kiosk.treadmill.bluetooth import Bleak
from kiosk.treadmill.ftms import CONTROL_POINT, TREADMILL_DATA

NAME = "simulated"
ADDRESS = "00:00:5E:00:53:01"
"""From the range for documentation (RFC 7042)."""
RAMP: tuple[tuple[float, float, float], ...] = ((0.0, 0.0, 0.0), (5.0, 0.0, 0.0), (15.0, 9.0, 1.0))
"""Points (seconds, km/h, %) of what the belt does: it stands, then speeds up to 9 km/h within 10 s; straight lines between."""


class SimulatedError(Exception):
    """What goes wrong on the simulated radio."""


@dataclass
class SimulatedTreadmill:
    """The belt and its radio. Tests change `there`, `connected`, `silent`, `broken` while somebody listens."""

    name: str = NAME
    ramp: tuple[tuple[float, float, float], ...] = RAMP
    period_s: float = 1.0
    """Between notifications."""
    clock: Callable[[], float] = monotonic_s
    there: bool = True
    """Advertises itself."""
    connected: bool = False
    silent: bool = False
    """Connected, but sends nothing."""
    plain: bool = False
    """A device without the Fitness Machine Service."""
    failure: Exception | None = None
    """What the radio answers instead of searching."""
    raw: tuple[bytes, ...] | None = None
    """Sent as they are instead of what the ramp says."""
    actions: list[tuple[str, str]] = field(default_factory=list)
    """Everything that was done to it: (what, characteristic)."""

    def __post_init__(self) -> None:
        self._begun_s = self.clock()

    @property
    def bleak(self) -> Bleak:
        """The radio on which this treadmill is the only device."""
        return Bleak(_Scanner(self), lambda device: _client(self), SimulatedError)

    def now(self) -> tuple[float, float]:
        """Speed in km/h and incline in % at this moment."""
        t_s = self.clock() - self._begun_s
        for (a_s, *a), (b_s, *b) in zip(self.ramp, self.ramp[1:], strict=False):
            if t_s < b_s:
                part = (t_s - a_s) / (b_s - a_s)
                return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])
        return self.ramp[-1][1], self.ramp[-1][2]

    def notifications(self) -> tuple[bytes, ...]:
        """One record in two notifications: the incline with "More Data" set, then the speed."""
        if self.raw is not None:
            return self.raw
        speed_kmh, incline_pct = self.now()
        incline = round(10 * incline_pct).to_bytes(2, "little", signed=True)
        return (b"\x09\x00" + incline + b"\xff\x7f", b"\x00\x00" + round(100 * speed_kmh).to_bytes(2, "little"))


@dataclass(frozen=True)
class _Device:
    name: str
    address: str = ADDRESS


@dataclass(frozen=True)
class _Advertised:
    local_name: str


@dataclass
class _Scanner:
    treadmill: SimulatedTreadmill

    async def find_device_by_filter(self, wanted: Callable[[Any, Any], bool], timeout: float) -> _Device | None:
        treadmill = self.treadmill
        await asyncio.sleep(min(timeout, 0.01))
        if treadmill.failure is not None:
            raise treadmill.failure
        device = _Device(treadmill.name)
        return device if treadmill.there and wanted(device, _Advertised(treadmill.name)) else None


@dataclass
class _Client:
    """What bleak's client is for one connection; writing and reading are possible, and seen."""

    treadmill: SimulatedTreadmill
    sending: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        return self.treadmill.connected

    @property
    def services(self) -> "_Client":
        return self

    def get_characteristic(self, uuid: str) -> str | None:
        known = () if self.treadmill.plain else (TREADMILL_DATA, CONTROL_POINT)
        return uuid if uuid in known else None

    async def start_notify(self, uuid: str, told: Callable[[Any, bytearray], None]) -> None:
        self.treadmill.actions.append(("subscribe", uuid))
        self.sending = asyncio.create_task(self._send(told))

    async def write_gatt_char(self, uuid: str, data: bytes, response: bool | None = None) -> None:
        self.treadmill.actions.append(("write", uuid))

    async def read_gatt_char(self, uuid: str) -> bytearray:
        self.treadmill.actions.append(("read", uuid))
        return bytearray()

    async def _send(self, told: Callable[[Any, bytearray], None]) -> None:
        while self.treadmill.connected:
            for data in () if self.treadmill.silent else self.treadmill.notifications():
                told(TREADMILL_DATA, bytearray(data))
            await asyncio.sleep(self.treadmill.period_s)


@asynccontextmanager
async def _client(treadmill: SimulatedTreadmill) -> AsyncIterator[_Client]:
    if not treadmill.there:
        raise SimulatedError("the device did not answer")
    treadmill.connected = True
    client = _Client(treadmill)
    try:
        yield client
    finally:
        treadmill.connected = False
        if client.sending is not None:
            client.sending.cancel()
