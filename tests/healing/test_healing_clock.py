"""A wall clock that jumps changes dates and nothing else."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from healing_station import measuring, until
from kiosk import device
from kiosk.app import App
from kiosk.domain import SessionInfo
from kiosk.screen import Command, State
from kiosk.store import SessionStore, sessions
from kiosk.watch import Jumps, Reading
from kiosk.web import tls
from kiosk.web.link import Links
from kiosk.web.pin import Pins, Place
from kiosk.words import Language

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_clock_that_jumps_in_a_run_moves_its_date_and_nothing_else(station: App, tmp_path: Path) -> None:
    """Set forward by nine years while somebody runs: the run's length is right, its date is that of the new clock."""
    at = [NOW - timedelta(days=9 * 365)]
    station.watch._look = lambda folder: Reading(clock=device.Clock(at[0], True, True, False))
    station.start()
    until(station, measuring)
    station.watch.update(station.watch._look(tmp_path), time.monotonic())
    began_s = time.monotonic()
    station.send(Command.START)
    until(station, lambda v: v.state is State.RUNNING and v.elapsed_s > 1)
    at[0] = NOW
    station.watch.update(station.watch._look(tmp_path), time.monotonic())
    seconds = until(station, lambda v: v.elapsed_s > 1.5).elapsed_s
    assert seconds == pytest.approx(time.monotonic() - began_s, abs=0.7)
    station.send(Command.STOP)
    until(station, lambda v: v.state is State.SUMMARY)
    station.stop()
    (stored,) = sessions(tmp_path / "store")
    assert stored.duration_s == pytest.approx(seconds, abs=1.0)
    age_s = (NOW - datetime.fromisoformat(stored.started_utc)).total_seconds()
    assert 0 <= age_s <= 4


INFO = SessionInfo("2031-01-01T00:00:00+00:00", None, None, "network", "camera", {})


def test_a_date_that_fits_already_is_left(tmp_path: Path) -> None:
    """A run that began after the jump, before the station noticed it, keeps its date to the second; older runs are not touched."""
    store = SessionStore.open(tmp_path)
    store.begin(INFO)
    assert store.flush(5)
    store.close()
    store = SessionStore.open(tmp_path)
    today = datetime.now(UTC)
    store.begin(SessionInfo((today + timedelta(seconds=2)).isoformat(timespec="seconds"), None, None, "network", "camera", {}))
    store.move_dates(today)
    assert store.flush(5)
    store.close()
    assert [one.started_utc for one in sessions(tmp_path)] == [
        (today + timedelta(seconds=2)).isoformat(timespec="seconds"),
        INFO.started_utc,
    ]


def test_jumps_are_told_from_drift() -> None:
    """Half a second of correction is none; a year back and forth are two."""
    jumps = Jumps()
    steps = [jumps.update(wall_s, t_s) for wall_s, t_s in [(1000, 0), (1005.5, 5), (-31e6, 10), (-31e6 + 5, 15), (1020, 20)]]
    assert steps == [0, 0, pytest.approx(-31e6 - 1010.5), 0, pytest.approx(31e6 + 1010)]


WALL_CLOCK = {
    "kiosk/app.py": "date of a run, which moves with the clock",
    "kiosk/bench/run.py": "date of a measurement",
    "kiosk/bench/watchers.py": "the clock that Chromium stamps its events with",
    "kiosk/cli/upkeep.py": "day of the daily sweep, which has a calendar of its own",
    "kiosk/desk/__init__.py": "date of an assessment, name of an export",
    "kiosk/desk/bouts.py": "name of a bout's files",
    "kiosk/desk/storing.py": "date of a bout whose file has another name",
    "kiosk/device/clock.py": "the reading itself",
    "kiosk/doctor/case.py": "ages of copies and of the certificate, and whether the clock is plausible",
    "kiosk/recorder/segments.py": "name of a recording; the ring keeps what this process made whatever the clock says",
    "kiosk/recorder/service.py": "date in its answers",
    "kiosk/setting_up.py": "date of the camera's reference",
    "kiosk/store/clinic.py": "date of a patient and of a key",
    "kiosk/upkeep.py": "day of the daily sweep",
    "kiosk/web/clinic_bouts.py": "date of a consent",
    "kiosk/web/tls.py": "a certificate's validity; an implausible clock ends none",
}
"""Every file that reads the wall clock, and what for: labels and days, never a duration, a lock, a link or a session."""


def test_the_wall_clock_is_read_for_labels_only() -> None:
    """No other file reads it: PIN locks, one-time links, sittings and runs go by the monotonic clock, which does not jump."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "kiosk").rglob("*.py")
        if re.search(r"\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(|\btime\.time\b|\btime\.time_ns\b", path.read_text(encoding="utf-8"))
    }
    assert found == set(WALL_CLOCK)


def test_locks_and_links_do_not_see_a_clock_that_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten years forward: a one-time link of 15 minutes is still good, a PIN that must wait still waits."""
    kept: dict[str, str] = {}

    class Keeper:
        secret = staticmethod(kept.get)
        keep_secret = staticmethod(kept.__setitem__)

    links, pins = Links(), Pins(Keeper())
    token = links.offer(7, Language.EN)
    for _ in range(3):
        waits = pins.check("000000", Place.STATION).wait_s
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10 * 365 * 86400)
    assert links.look(token) is not None
    assert waits > 0
    assert not pins.check("000000", Place.STATION).checked


@pytest.mark.parametrize(("year", "kept"), [(1970, True), (2036, False), (2101, True)])
def test_a_certificate_ends_by_a_plausible_clock_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int, kept: bool) -> None:
    """A clock of 1970 or 2101 does not give the station a new fingerprint; one that is ten years on does."""
    before = tls.certificate(tmp_path).fingerprint
    now = datetime(year, 5, 1, tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return now

    monkeypatch.setattr(tls, "datetime", Clock)
    plausible = device.clock(tmp_path, lambda: now).plausible
    assert (tls.certificate(tmp_path, None, plausible).fingerprint == before) is kept
