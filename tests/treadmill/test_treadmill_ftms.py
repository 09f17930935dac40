"""Bytes made by hand from the specification (Fitness Machine Service 1.0, section 4.9), and bytes of no meaning at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.treadmill.ftms import FIELDS, Part, Record, Told, parse

SPEED_ONLY = bytes.fromhex("0000 8403")
"""Flags 0x0000: the speed alone; 0x0384 = 900 steps of 0.01 km/h."""
SPEED_AND_INCLINE = bytes.fromhex("0800 8403 0f00 0900")
"""Flags 0x0008: incline 15 x 0.1 %, ramp 9 x 0.1 degrees."""
EVERYTHING = bytes.fromhex("fe1f e803 b603 a08601 f6ff fbff 2a00 0700 0a 09 2c01 5802 0a 96 62 5802 2003 f4ff fa00")
"""Flags 0x1ffe: all twelve groups and the speed."""


def test_speed_alone() -> None:
    """Bit 0 clear means that the speed is there."""
    assert parse(SPEED_ONLY) == Part({"speed_kmh": 9.0})


def test_speed_and_incline() -> None:
    """The incline is signed, in tenths of a per cent, with a ramp angle behind it."""
    assert parse(SPEED_AND_INCLINE) == Part({"speed_kmh": 9.0, "incline_pct": 1.5, "ramp_deg": 0.9})


def test_every_field_stands_in_its_place() -> None:
    """One record with all fields, read one by one; 0xfff6 is a decline of 1 %, 0x0186a0 is 100 km."""
    assert parse(EVERYTHING).values == {
        "speed_kmh": 10.0,
        "average_speed_kmh": 9.5,
        "distance_m": 100000,
        "incline_pct": -1.0,
        "ramp_deg": -0.5,
        "climbed_m": 4.2,
        "descended_m": 0.7,
        "pace_km_per_min": 1.0,
        "average_pace_km_per_min": 0.9,
        "energy_kcal": 300,
        "energy_kcal_per_h": 600,
        "energy_kcal_per_min": 10,
        "heart_rate_per_min": 150,
        "metabolic_equivalent": 9.8,
        "elapsed_s": 600,
        "remaining_s": 800,
        "belt_force_n": -12,
        "power_w": 250,
    }


def test_not_available_is_none() -> None:
    """0xffff for the speed and 0x7fff for the incline are no numbers; -0.1 % (0xffff) is one."""
    assert parse(bytes.fromhex("0800 ffff ff7f ffff")).values == {"speed_kmh": None, "incline_pct": None, "ramp_deg": -0.1}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "0 byte(s)"),
        ("00", "1 byte(s)"),
        ("0000 84", "announce 4"),
        ("0800 8403 0f00 09", "announce 8"),
        ("0000 8403 00", "announce 4"),
    ],
)
def test_a_wrong_length_is_a_reason(data: str, said: str) -> None:
    """Too short, and too long without a reserved flag: no values, a reason."""
    part = parse(bytes.fromhex(data))

    assert (dict(part.values), said in part.reason) == ({}, True)


def test_fields_of_newer_treadmills_are_passed_over() -> None:
    """Flags 0x2484, seen on treadmills that count steps in a reserved field: the known fields still stand in their places."""
    part = parse(bytes.fromhex("8424 2003 e80300 1e00 ffff ff 3c00 640000"))

    assert (part.values["speed_kmh"], part.values["distance_m"], part.values["elapsed_s"]) == (8.0, 1000, 60)


def test_a_record_over_several_notifications() -> None:
    """The incline comes first with "More Data" set, the speed with the last part: one record."""
    record = Record()

    assert [record.update(parse(bytes.fromhex("0900 1e00 1100"))), record.update(parse(SPEED_ONLY))] == [None, Told(9.0, 3.0)]


def test_nothing_is_left_of_the_record_before() -> None:
    """An incline belongs to its own record."""
    record = Record()
    record.update(parse(SPEED_AND_INCLINE))

    assert record.update(parse(SPEED_ONLY)) == Told(9.0, None)


def test_an_unreadable_part_spoils_its_record_only() -> None:
    """What was gathered before broken bytes is dropped; the next record is whole again."""
    record = Record()
    told = [record.update(parse(data)) for data in (bytes.fromhex("0900 1e00 1100"), b"\x00", SPEED_ONLY)]

    assert told == [None, None, Told(9.0, None)]


def test_what_no_treadmill_reaches_is_unknown() -> None:
    """655.34 km/h and an incline of 100 % are not believed."""
    assert Record().update(parse(bytes.fromhex("0800 feff e803 0000"))) == Told(None, None)


@given(st.lists(st.binary(max_size=48), max_size=6))
def test_no_bytes_raise(notifications: list[bytes]) -> None:
    """Whatever comes over the air is a record, a part of one, or a reason."""
    record = Record()
    for data in notifications:
        part = parse(data)
        told = record.update(part)
        assert told is None or told.speed_kmh is None or 0 <= told.speed_kmh <= 40
        assert not (part.reason and part.values)


@given(st.integers(0, 0x1FFF), st.binary(min_size=64, max_size=64))
def test_every_flags_word_has_one_length(flags: int, rest: bytes) -> None:
    """Exactly the announced bytes are accepted; one more or one less is a reason."""
    size = (0 if flags & 1 else 2) + sum(field.size for bit, fields in FIELDS if flags & (1 << bit) for field in fields)
    head = flags.to_bytes(2, "little")

    assert [parse(head + rest[:n]).reason == "" for n in (max(size - 1, 0), size, size + 1)] == [size == 0, True, False]
