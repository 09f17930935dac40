"""How often a retest says "changed" when nothing did, and how often when something did: writes docs/retest.md.

    python tools/retest.py --validation FOLDER [--poses FOLDER]

Runs pairs of bouts with known truth through the clinic's own comparison. What must not go in: numbers that are not measured here.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from kiosk.batch import Request, analyse_recording, read_poses  # noqa: E402
from kiosk.bouts import measure_bout  # noqa: E402
from kiosk.clinic import Assessment, BoutOrder, BoutResult, Consent, Kind, MetricChange, Outcome, StoredBout  # noqa: E402
from kiosk.config import Config, with_values  # noqa: E402
from kiosk.domain import PoseSeries, View  # noqa: E402
from kiosk.gait.belt import scale_cm_per_leg  # noqa: E402
from kiosk.gait.detectable import LIMITS  # noqa: E402
from kiosk.gait.drift import DETECTABLE  # noqa: E402
from kiosk.gait.geometry import LEG_OF_HEIGHT, Setting  # noqa: E402
from kiosk.gait.offsets import network_of  # noqa: E402
from kiosk.gait.retest import compare_assessments  # noqa: E402
from kiosk.pose.keypoints import LEFT, RIGHT  # noqa: E402
from kiosk.pose.recording import Recording, load, save  # noqa: E402
from kiosk.words import Language  # noqa: E402

NETWORKS = ("lightning", "thunder")
TREATED: Mapping[str, str] = {
    "mirrored": "hflip",
    "brighter": "eq=brightness=0.08:gamma=1.2",
    "noise": "noise=alls=12:allf=t",
    "cropped": "crop=iw*0.94:ih*0.96",
    "re-encoded": "null",
}
"""Name -> ffmpeg filter: the same run seen by a worse or another camera."""
MIRRORED = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
TREATED_CLIPS = ("demo", "r1_baseline")
"""Of the demo and the retest set (the rendered ones last 10 s, too short for blocks), by the smaller network, unless --clips says
others: every treatment costs a run of the network over the clip."""
SHORTEST_HALF_S = 10.5
"""Shorter bouts have no three blocks; they can never be told and are left out."""
KMH = 3.6


@dataclass(frozen=True)
class Case:
    """One clip with its truth."""

    name: str
    video: Path
    truth: dict
    view: View
    height_cm: float | None
    speed_kmh: float


def cases(folder: Path, speed_of: Callable[[dict], float | None]) -> Iterator[Case]:
    """Clips of a set with a view and a speed."""
    for path in sorted(folder.glob("*.json")):
        said = json.loads(path.read_text())
        speed = speed_of(said)
        if said.get("view") in tuple(View) and speed:
            yield Case(path.stem, folder / said["input"], said["truth"], View(said["view"]), said.get("height_cm"), round(KMH * speed, 1))


def speed_of(said: dict) -> float | None:
    """Belt speed that the truth tells, m/s."""
    told = said["truth"].get("speed_mps") or {}
    return told.get("value") or (said.get("built_in") or {}).get("speed_mps")


class Poses:
    """Poses of a clip by a network, kept in a folder so that the next run of this tool is quick."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, video: Path, network: str, treated: str = "") -> Recording:
        """The poses, found now or before."""
        if video.suffix == ".npz":
            return load(video)
        kept = self._folder / f"{network}_{video.stem}{'_' + treated if treated else ''}.npz"
        if not kept.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory() as made:
                source = treat(video, TREATED[treated], Path(made)) if treated else video
                save(kept, read_poses(source, with_values(Config(), "pose", model=network)))
        return load(kept)


def treat(video: Path, how: str, folder: Path) -> Path:
    """The clip through a filter of ffmpeg, encoded again."""
    out = folder / video.name
    command = ["ffmpeg", "-v", "error", "-i", str(video), "-vf", how, "-c:v", "libx264", "-crf", "30", "-pix_fmt", "yuv420p", str(out)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return out


def bout(case: Case, recording: Recording, view: View | None = None) -> BoutResult:
    """The clip as a bout of the protocol."""
    seen = view or case.view
    return measure_bout(replace(recording, view="auto"), order_of(case, seen, recording))


def order_of(case: Case, view: View, recording: Recording) -> BoutOrder:
    """What a clinic would have ordered."""
    t_s = recording.series.t_s
    return BoutOrder(1, view, float(t_s[-1] - t_s[0]), case.speed_kmh, 0.0, case.height_cm)


def changes(first: tuple[Case, BoutResult], second: tuple[Case, BoutResult], view: View) -> tuple[list[MetricChange], list[str]]:
    """Through the clinic's comparison, with why a view could not be compared."""
    both = []
    for number, (case, result) in enumerate((first, second)):
        order = BoutOrder(number, view, result.seconds, case.speed_kmh, 0.0, case.height_cm)
        stored = StoredBout(number, number, "", order, result)
        both.append(Assessment(number, 1, Kind.RETEST, "", Consent("", Language.EN, False, ""), (stored,)))
    found = compare_assessments(*both)
    return list(found.metrics), [str(r) for r in found.reasons]


def mirrored(recording: Recording) -> Recording:
    """The poses of a mirrored clip turned back, so that the same side is compared."""
    s = recording.series
    xy = s.xy_px[:, MIRRORED].copy()
    xy[..., 0] = s.width - 1 - xy[..., 0]
    return replace(recording, series=PoseSeries(s.t_s, xy, s.score[:, MIRRORED], s.width, s.height), roll_deg=-recording.roll_deg)


def halves(recording: Recording) -> tuple[Recording, Recording]:
    """The first half of the frames and the second."""
    s, n = recording.series, len(recording.series.t_s) // 2
    return tuple(
        replace(recording, series=PoseSeries(s.t_s[part], s.xy_px[part], s.score[part], s.width, s.height))
        for part in (slice(0, n), slice(n, None))
    )


def counts(found: list[MetricChange]) -> tuple[int, int, list[str]]:
    """Metrics that were judged, those that were not, what was called changed."""
    judged = [m for m in found if m.outcome is not Outcome.CANNOT_TELL]
    said = [f"{m.metric} {m.change:+.3g}" for m in found if m.outcome is Outcome.CHANGED]
    return len(judged), len(found) - len(judged), said


def retests(folder: Path, poses: Poses) -> list[str]:
    """The retest set: what was called changed, and what truly changed."""
    by_name = {case.name: case for case in cases(folder / "retest", speed_of)}
    base, others = by_name["r1_baseline"], [by_name["r2_same_again"], by_name["r3_lean_plus4"]]
    lines = [
        "| network | against r1 | metric | true change | measured | own limit | method's limit | said |",
        "|---|---|---|--:|--:|--:|--:|---|",
    ]
    for network in NETWORKS:
        first = (base, bout(base, poses.of(base.video, network)))
        for case in others:
            found, _ = changes(first, (case, bout(case, poses.of(case.video, network))), base.view)
            for m in found:
                true = true_change(base, case, m.metric)
                if m.outcome is Outcome.CHANGED or (m.change and true is not None and abs(true) > (m.published or np.inf)):
                    numbers = " | ".join(f"{value:.2f}" for value in (true, m.change, m.own, m.published))
                    lines.append(f"| {network} | {case.name} | {m.metric} | {numbers} | {m.outcome} |")
            judged, not_told, said = counts(found)
            lines.append(f"| {network} | {case.name} | *all {judged} judged, {not_told} cannot tell* | | | | | {len(said)} changed |")
    return lines


def true_change(first: Case, second: Case, metric: str) -> float | None:
    """By the truth; None when it does not know the metric."""
    rows = [case.truth.get(metric) for case in (first, second)]
    return rows[1]["value"] - rows[0]["value"] if all(rows) else None


def unchanged(folder: Path, poses: Poses, clips: tuple[str, ...]) -> list[str]:
    """Pairs in which nothing changed by cause: what was called changed all the same."""
    rows: dict[str, list] = {}

    def add(kind: str, name: str, found: list[MetricChange]) -> None:
        rows.setdefault(kind, []).append((name, *counts(found)))

    for case in (*cases(folder / "demo", speed_of), *cases(folder / "retest", speed_of)):
        if case.name not in clips:
            continue
        network = NETWORKS[0]
        plain = (case, bout(case, poses.of(case.video, network)))
        for treated in TREATED:
            other = poses.of(case.video, network, treated)
            other = mirrored(other) if treated == "mirrored" else other
            found, _ = changes(plain, (case, bout(case, other)), case.view)
            add(treated, f"{case.name} {network}", found)
    for case in (*cases(folder / "mocap60", from_name), *cases(folder / "demo", speed_of)):
        for network in NETWORKS if case.video.suffix != ".npz" else ("",):
            parts = halves(poses.of(case.video, network))
            if np.ptp(parts[0].series.t_s) < SHORTEST_HALF_S - 0.1:
                continue
            first, second = (bout(case, part) for part in parts)
            found, _ = changes((case, first), (case, second), case.view)
            add("first and second half", f"{case.name} {network}".strip(), found)
    lines = ["| pair | pairs | metrics judged | cannot tell | called changed | rate | which |", "|---|--:|--:|--:|--:|--:|---|"]
    for kind, found in rows.items():
        judged, not_told, said = (sum(r[1] for r in found), sum(r[2] for r in found), [f"{r[0]}: {w}" for r in found for w in r[3]])
        rate = f"{100 * len(said) / judged:.1f} %" if judged else "-"
        lines.append(f"| {kind} | {len(found)} | {judged} | {not_told} | {len(said)} | {rate} | {'; '.join(said) or 'none'} |")
    return lines


def from_name(said: dict) -> float | None:
    """rbds001_T25_right.npz ran at 2.5 m/s."""
    name = said["input"]
    return int(name.split("_T")[1][:2]) / 10 if "_T" in name else None


def other_speeds(folder: Path) -> list[str]:
    """The same runner at two speeds in one view."""
    found = [case for case in cases(folder / "mocap15", from_name) if case.name.startswith(("rbds001", "rbds002"))]
    pairs = [(a, b) for a in found for b in found if a.name < b.name and a.name[:7] == b.name[:7] and a.view is b.view]
    lines = ["| pair | judged | cannot tell | why |", "|---|--:|--:|---|"]
    for a, b in pairs:
        metrics, why = changes(*((case, bout(case, load(case.video))) for case in (a, b)), a.view)
        judged, not_told, _ = counts(metrics)
        lines.append(f"| {a.name} - {b.name} | {judged} | {not_told} | {why[0]} |")
    return lines


def limits(folder: Path, poses: Poses) -> list[str]:
    """The two bounds of every metric, the worse network, from the rendered runners."""
    whole: dict[tuple[str, str], list[float]] = {}
    legs: dict[tuple[str, str], list[float]] = {}
    for case in cases(folder / "rendered", speed_of):
        for network in NETWORKS:
            asked = Request(view=case.view.value, height_cm=case.height_cm)
            for name, m in analyse_recording(case.video, poses.of(case.video, network), asked).metrics.items():
                true = case.truth.get(name)
                if m.value is None or not true:
                    continue
                whole.setdefault((name, network), []).append(m.value - true["value"])
                if None not in (m.left, m.right, true.get("left"), true.get("right")):
                    near, far = ("right", "left") if case.view is View.RIGHT else ("left", "right")
                    legs.setdefault((name, network), []).append(getattr(m, near) - true[near] - getattr(m, far) + true[far])
    lines = ["| metric | another body | same body, two legs | published | used | source |", "|---|--:|--:|--:|--:|---|"]
    for name, limit in LIMITS.items():
        body, leg = (worst(errors, name) for errors in (whole, legs))
        body_text = "inf" if body is None else f"{DETECTABLE * body:.3g}"  # inf: never measured with the networks
        leg_text = "-" if leg is None else f"{DETECTABLE * leg / 2:.3g}"
        lines.append(f"| {name} | {body_text} | {leg_text} | {limit.published or '-'} | {limit.value} | {limit.source} |")
    return lines


def worst(errors: dict[tuple[str, str], list[float]], name: str) -> float | None:
    """Spread of the errors, of the network in which it is larger."""
    spreads = [float(np.std(errors[name, network], ddof=1)) for network in NETWORKS if len(errors.get((name, network), ())) > 2]
    return max(spreads, default=None)


def trunk_phases(folder: Path, poses: Poses) -> float:
    """1.96 x spread over the moments of a stride of the trunk's error, root mean square over the side views, the worse network."""
    found = []
    for network in NETWORKS:
        squares = []
        for case in cases(folder / "rendered", speed_of):
            if not case.view.is_side:
                continue
            series = poses.of(case.video, network).series
            true = np.load(folder / "rendered" / f"{case.name}.truth.npz")["xy_px"]
            n = min(len(true), len(series.t_s))
            facing = 1 if case.view is View.RIGHT else -1
            error = trunk_deg(series.xy_px[:n], facing) - trunk_deg(true[:n], facing)
            squares.append(np.var(by_moment(series.t_s[:n], error, folder / "rendered" / f"{case.name}.json", case.view), ddof=1))
        found.append(1.96 * float(np.sqrt(np.mean(squares))))
    return max(found)


def trunk_deg(xy: np.ndarray, facing: int) -> np.ndarray:
    """(n,) mid-hip to mid-shoulder from vertical, forward, degrees."""
    hip, shoulder = ((xy[:, LEFT[part]] + xy[:, RIGHT[part]]) / 2 for part in ("hip", "shoulder"))
    way = shoulder - hip
    return np.degrees(np.arctan2(way[:, 0] * facing, -way[:, 1]))


def by_moment(t_s: np.ndarray, error: np.ndarray, truth: Path, view: View, moments: int = 20) -> list[float]:
    """Median error in each twentieth of the stride of the near foot."""
    starts = np.array([c["contact_s"] for c in json.loads(truth.read_text())["contacts"] if c["side"] == view.value])
    i = np.searchsorted(starts, t_s) - 1
    inside = (i >= 0) & (i < len(starts) - 1)
    phase = (t_s[inside] - starts[i[inside]]) / (starts[i[inside] + 1] - starts[i[inside]])
    return [np.nanmedian(error[inside][(phase * moments).astype(int) == k]) for k in range(moments)]


def belt(folder: Path, poses: Poses) -> list[str]:
    """Leg lengths by the belt."""
    lines = ["| clip | network | leg by the belt | leg by the height | off |", "|---|---|--:|--:|--:|"]
    for case in (*cases(folder / "rendered", speed_of), *cases(folder / "demo", speed_of)):
        for network in NETWORKS if case.view.is_side else ():
            r = poses.of(case.video, network)
            setting = Setting(height_cm=case.height_cm, network=network_of(r.made_by))
            leg = scale_cm_per_leg(r.series, case.view, setting, case.speed_kmh)
            typed = LEG_OF_HEIGHT * (case.height_cm or np.nan)
            shown = "| - | - | - |" if leg is None else f"| {leg:.0f} cm | {typed:.0f} cm | {100 * (leg / typed - 1):+.0f} % |"
            lines.append(f"| {case.name} | {network} {shown}")
    return lines


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--poses", type=Path, default=Path(tempfile.gettempdir()) / "treadside_retest_poses", help="where poses are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "retest.md")
    parser.add_argument("--clips", default=",".join(TREATED_CLIPS), help="clips of demo and retest to treat, by name, with commas")
    given = parser.parse_args()
    poses, folder = Poses(given.poses), given.validation
    tables = {  # the order of the page
        "{limits}": limits(folder, poses),
        "{retests}": retests(folder, poses),
        "{unchanged}": unchanged(folder, poses, tuple(given.clips.split(","))),
        "{speeds}": other_speeds(folder),
        "{belt}": belt(folder, poses),
        "{phases}": [f"{trunk_phases(folder, poses):.2f}"],
    }
    text = (Path(__file__).with_suffix(".md")).read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = text.replace(name, "\n".join(lines))
    given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
