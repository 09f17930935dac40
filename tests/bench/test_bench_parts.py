"""The parts of the benchmark that touch the machine: the clip as a camera, memory, the plan, Chromium over its pipes."""

import json
import math
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask, Response

from chromium import needs_chromium
from kiosk.bench.clip_camera import ClipCamera
from kiosk.bench.facts import facts
from kiosk.bench.memory import children, cpu_s, group_cpu_s, private_mb, proportional_mb, resident_mb
from kiosk.bench.plan import installed, made, setups
from kiosk.bench.results import BenchError
from kiosk.bench.watchers import Page, kind_of_watchers
from kiosk.config import Config, WebConfig, with_values
from kiosk.pose.movenet import RUNTIMES
from kiosk.threads import Stop, monotonic_s
from kiosk.web.server import Server


def test_without_a_pace_two_frames_are_under_way() -> None:
    """A third comes only when one was taken; stamps go on as in the clip."""
    with ClipCamera(None) as camera:
        first, second, early = camera.read(0.0), camera.read(0.0), camera.read(0.01)
        assert first is not None
        assert second is not None
        camera.take(first.t_s)
        third, again = camera.read(0.0), camera.read(0.01)
    assert (early, again) == (None, None)
    assert third is not None
    assert [second.t_s - first.t_s, third.t_s - second.t_s] == pytest.approx([1 / 30, 1 / 30])


def test_frames_that_were_skipped_hold_up_nobody() -> None:
    """Whatever was skipped before the frame that is taken, there are two under way after it again, at once."""
    with ClipCamera(None) as camera:
        for _ in range(3):
            assert camera.read(0.0) is not None
            newest = camera.read(0.0)
            assert newest is not None
            assert camera.read(0.0) is None
            camera.take(newest.t_s)


def test_at_a_pace_stamps_are_on_its_beat_and_late_frames_are_skipped() -> None:
    """At 50 a second stamps are 20 ms apart or a whole number of that; none lies in the future."""
    with ClipCamera(50.0) as camera:
        stamps = []
        for wait_s in (0.0, 0.0, 0.07, 0.0):
            Stop().wait(wait_s)
            frame = camera.read(1.0)
            assert frame is not None
            assert frame.t_s <= monotonic_s()
            stamps.append(frame.t_s)
    beats = [(b - a) / 0.02 for a, b in pairwise(stamps)]
    assert beats == pytest.approx([round(b) for b in beats], abs=1e-6)
    assert min(beats) >= 0.999
    assert beats[1] > 2.5


def test_a_camera_that_was_stopped_ends_and_begins_anew() -> None:
    """As every camera does."""
    camera = ClipCamera(None)
    with pytest.raises(RuntimeError, match="start the camera first"):
        camera.read(0.0)
    with camera:
        camera.read(0.0)
    assert camera.ended
    assert camera.read(0.0) is None
    with camera:
        assert camera.read(0.0) is not None


def test_memory_and_time_of_a_process(tmp_path: Path) -> None:
    """Read from the kernel's tables; a process of another group or parent does not count, one that is gone is NaN."""
    for pid, group, name in ((7, 7, "kiosk"), (8, 7, "a (b) c"), (9, 9, "other")):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "stat").write_text(f"{pid} ({name}) S {pid - 1} {group} 1 0 -1 0 0 0 0 0 {pid}00 50 0 0 20 0\n")
    (tmp_path / "7" / "status").write_text("Name:\tkiosk\nVmHWM:\t  9999 kB\nVmRSS:\t  2048 kB\n")
    told = {"Rss": 2048, "Pss": 1536, "Pss_Anon": 1, "Private_Clean": 512, "Private_Dirty": 512}
    (tmp_path / "7" / "smaps_rollup").write_text("".join(f"{name}:          {kb} kB\n" for name, kb in told.items()))
    assert (resident_mb(7, tmp_path), proportional_mb(7, tmp_path)) == pytest.approx((2.097152, 1.572864))
    assert group_cpu_s(7, tmp_path) == (700 + 50 + 800 + 50) / os.sysconf("SC_CLK_TCK")
    assert children(7, tmp_path) == [8]
    assert cpu_s(8, tmp_path) == (800 + 50) / os.sysconf("SC_CLK_TCK")
    assert private_mb(7, tmp_path) == pytest.approx(1.048576)
    assert math.isnan(resident_mb(9, tmp_path))
    assert resident_mb(os.getpid()) > 10


def test_facts_of_a_board(tmp_path: Path) -> None:
    """A Pi by its own name, another machine by its processor's; the system by its pretty name."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Made CPU 3000\n")
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 2097152 kB\nMemAvailable: 1 kB\n")
    (tmp_path / "etc" / "os-release").write_text('NAME="Debian"\nPRETTY_NAME="Debian 13 (trixie)"\n')
    found = facts(tmp_path)
    assert (found.board, found.memory_mb) == ("Made CPU 3000", 2048.0)
    assert found.system.startswith("Debian 13 (trixie), ")
    (tmp_path / "proc" / "device-tree").mkdir()
    (tmp_path / "proc" / "device-tree" / "model").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    assert facts(tmp_path).board == "Raspberry Pi 5 Model B Rev 1.0"


def test_every_model_runtime_and_number_of_threads() -> None:
    """Nothing named is all; names and numbers narrow it; the preferred runtime comes first."""
    there = installed()
    assert there == [row.name for row in RUNTIMES if row.name in there]
    rows = setups((), (), (1, 2))
    assert len(rows) == 2 * len(there) * 2
    assert {(row.model, row.threads) for row in rows} == {("lightning", 1), ("lightning", 2), ("thunder", 1), ("thunder", 2)}
    assert [row.threads for row in setups(["thunder"], there[:1], (2, 1, 1))] == [1, 2]


def test_the_quick_plan_is_the_network_of_the_settings() -> None:
    """Quick: one setup, three turns. Else all setups, five turns, and in the station the preferred runtime only."""
    config = with_values(Config(), "pose", model="thunder", threads=1)
    quick = made(config, True, [], [], [], None, False, print)
    assert [(row.model, row.threads) for row in quick.setups] == [("thunder", 1)]
    assert (quick.live, quick.turns) == (quick.setups, 2)
    full = made(config, False, [], [], [1], None, False, print)
    assert (full.turns, {row.runtime for row in full.live}) == (5, {installed()[0]})
    assert {row.runtime for row in full.setups} == set(installed())


@pytest.mark.parametrize(
    ("runtimes", "threads", "said"), [(["onnx"], [], "onnx: not installed. Installed: "), ([], [9], "9 threads: 1 to 8 are allowed.")]
)
def test_a_setup_that_cannot_be_is_a_sentence(runtimes: list[str], threads: list[int], said: str) -> None:
    """It says what is there."""
    with pytest.raises(BenchError, match=said):
        setups(["lightning"], runtimes, threads)


def test_without_chromium_plain_readers_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """And where they are asked for."""
    assert kind_of_watchers(readers=True) == "readers"
    monkeypatch.setenv("PATH", "/nowhere")
    assert kind_of_watchers(readers=False) == "readers"


PAGE = """<!doctype html><div id=overlay hidden></div><script>
const source = new EventSource("/events");
const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
source.onmessage = (event) => { busy(8); requestAnimationFrame(() => busy(6)); };
</script>"""


def page_with_events() -> Flask:
    """Events every 50 ms, each stamped when it is sent; the page works 8 ms on each, and 6 ms more before it draws."""
    app = Flask(__name__)
    app.add_url_rule("/", "page", lambda: PAGE)

    def parts() -> Iterator[str]:
        while not Stop().wait(0.05):
            yield f"data: {json.dumps({'frame_t_s': monotonic_s()})}\n\n"

    app.add_url_rule("/events", "events", lambda: Response(parts(), content_type="text/event-stream"))
    return app


def living(group: int) -> list[str]:
    """Numbers of the processes of this group; those that only wait to be counted out are none."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(errors="replace").rpartition(")")[2].split()
            found += [path.parent.name] if fields[0] != "Z" and int(fields[2]) == group else []
    return found


@needs_chromium
def test_chromium_tells_how_long_the_page_worked(tmp_path: Path) -> None:
    """Both parts of the page's work count, latency is by the machine's own clock, and the browser goes with all its processes."""
    server = Server(page_with_events(), WebConfig(port=0)).start()
    browser = Page(tmp_path)
    try:
        browser.open(server.url)
        Stop().wait(1.0)
        seen = browser.seen()
        browser.leave()
        left = browser.seen()
        group = browser._tools.group
    finally:
        browser.end()
        server.stop()
    assert left.events == 0
    assert seen.events == len(seen.latency_ms) > 0
    assert len(seen.handler_ms) == seen.events
    assert max(seen.handler_ms) >= 14
    assert min(seen.handler_ms) >= 8
    assert all(-5 < ms < 30000 for ms in seen.latency_ms)
    assert seen.undrawn is not None
    until_s = monotonic_s() + 10
    while living(group) and monotonic_s() < until_s:
        Stop().wait(0.05)
    assert living(group) == []
