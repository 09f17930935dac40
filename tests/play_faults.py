"""Plays every fault of docs/reliability.md in a real `kiosk run` under a supervisor like systemd, and measures the time to recover.

    python tests/play_faults.py [--only WORD] [--write]     about 5 minutes; --write puts the table into docs/reliability.md

The pause before a restart and the watchdog are those of systemd/kiosk.service (RestartSec=500ms, WatchdogSec=30). A full disk needs root
(it is a small file system in memory); without, that fault is left out. Times are kept in tests/data/faults.json, one by one.
"""

import argparse
import fcntl
import json
import os
import platform
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fault_screen import browser_killed, page_hangs, page_killed, script_error
from fault_table import FAULTS
from fault_world import POLL_S, ROOT, View, World, away, lost, measuring, noted, small_disk, world_in
from kiosk.bench.memory import children
from kiosk.store import sessions

KEPT = ROOT / "tests" / "data" / "faults.json"
"""Fault -> measured times as the table says them, of the last run of each that was written down."""
DOC = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: made by tests/play_faults.py -->", "<!-- end of faults -->"


@dataclass(frozen=True)
class Times:
    """What was measured of one fault, seconds; None where there is nothing to measure."""

    said_s: float | None
    """From the fault to its state on the page."""
    back_s: float | None
    """From the fault, or where a person mends it from then, until poses come and nothing is said."""
    mended: bool = False
    """`back_s` counts from the mending."""
    more: str = ""


@dataclass(frozen=True)
class Play:
    """How one fault is played."""

    begin: Callable[[World], None]
    said: Callable[[View], bool] | None = None
    mend: Callable[[World], None] | None = None
    """Puts the world right again; None where the station does it alone."""
    hold_s: float = 0.0
    """How long the fault stands before it is mended."""
    in_run: bool = True

    def __call__(self, world: World) -> Times:
        """Play it."""
        if self.in_run:
            world.begins_a_run()
        else:
            world.ends_the_run()
        self.begin(world)
        said_s = world.until(self.said, "said") if self.said is not None else None
        if self.mend is None:
            return Times(said_s, (said_s or 0.0) + world.measures())
        time.sleep(self.hold_s)
        self.mend(world)
        return Times(said_s, world.measures(), mended=True)


def switched(fault: str, said: Callable[[View], bool] | None, hold_s: float = 8.0, in_run: bool = True) -> Play:
    """A fault that is switched on, said, and after a while switched off again."""
    return Play(lambda world: world.switch(fault), said, lambda world: world.switch(fault, on=False), hold_s, in_run)


def missing_at_start(world: World) -> Times:
    """The cable is out when the station starts."""
    world.measures()
    world.switch("camera unplugged")
    world.station.kill()
    world.until(away, "away")
    said_s = world.until(lambda view: "No camera found" in str(view.get("notice")), "said")
    world.switch("camera unplugged", on=False)
    return Times(said_s, world.measures(), mended=True)


def taken_store(world: World) -> Times:
    """Another program holds the store when the station starts, and lets go 5 s after that was said."""
    world.measures()
    with (world.folder / "data" / "lock").open("a+") as lock:
        world.station.kill()
        fcntl.flock(lock, fcntl.LOCK_EX)
        said_s = world.until(lambda view: "another kiosk" in str(view.get("notice")), "said")
        time.sleep(5)
    return Times(said_s, world.measures(), mended=True)


def broken_settings(world: World) -> Times:
    """Somebody wrote a wrong key before the station starts, and takes it out 5 s after that was said."""
    world.measures()
    settings = world.folder / "kiosk.toml"
    right = settings.read_text()
    settings.write_text(f"{right}[camera]\nfps = 25\n")
    world.station.kill()
    said_s = world.until(noted("fps"), "said")
    time.sleep(5)
    settings.write_text(right)
    return Times(said_s, world.measures(), mended=True)


def hanging_library(world: World) -> Times:
    """The cable falls out, and closing the camera never ends."""
    return until_restart(world, "library hangs", "camera stalled")


def broken_network(world: World) -> Times:
    """It fails until a new process has it."""
    return until_restart(world, "network raises")


def until_restart(world: World, *faults: str) -> Times:
    """In a run, all of them at once; the last one is over when the process was started again."""
    world.begins_a_run()
    for fault in faults:
        world.switch(fault)
    said_s = world.until(lost, "said")
    away_s = world.until(away, "restart")
    world.switch(faults[-1], on=False)
    return Times(said_s, said_s + away_s + world.measures())


def dead_store(world: World) -> Times:
    """The writing thread faults, begins again, faults again: the process ends."""
    world.begins_a_run()
    world.switch("store crash")
    away_s = world.until(away, "restart")
    world.switch("store crash", on=False)
    return Times(None, away_s + world.measures())


def full_disk(world: World) -> Times:
    """A small file system is filled while somebody runs, and emptied 10 s later."""
    filler = world.folder / "data" / "filler"
    world.begins_a_run()
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    said_s = world.until(lambda view: bool(view.get("fault")), "said")
    time.sleep(10)
    filler.unlink()
    return Times(said_s, world.measures(), mended=True)


def jumping_clock(world: World) -> Times:
    """Nine years ahead, then back again, while somebody runs: nothing is interrupted, and the length of the run stays right."""
    world.begins_a_run()
    before, began_s, worst_s = world.view()["elapsed_s"], time.monotonic(), 0.0
    for ahead_s in (9 * 365 * 86400, 0):
        world.switch("clock", text=str(ahead_s))
        end_s = time.monotonic() + 7
        while time.monotonic() < end_s:
            view = world.view()
            assert measuring(view), view
            worst_s = max(worst_s, abs(view["elapsed_s"] - before - (time.monotonic() - began_s)))
            time.sleep(POLL_S)
    world.ends_the_run()
    age_s = time.time() - started_s(world)
    assert age_s < 120, f"the run's date is off by {age_s:.0f} s"
    return Times(None, 0.0, more=f"the run's clock was never off by more than {worst_s:.1f} s, its date is right")


def hot(world: World) -> Times:
    """Each picture takes 60 ms more, the sysfs of a hot Pi with a weak supply: cadence of the clip stays what it is."""
    sysfs = world.folder / "root/sys"
    files = {
        "class/thermal/thermal_zone0/type": "cpu-thermal",
        "class/thermal/thermal_zone0/temp": "84300",
        "devices/platform/soc/soc:firmware/get_throttled": "4",
    }
    for path, text in files.items():
        (sysfs / path).parent.mkdir(parents=True, exist_ok=True)
        (sysfs / path).write_text(text)
    world.switch("slow")
    said_s = world.until(noted("hot (84 °C)"), "said")
    world.begins_a_run()
    world.until(lambda view: view.get("elapsed_s", 0) > 12 and view.get("cadence_spm"), "a cadence")
    view = world.view()
    world.switch("slow", on=False)
    shutil.rmtree(world.folder / "root")
    world.ends_the_run()
    back_s = world.until(lambda view: bool(view) and "hot" not in view["notice"], "said no more")
    more = f"{view['frames_per_s']:.0f} pictures/s, cadence {view['cadence_spm']:.1f} spm (truth 162.2); the note stands 30 s longer"
    return Times(said_s, back_s, mended=True, more=more)


def lost_lamp(world: World) -> Times:
    """Its pin raises, and works again 5 s after it was said."""
    world.ends_the_run()
    world.switch("lamp")
    said_s = world.until(noted("lamp"), "said")
    time.sleep(5)
    world.switch("lamp", on=False)
    return Times(said_s, world.until(lambda view: bool(view) and "lamp" not in view["notice"], "said no more"), mended=True)


def killed_gait(world: World) -> Times:
    """Its process gets kill -9 while somebody runs: another one is there soon, and the cadence stays on the screen."""
    assert world.station.process is not None
    station = world.station.process.pid
    world.begins_a_run()
    world.until(lambda view: bool(view.get("cadence_spm")), "a cadence")
    (gait,) = children(station)
    os.kill(gait, signal.SIGKILL)
    began_s, found = time.monotonic(), [gait]
    while (not found or found == [gait]) and time.monotonic() - began_s < 30:
        view = world.view()
        assert measuring(view), view
        assert view.get("cadence_spm"), view
        found = children(station)
        time.sleep(POLL_S)
    assert found
    assert found != [gait]
    return Times(None, 0.0, more=f"another process after {time.monotonic() - began_s:.1f} s, the cadence stayed on the screen")


def killed(world: World) -> None:
    """Kill -9."""
    world.station.kill()


def seen(play: Callable[[World], float]) -> Callable[[World], Times]:
    """A fault of the screen, which shows nothing of ours until it is back."""

    def times(world: World) -> Times:
        world.ends_the_run()
        return Times(None, play(world))

    return times


PLAYS: dict[str, Callable[[World], Times]] = {
    "camera stalls (no frames, still open)": switched("camera stalled", lost, in_run=False),
    "camera unplugged in a run": switched("camera unplugged", lost),
    "camera missing at the start": missing_at_start,
    "station cannot start (store taken or damaged, model file damaged)": taken_store,
    "mistake in kiosk.toml": broken_settings,
    "camera library hangs in a call": hanging_library,
    "network fails once (raises)": Play(lambda world: world.switch("network raises once")),
    "network answers NaN or nonsense, for a while": switched("network nan", lost, hold_s=3.0),
    "network stays broken": broken_network,
    "network hangs": Play(lambda world: world.switch("network hangs"), lost),
    "gait's process is killed or hangs in a run": killed_gait,
    "pipeline's thread dies": Play(lambda world: world.switch("pipeline crash"), away),
    "storing thread dies": dead_store,
    "disk full in a run": full_disk,
    "wall clock jumps nine years back and forth in a run": jumping_clock,
    "hot, throttled, weak supply (14 pictures/s) in a run": hot,
    "lamp's pin gone": lost_lamp,
    "browser killed": seen(browser_killed),
    "page crashes (“Aw, Snap”)": seen(page_killed),
    "page hangs": seen(page_hangs),
    "error in the page's script": seen(script_error),
    "process killed (kill -9)": Play(killed, away),
}


def started_s(world: World) -> float:
    """When the newest session began as its row says, seconds since 1970."""
    from datetime import datetime

    newest = sessions(world.folder / "data", 1)[0]
    return datetime.fromisoformat(newest.started_utc).timestamp()


def play_all(only: str) -> dict[str, str]:
    """Play them one after the other in one station, each from a station that measures; fault -> times."""
    folder, result = Path(tempfile.mkdtemp(prefix="faults")), {}
    with small_disk(folder / "data") as small:
        with world_in(folder) as world:
            for name, play in PLAYS.items():
                if only not in name:
                    continue
                if play is full_disk and not small:
                    print(f"{name}: left out, it needs root")
                    continue
                before = world.station.starts
                result[name] = said(play(world))
                print(f"{name}: {result[name]} ({world.station.starts - before} restarts)", flush=True)
            world.ends_the_run()
        check_sessions(folder / "data", world.begun)
    shutil.rmtree(folder)
    return result


def check_sessions(data: Path, begun: int) -> None:
    """Every run that was begun is stored, ended or interrupted, with its length: each had run for 3 s when its fault came."""
    stored = sessions(data)
    states = {state: sum(one.state == state for one in stored) for state in ("done", "interrupted")}
    print(f"{begun} runs begun; stored: {states}, the shortest {min((one.duration_s for one in stored), default=0):.1f} s")
    assert sum(states.values()) == begun, "a run is lost"
    assert all(one.duration_s > 2.4 for one in stored), "a part of a run is lost"


def said(times: Times) -> str:
    """The two times as the table says them."""
    parts = []
    if times.said_s is not None:
        parts.append(f"said after {times.said_s:.1f} s")
    if times.back_s is not None:
        after = " after it was mended" if times.mended else ""
        parts.append(f"back {times.back_s:.1f} s{after}" if times.back_s >= 0.05 else "never away")
    return "; ".join(parts) + (f" ({times.more})" if times.more else "")


def table(kept: dict[str, str]) -> str:
    """The table of the document."""
    lines = ["| fault | found by | what is done | page and lamp | test | measured |", "|---|---|---|---|---|---|"]
    for row in FAULTS:
        measured = kept.get(row.name) or "not measured"
        lines.append("| " + " | ".join((row.name, row.detection, row.action, row.shows, f"`{row.test}`", measured)) + " |")
    return "\n".join(lines)


def write(result: dict[str, str]) -> None:
    """Into the kept times, and all of them into the document."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    kept |= result
    if result:
        kept["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = f"Measured on {kept['machine']}; after a restart the times hold a whole start of the station.\n\n{table(kept)}"
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    DOC.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", DOC.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> None:
    """Play, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="play only the faults with this in their name; no such fault: write the table alone")
    parser.add_argument("--write", action="store_true", help="keep the times, and put the table into docs/reliability.md")
    wanted = parser.parse_args()
    result = play_all(wanted.only) if any(wanted.only in name for name in PLAYS) else {}
    if wanted.write:
        write(result)


if __name__ == "__main__":
    main()
