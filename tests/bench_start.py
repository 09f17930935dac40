"""How long a start of the station takes and how much memory it holds: a new process each time, trees in turn, medians.

    python tests/bench_start.py [--tree DIR] [--tree OTHER] [--rounds 5] [--run-s 15] [--json FILE]

Each start is `kiosk run` on the bundled clip with Lightning; files are in the system's memory from the first one, which does not count.
Then somebody presses start, and after `--run-s` seconds of that run the memory is read. Times are of this machine and of what else
runs on it; processor time is less so. Not a test.

For others: `started(tree, run_s)` returns the figures of one start as a dict.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TICKS_S = os.sysconf("SC_CLK_TCK")
LOOK_S = 0.005
PATIENCE_S = 120.0


def started(tree: Path = ROOT, run_s: float = 15.0) -> dict[str, float]:
    """Figures of one start of the station of a tree.

    Returns:
        `page_s`, `pose_s`: from the start of the process to the whole page, and to the first event with a pose; `page_cpu_s`, `pose_cpu_s`:
        processor time until then; `idle_mb`, `run_mb`: resident memory at the first pose and after `run_s` of a run; `run_pss_mb`: the
        same with what is shared counted in part; `threads`.
    """
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "kiosk", "run", "--config", str(_settings(Path(folder), port, tree))]
        environment = {**os.environ, "PYTHONPATH": str(tree)}
        begin_s = time.monotonic()
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return _watched(process, begin_s, f"http://127.0.0.1:{port}", run_s)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _watched(process: "subprocess.Popen[bytes]", begin_s: float, url: str, run_s: float) -> dict[str, float]:
    _until_served(process, url)
    found = {"page_s": time.monotonic() - begin_s, "page_cpu_s": _cpu_s(process.pid)}
    with urllib.request.urlopen(f"{url}/events", timeout=PATIENCE_S) as stream:
        if not any(line.startswith(b"data:") and json.loads(line[5:])["pose"] for line in stream):
            raise SystemExit("the station's events ended before the first pose")
    found |= {"pose_s": time.monotonic() - begin_s, "pose_cpu_s": _cpu_s(process.pid), "idle_mb": _memory_mb(process.pid)["Rss"]}
    urllib.request.urlopen(urllib.request.Request(f"{url}/command/start", method="POST"), timeout=PATIENCE_S).close()
    time.sleep(run_s)
    memory = _memory_mb(process.pid)
    threads = len(list(Path(f"/proc/{process.pid}/task").iterdir()))
    return found | {"run_mb": memory["Rss"], "run_pss_mb": memory["Pss"], "threads": threads}


def _until_served(process: "subprocess.Popen[bytes]", url: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=PATIENCE_S) as page:
            page.read()
            return
        time.sleep(LOOK_S)
    raise SystemExit(f"the station did not serve its page (exit code {process.poll()})")


def _settings(folder: Path, port: int, tree: Path) -> Path:
    """A station without panel and menus on the looped clip."""
    file, clip = folder / "kiosk.toml", next((tree / "kiosk" / "data").glob("*.mp4"))
    file.write_text(
        f'[store]\nfolder = "{folder / "store"}"\n[web]\nport = {port}\n[panel]\nenabled = false\n'
        "[session]\nguided = false\nhands_free = false\ncountdown_s = 0\n"
        f'[treadmill]\nview = "right"\nspeed_kmh = 10.8\n[camera]\nkind = "video"\nloop = true\npath = "{clip}"\n'
    )
    return file


def _cpu_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS_S


def _memory_mb(pid: int) -> dict[str, float]:
    rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    return {row[0].rstrip(":"): int(row[1]) / 1024 for row in rows}


def medians(trees: list[Path], rounds: int, run_s: float) -> dict[str, dict[str, float]]:
    """Of each tree, started in turn; a start of each goes before."""
    for tree in trees:
        started(tree, 0.0)
    rows: dict[str, list[dict[str, float]]] = {str(tree): [] for tree in trees}
    for _ in range(rounds):
        for tree in trees:
            rows[str(tree)].append(started(tree, run_s))
    return {tree: {name: round(statistics.median(row[name] for row in found), 2) for name in found[0]} for tree, found in rows.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, action="append", help="worktree that is started; may be given several times")
    parser.add_argument("--rounds", type=int, default=5, help="starts of each tree")
    parser.add_argument("--run-s", type=float, default=15.0, help="of the run before memory is read")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    given = parser.parse_args()
    found: dict[str, Any] = medians([tree.resolve() for tree in given.tree or [ROOT]], given.rounds, given.run_s)
    for tree, figures in found.items():
        print(tree, *(f"  {name:12s} {value:8.2f}" for name, value in figures.items()), sep="\n")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
