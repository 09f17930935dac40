"""Bytes of a treadmill -> speed and incline, as the Bluetooth SIG's Fitness Machine Service (FTMS) 1.0, section 4.9, lays them out.

Pure: no radio, no clock. Treadmill Data (0x2ACD) is a flags word of 16 bits, then the fields that the flags name, in the order of the
flags, little-endian. Bit 0, "More Data", is the other way round: 0 means that the record ends here and the speed is in it, 1 means
that more of the same record follows. What must not go in: anything that writes to a treadmill.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

TREADMILL_DATA = "00002acd-0000-1000-8000-00805f9b34fb"
"""The one characteristic that is listened to (Bluetooth SIG, assigned numbers)."""
CONTROL_POINT = "00002ad9-0000-1000-8000-00805f9b34fb"
"""Where a treadmill takes orders. Named only so that tests can see that nobody touches it."""

FASTEST_KMH = 40.0
"""What [treadmill] speed_kmh allows; a treadmill that says more is not understood (our choice: no belt runs so fast)."""
STEEPEST_PCT = (-10.0, 40.0)
"""What [treadmill] incline_pct allows: decline to incline trainers."""


@dataclass(frozen=True)
class Field:
    """One number of the record."""

    name: str
    size: int
    """Bytes."""
    unit: float = 1.0
    """What one step of the raw number is worth."""
    signed: bool = False
    missing: int | None = None
    """Raw value that stands for "not available"; None when the specification names none."""


MORE_DATA = 0x0001
FIELDS: tuple[tuple[int, tuple[Field, ...]], ...] = (
    (1, (Field("average_speed_kmh", 2, 0.01, missing=0xFFFF),)),
    (2, (Field("distance_m", 3),)),
    (3, (Field("incline_pct", 2, 0.1, signed=True, missing=0x7FFF), Field("ramp_deg", 2, 0.1, signed=True, missing=0x7FFF))),
    (4, (Field("climbed_m", 2, 0.1), Field("descended_m", 2, 0.1))),
    (5, (Field("pace_km_per_min", 1, 0.1),)),
    (6, (Field("average_pace_km_per_min", 1, 0.1),)),
    (
        7,
        (
            Field("energy_kcal", 2, missing=0xFFFF),
            Field("energy_kcal_per_h", 2, missing=0xFFFF),
            Field("energy_kcal_per_min", 1, missing=0xFF),
        ),
    ),
    (8, (Field("heart_rate_per_min", 1),)),
    (9, (Field("metabolic_equivalent", 1, 0.1),)),
    (10, (Field("elapsed_s", 2),)),
    (11, (Field("remaining_s", 2),)),
    (12, (Field("belt_force_n", 2, signed=True, missing=0x7FFF), Field("power_w", 2, signed=True, missing=0x7FFF))),
)
"""Bit of the flags word -> the fields it announces (FTMS 1.0, table 4.9). Bits 13 to 15 are reserved: their fields come last."""
SPEED = Field("speed_kmh", 2, 0.01, missing=0xFFFF)
RESERVED = 0xE000


@dataclass(frozen=True)
class Part:
    """What one notification said."""

    values: Mapping[str, float | None] = field(default_factory=dict)
    """Name of a `Field` -> its value; None when the treadmill says that it does not know it."""
    more: bool = False
    """The record goes on in the next notification."""
    reason: str = ""
    """Why nothing could be read, in English for the log; "" when all is well."""


def parse(data: bytes) -> Part:
    """One notification of Treadmill Data. Never raises: what cannot be read is a `Part` without values and with a reason.

    Bytes after the last known field are allowed only with a reserved flag: newer treadmills count steps there.
    """
    if len(data) < 2:
        return Part(reason=f"{len(data)} byte(s): expected at least the flags word of 2")
    flags = int.from_bytes(data[:2], "little")
    expected = 2 + sum(part.size for part in _announced(flags))
    if len(data) < expected or (len(data) > expected and not flags & RESERVED):
        return Part(reason=f"{len(data)} bytes: flags 0x{flags:04x} announce {expected}")
    return Part(_values(data, flags), more=bool(flags & MORE_DATA))


def _announced(flags: int) -> Iterator[Field]:
    if not flags & MORE_DATA:
        yield SPEED
    for bit, fields in FIELDS:
        if flags & (1 << bit):
            yield from fields


def _values(data: bytes, flags: int) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    at = 2
    for part in _announced(flags):
        found[part.name] = _value(data[at : at + part.size], part)
        at += part.size
    return found


def _value(raw: bytes, part: Field) -> float | None:
    number = int.from_bytes(raw, "little", signed=part.signed)
    return None if number == part.missing else round(number * part.unit, 4)


@dataclass(frozen=True)
class Told:
    """What a treadmill says of itself in one whole record; None is unknown."""

    speed_kmh: float | None = None
    incline_pct: float | None = None
    """0x7FFF, a record without incline, and values that no treadmill reaches are None."""


class Record:
    """Notifications -> whole records: the parts of one record are gathered until the one that has "More Data" clear."""

    def __init__(self) -> None:
        self._values: dict[str, float | None] = {}

    def update(self, part: Part) -> Told | None:
        """The record that this part completes; None while it is not complete. An unreadable part ends the record it belongs to."""
        if part.reason:
            self._values = {}
            return None
        self._values.update(part.values)
        if part.more:
            return None
        whole, self._values = self._values, {}
        return Told(_within(whole.get("speed_kmh"), 0.0, FASTEST_KMH), _within(whole.get("incline_pct"), *STEEPEST_PCT))


def _within(value: float | None, least: float, most: float) -> float | None:
    return value if value is not None and least <= value <= most else None
