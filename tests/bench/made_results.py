"""A made result of the benchmark, every number by hand."""

from kiosk.bench.results import Facts, Live, Loop, Measured, Setup, Spread, Start

LIGHTNING = Setup("lightning", "ai-edge-litert", 1)
THUNDER = Setup("thunder", "ai-edge-litert", 2)
FACTS = Facts("Made Board 5", 4, 4096.0, "Debian 13, aarch64", "3.13.5", "1.2.3", 0.1)
STAGES = {"read": Spread(0.5, 0.6, 0.7, 100), "invoke": Spread(5.0, 5.5, 6.0, 100)}


def live(browsers: int, pace_hz: float | None, **other: object) -> Live:
    """A row of the station with Lightning; `other` in place of what is right."""
    paced = pace_hz is not None
    values: dict[str, object] = {
        "setup": LIGHTNING,
        "pace_hz": pace_hz,
        "browsers": browsers,
        "watchers": "chromium",
        "poses_per_s": 30.0 if paced else 190.0,
        "bare_ms": 5.0,
        "bare_calls_ms": Spread(4.9, 5.5, 6.0, 200),
        "ratio": None if paced else 0.95,
        "latency_ms": Spread(8.0, 10.0, 12.0, 300) if paced else None,
        "station_cores": 0.4,
        "browser_cores": 0.3,
        "resident_mb": 170.0,
        "proportional_mb": 120.0,
        "events_per_s": 30.0,
        "handler_ms": Spread(1.0, 2.0, 3.0, 300),
        "undrawn": 0,
        "stages_ms": STAGES,
    }
    return Live(**{**values, **other})  # type: ignore[arg-type]


LOOP = Loop(LIGHTNING, 200.0, 150.0, 0.75, Spread(1.5, 2.0, 2.5, 500), Spread(0.3, 0.5, 2.0, 500), STAGES)
ROWS = (live(1, 30.0), live(3, 30.0), live(1, None), live(3, None, ratio=0.9))
START = Start(5, 1.5, 2.0, 4.0, 5.0, 160.0, 110.0)
GOOD = Measured(FACTS, "2026-11-21T20:00:00+00:00", 5, False, (LOOP,), ROWS, START)
