"""What the station's page costs while somebody runs: the handler of an event, frames left out, and Chromium's share of the machine.

    python tests/bench_page.py [--tree DIR] [--seconds 10] [--rate 30] [--size 800x480 --size 1920x1080] [--json FILE]

A made kiosk sends 30 views a second of a cue screen on which all moves as in a run: the runner with every view, numbers once a second.
The page of `--tree` is measured (another worktree's, to compare two; default: this one). Times are of this machine and of what else runs
on it; counts of layouts and of what was written are not. Not a test.

For others: `measured(seconds, rate, size)` returns the same figures as a dict.
"""

import argparse
import itertools
import json
import math
import statistics
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

TICKS_S = 100  # of /proc/PID/stat on every Linux that we run on


def _tree() -> Path:
    """Whose page: the argument, read before the kiosk is imported."""
    place = [sys.argv[i + 1] for i, word in enumerate(sys.argv[:-1]) if word == "--tree"]
    return Path(place[0]).resolve() if place else Path(__file__).parents[1]


for folder in ("tests/web", "tests", ""):
    sys.path.insert(0, str(_tree() / folder))

from selenium import webdriver  # noqa: E402
from web_fakes import FakeKiosk, picture  # noqa: E402
from web_views import CUE, POSE, STRIP  # noqa: E402

from chromium import open_chromium  # noqa: E402
from kiosk.screen import LiveView  # noqa: E402
from kiosk.threads import Stop, Worker, monotonic_s  # noqa: E402

WATCH = """
// before the page's own scripts: its handler is called with a watch in the hand
window.bench = { handler: [], withLayout: [], late: [], frames: [], writes: 0 };
Object.defineProperty(EventSource.prototype, "onmessage", {
  set(handler) {
    this.addEventListener("message", (event) => {
      const start = performance.now();
      handler.call(this, event);
      const done = performance.now();
      if (window.bench.layout) document.body.offsetHeight; // what the handler leaves for the browser to lay out
      window.bench.handler.push(done - start);
      window.bench.withLayout.push(performance.now() - start);
    });
  },
});
addEventListener("DOMContentLoaded", () => {
  const look = (list) => (window.bench.writes += list.filter(({ target }) => target !== document.body).length);
  window.bench.observe = () =>
    new MutationObserver(look).observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
  const next = (now) => window.bench.frames.push(now) && requestAnimationFrame(next);
  window.bench.watchFrames = () => requestAnimationFrame(next);
});
"""
COUNTS = ("LayoutCount", "RecalcStyleCount")
SPANS = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "TaskDuration")


def view_at(i: int, rate: float) -> LiveView:
    """The i-th view of a run: legs swing with every view, numbers change each second as the pipeline's do."""
    second = int(i / rate)
    xy = POSE.xy_px.copy()
    xy[11:] += [[12 * math.sin(i / 3 + k), 6 * math.cos(i / 3 + k)] for k in range(6)]
    xy[:11] += [2 * math.sin(i / 4), 3 * math.cos(i / 2)]
    wave = 17 + 6 * math.sin(second / 5)
    strip = replace(STRIP, values=(*STRIP.values[1 + second % 40 :], *STRIP.values[: second % 40], round(wave, 1)))
    pose = replace(POSE, t_s=i / rate, xy_px=xy)
    gauge = replace(CUE.gauge, value=wave)
    cadence_spm = 171.0 + 2 * math.sin(second / 3)
    return replace(CUE, frame_t_s=i / rate, pose=pose, elapsed_s=754 + i / rate, gauge=gauge, strip=strip, cadence_spm=cadence_spm)


class Runner:
    """Publishes views and pictures at a rate, until it is stopped."""

    def __init__(self, kiosk: FakeKiosk, rate: float) -> None:
        self._kiosk, self._rate = kiosk, rate
        self.worker = Worker("runner", self._run).start()

    def _run(self, stop: Stop) -> None:
        begin_s, i, frame = monotonic_s(), 0, picture()
        while not stop.wait(max(0.0, begin_s + i / self._rate - monotonic_s())):
            self._kiosk.views.publish(view_at(i, self._rate))
            self._kiosk.frames.publish(frame)
            i += 1


def measured(seconds: float = 10.0, rate: float = 30.0, size: tuple[int, int] = (800, 480), with_picture: bool = False) -> dict[str, Any]:
    """Figures of one size of the screen.

    Args:
        seconds: of each of the three parts: processor time, handler, frames.
        rate: views a second.
        size: width and height, px.
        with_picture: the camera's picture behind the skeleton.

    Returns:
        `handler_ms` and `handler_and_layout_ms` (median, p95, largest), `dropped_frames` and `frames` (of the browser's 60 a second),
        `per_event` (layouts, style recalculations, DOM writes), `busy_ms_per_event` (script, layout, style, whole main thread),
        `cpu_pct` (of one processor, by Chromium's kinds of process, and `all`).
    """
    with open_chromium(f"--window-size={size[0]},{size[1]}") as driver:
        kiosk = FakeKiosk(view_at(0, rate), picture=with_picture)
        kiosk.pause()
        runner = Runner(kiosk, rate)
        try:
            _open(driver, kiosk, size)
            return {"size": f"{size[0]}x{size[1]}", "rate": rate, **_figures(driver, seconds)}
        finally:
            driver.get("about:blank")
            runner.worker.stop()
            kiosk.close()


def _open(driver: webdriver.Chrome, kiosk: FakeKiosk, size: tuple[int, int]) -> None:
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    driver.execute_cdp_cmd("Performance.enable", {})
    driver.get(kiosk.server.url)
    end_s = monotonic_s() + 60
    while driver.execute_script("return window.bench.handler.length") < 60 and monotonic_s() < end_s:  # letters are fitted, code is warm
        Stop().wait(0.2)


def _figures(driver: webdriver.Chrome, seconds: float) -> dict[str, Any]:
    before, cpu = _metrics(driver), _cpu_s(driver)
    Stop().wait(seconds)  # nothing of ours runs in the page but two readings of the clock
    after, cpu_after = _metrics(driver), _cpu_s(driver)
    n = max(1, after["events"] - before["events"])
    driver.execute_script("bench.layout = true; bench.handler.length = bench.withLayout.length = 0; bench.observe()")
    Stop().wait(seconds)
    found = driver.execute_script("bench.layout = false; bench.watchFrames(); return bench")
    Stop().wait(seconds)
    frames = driver.execute_script("return bench.frames")
    gaps = [b - a for a, b in itertools.pairwise(frames)]
    share = {kind: round(100 * (s - cpu[kind]) / seconds, 1) for kind, s in cpu_after.items()}
    return {
        "events_per_s": n / seconds,
        "handler_ms": _spread(found["handler"]),
        "handler_and_layout_ms": _spread(found["withLayout"]),
        "dropped_frames": sum(round(gap * 0.06) - 1 for gap in gaps if gap > 25),
        "frames": len(frames),
        "per_event": {**{name: round((after[name] - before[name]) / n, 2) for name in COUNTS}, "writes": _each(found)},
        "busy_ms_per_event": {name.removesuffix("Duration"): round(1e3 * (after[name] - before[name]) / n, 3) for name in SPANS},
        "cpu_pct": {**share, "all": round(sum(share.values()), 1)},
    }


def _each(found: dict[str, Any]) -> float:
    return round(found["writes"] / max(1, len(found["handler"])), 2)


def _metrics(driver: webdriver.Chrome) -> dict[str, float]:
    rows = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return {row["name"]: row["value"] for row in rows} | {"events": driver.execute_script("return bench.handler.length")}


def _cpu_s(driver: webdriver.Chrome) -> dict[str, float]:
    """Processor seconds of this browser's processes so far, by kind."""
    folder = driver.capabilities["chrome"]["userDataDir"]
    rows = {pid: row for pid in _pids() if (row := _process(pid))}
    ours = {pid for pid, (_, _, words) in rows.items() if f"--user-data-dir={folder}" in words}
    while more := {pid for pid, (parent, _, _) in rows.items() if parent in ours} - ours:
        ours |= more
    found: Counter[str] = Counter()
    for pid in ours:
        _, cpu_s, words = rows[pid]
        found[next((word.removeprefix("--type=") for word in words if word.startswith("--type=")), "browser")] += cpu_s
    return dict(found)


def _pids() -> list[int]:
    return [int(place.name) for place in Path("/proc").glob("[0-9]*")]


def _process(pid: int) -> tuple[int, float, list[str]] | None:
    """Parent, processor seconds, words of its command line; None when it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().replace(" ", "\0").split("\0")
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(stat[1]), (int(stat[11]) + int(stat[12])) / TICKS_S, words


def _spread(values: list[float]) -> dict[str, float]:
    rows = sorted(values) or [math.nan]
    p95 = rows[min(len(rows) - 1, math.ceil(0.95 * len(rows)) - 1)]
    return {name: round(value, 2) for name, value in (("median", statistics.median(rows)), ("p95", p95), ("largest", rows[-1]))}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", help="worktree whose page is measured")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each of three parts")
    parser.add_argument("--rate", type=float, default=30.0, help="views a second")
    parser.add_argument("--size", action="append", help="of the screen; may be given several times")
    parser.add_argument("--picture", action="store_true", help="with the camera's picture")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    given = parser.parse_args()
    rows = []
    for size in given.size or ["800x480", "1920x1080"]:
        width, _, height = size.partition("x")
        rows.append(measured(given.seconds, given.rate, (int(width), int(height)), given.picture))
        print("\n".join(f"{name:22s} {value}" for name, value in rows[-1].items()), end="\n\n", flush=True)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
