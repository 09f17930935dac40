"""Write docs/coach.md: what the coach says of runners whose faults are known.

    python tools/replay_coach.py --validation FOLDER [--cache FOLDER] [--out FILE]

Replays the coach over the rendered clips (set `rendered`, both networks) and over real runners seen from the side (set `mocap30`) as the
live screen runs it, and prints the page as well. With --cache the poses of the clips are kept, and the next run takes a minute.
"""

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does; before numpy loads

from judging.cases import Case, CaseError, read_cases
from judging.poses import PoseSource
from judging.replay import Coached, coached, number
from kiosk.coach.readings import limits, reading_of, sure_limits, typical
from kiosk.coach.rules import RULE_BY_NAME
from kiosk.config import Config, with_values
from kiosk.domain import Metrics, MetricValue, Quality
from kiosk.pose.movenet import ModelError

ROOT = Path(__file__).parents[1]
SIDES = ("left", "right")


@dataclass(frozen=True)
class BuiltIn:
    """A key of a case's `built_in` (or two, for what left and right make together) and the rows that should tell of it."""

    keys: tuple[str, ...]
    is_fault: Callable[..., bool]
    rows: tuple[str, ...]


BUILT_IN: tuple[BuiltIn, ...] = (
    BuiltIn(("overstride_cm",), lambda cm: cm > 0, ("overstride", "reaching_shank")),
    BuiltIn(("trunk_lean_waist_deg",), lambda deg: deg > 12, ("leaning_too_far", "waist_bend")),
    BuiltIn(("trunk_lean_waist_deg",), lambda deg: deg < 2, ("too_upright",)),
    BuiltIn(("trunk_lean_ankle_deg",), lambda deg: deg > 0, ("hip_ahead",)),
    BuiltIn(("head_forward_deg",), lambda deg: deg > 30, ("head_forward",)),
    BuiltIn(("elbow_left_deg",), lambda deg: deg > 110, ("elbows",)),
    BuiltIn(("arm_swing_left_deg", "arm_swing_right_deg"), lambda left, right: max(left, right) < 40, ("arms_still",)),
    BuiltIn(("arm_swing_left_deg", "arm_swing_right_deg"), lambda left, right: abs(left - right) > 20, ("arms_uneven",)),
    BuiltIn(("crossover_left_cm",), lambda cm: cm > 0, ("arms_cross",)),
    BuiltIn(("pelvic_drop_left_deg",), lambda deg: deg > 6, ("pelvis_drops",)),
    BuiltIn(("lateral_lean_deg",), lambda deg: deg > 3, ("side_lean",)),
    BuiltIn(("shoulder_dip_deg",), lambda deg: deg > 3, ("shoulders_dip",)),
    BuiltIn(("step_width_cm",), lambda cm: cm < 0, ("feet_cross",)),
    BuiltIn(("step_time_asym",), lambda part: part > 0.04, ("uneven_steps",)),
)
"""What else is built in (foot strike, knee angle, toe out, head pitch, trunk rotation, contact asymmetry) has no row of its own."""


@dataclass(frozen=True)
class Judged:
    """One case and how the coach did."""

    case: Case
    built_in: Mapping[str, float]
    speed_kmh: float | None
    expected: tuple[str, ...]
    said: Coached
    false_alarms: tuple[str, ...]
    """Rows cued or told as outside their band although the truth is inside."""

    @property
    def found(self) -> tuple[str, str]:
        """(how, row) of the strongest thing said of a built-in fault; ("", "") when nothing was."""
        for how, rows in (("cue", self.said.cues), ("fault", self.said.faults), ("remark", self.said.remarks), ("edge", self.said.edges)):
            for row in self.expected:
                if row in rows:
                    return how, row
        return "", ""

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if not self.expected:
            return "false alarm" if self.false_alarms else "hit (nothing said)"
        word = {"cue": "hit (cue)", "fault": "hit (finding)", "remark": "hit (remark)", "edge": "hit (edge of the band)", "": "miss"}[
            self.found[0]
        ]
        return f"{word}, false alarm" if self.false_alarms else word


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the page was written, 1 with a sentence when it could not be."""
    given = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        cache = given.cache or Path(scratch)
        try:
            cache.mkdir(parents=True, exist_ok=True)
            text = _page(given.validation, cache)
            given.out.write_text(text, encoding="utf-8")
        except (CaseError, ModelError, OSError) as error:
            print(f"replay_coach: {error}", file=sys.stderr)
            return 1
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Write docs/coach.md from validation sets with known truth.")
    parser.add_argument("--validation", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "coach.md")
    parser.add_argument("--cache", type=Path, help="keep the poses of the clips here; without it they are made anew")
    return parser


def judged(case: Case, source: PoseSource) -> Judged:
    """Replay one case."""
    data = json.loads(case.path.with_suffix(".json").read_text(encoding="utf-8"))
    built_in: dict[str, Any] = data.get("built_in", {})
    speed_mps = built_in.get("speed_mps", data.get("speed_mps"))
    speed_kmh = None if speed_mps is None else 3.6 * speed_mps
    said = coached(source.poses(case.path), case.view, speed_kmh, None if built_in else case.truth)
    expected = expected_rows(built_in)
    told = dict.fromkeys((*said.cues, *said.faults, *said.remarks))
    neutral = bool(built_in) and not expected
    wrong = tuple(row for row in told if row not in expected and (neutral or is_out(row, case, speed_kmh) is False))
    return Judged(case, built_in, speed_kmh, expected, said, wrong)


def expected_rows(built_in: Mapping[str, float]) -> tuple[str, ...]:
    """Rows that should tell of what is built into a runner."""
    known = (row for row in BUILT_IN if all(key in built_in for key in row.keys))
    return tuple(name for row in known if row.is_fault(*(built_in[key] for key in row.keys)) for name in row.rows)


def true_metrics(case: Case) -> Metrics:
    """The truth as metrics without noise."""
    return {name: MetricValue(t.value, t.left, t.right, 99, 0.0, Quality.GOOD) for name, t in case.truth.items() if t.value is not None}


def is_out(row: str, case: Case, speed_kmh: float | None) -> bool | None:
    """True when the truth lies outside the row's typical band on a side that it watches; None when the truth is not known."""
    rule = RULE_BY_NAME[row]
    value, band = reading_of(rule, true_metrics(case).get(rule.metric)), typical(rule, speed_kmh)
    if value is None or band is None:
        return None
    return (rule.direction != "high" and value < band[0]) or (rule.direction != "low" and value > band[1])


def cause(row: str, judged_case: Judged) -> str:
    """Why a built-in fault was not told, from the numbers."""
    rule, said = RULE_BY_NAME[row], judged_case.said
    measured, truth = number(rule, said.metrics), number(rule, true_metrics(judged_case.case))
    metric, band = said.metrics.get(rule.metric), typical(rule, judged_case.speed_kmh)
    if metric is None or reading_of(rule, metric) is None or band is None:
        return f"{row}: {measured} (true {truth})"
    if not rule.coached and not rule.told:
        return f"{row}: information only, measured {measured} (true {truth})"
    ends = [f"{'below' if i == 0 else 'above'} {end:.3g}" for i, end in enumerate(sure_limits(rule, metric, band)) if math.isfinite(end)]
    limit = " or ".join(f"{end:.3g}" for end in limits(rule, band) if math.isfinite(end))
    trust = "" if metric.quality is Quality.GOOD else f"; {metric.reason}"
    return f"{row}: measured {measured} (true {truth}), limit {limit}, surely {' or '.join(ends)}{trust}"


def _page(validation: Path, cache: Path) -> str:
    rendered, real = read_cases(validation / "rendered"), [c for c in read_cases(validation / "mocap30") if c.view.is_side]
    if not rendered:
        raise CaseError(f"{validation}: holds no set `rendered`.")
    parts = [INTRODUCTION]
    for title, model in (("Lightning, the network of the live screen", "lightning"), ("Thunder, the network for files", "thunder")):
        source = PoseSource(cache, with_values(Config(), "pose", model=model), lambda line: print(line, file=sys.stderr))
        parts.append(_network(title, [judged(case, source) for case in rendered]))
    if real:
        parts.append(_real([judged(case, source) for case in real]))
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """# What the coach says of runners whose faults are known

Written by `python tools/replay_coach.py --validation FOLDER`, not edited by hand. The coach is replayed over recordings as the live
screen runs it: a look twice a second at the last 12 s, one cue at a time, the findings at the end. Limits: the rows of
`kiosk/coach/rules.py`, each with its source; none of them was chosen by these clips. A value is a fault when it is beyond its limit
by more than its own noise and by more than the network is known to be off (`kiosk/coach/known_errors.py`, from
[accuracy.md](accuracy.md); those figures come from the same twelve runners, so other runners will show how far they hold).

**hit** the fault built into the runner is the cue, a fault among the findings, a remark (outside the typical band, no cue) or named
as being at the edge of the band (in brackets). **false alarm** a cue, fault or remark though the true value lies inside the band; for
the neutral runner any."""


def _network(title: str, cases: Sequence[Judged]) -> str:
    count = {how: sum(c.found[0] == how for c in cases) for how in ("cue", "fault", "remark", "edge")}
    neutral = sum(not c.expected and not c.false_alarms for c in cases)
    alarms = [c for c in cases if c.false_alarms]
    lines = [
        f"## {title}",
        "",
        f"{sum(count.values()) + neutral} of {len(cases)}: {count['cue']} by the cue, {count['fault']} by a fault in the findings,"
        f" {count['remark']} by a remark, {count['edge']} at the edge of the band,"
        f" {neutral} without a fault of whom none was told. False alarms: {len(alarms)}.",
        "",
        "| clip | built in | rows | cues | fault findings | remarks, edges | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_line(c) for c in cases]
    missed = [c for c in cases if c.expected and not c.found[0]]
    lines += ["", "Misses, and rows that were not told:" if missed else "Rows that were not told:", ""]
    lines += [f"- {c.case.name}: {_untold(c)}" for c in cases if _untold(c)]
    lines += [f"- {c.case.name}, false alarm: {'; '.join(cause(row, c) for row in c.false_alarms)}" for c in alarms]
    return "\n".join(lines)


def _untold(c: Judged) -> str:
    told = (*c.said.cues, *c.said.faults, *c.said.remarks, *c.said.edges)
    return "; ".join(cause(row, c) for row in c.expected if row not in told)


def _line(c: Judged) -> str:
    built = ", ".join(f"{key} {value:g}" for key, value in c.built_in.items() if key not in ("cadence_spm", "speed_mps"))
    weak = ", ".join((*c.said.remarks, *(f"({row})" for row in c.said.edges)))
    cells = (c.case.name, built or "none", ", ".join(c.expected), ", ".join(c.said.cues), ", ".join(c.said.faults), weak, c.verdict)
    return f"| {' | '.join(cell or '-' for cell in cells)} |"


def _real(cases: Sequence[Judged]) -> str:
    cued, told = sum(bool(c.said.cues) for c in cases), sum(bool(c.said.faults) for c in cases)
    lines = [
        "## Real runners from the side",
        "",
        "Set `mocap30`: ideal keypoints of real treadmill runners. Most bands come from the same runners; head, trunk and arms are not"
        " theirs in most recordings: the coach is shown only what has a truth.",
        "",
        f"{len(cases)} recordings: {cued} got a cue, {told} a fault among the findings;"
        f" {sum(bool(c.false_alarms) for c in cases)} with a false alarm by the truth.",
        "",
        "| recording | km/h | cues | fault findings | remarks, edges | by the truth |",
        "|---|--:|---|---|---|---|",
    ]
    for c in cases:
        rows = dict.fromkeys((*c.said.cues, *c.said.faults, *c.said.remarks))
        truth = {True: "outside", False: "inside: false alarm", None: "not known"}
        judged_rows = ", ".join(f"{row} {truth[is_out(row, c.case, c.speed_kmh)]}" for row in rows)
        weak = ", ".join((*c.said.remarks, *(f"({row})" for row in c.said.edges)))
        speed = "-" if c.speed_kmh is None else f"{c.speed_kmh:.1f}"
        cells = (c.case.name, speed, ", ".join(c.said.cues), ", ".join(c.said.faults), weak, judged_rows)
        lines.append(f"| {' | '.join(cell or '-' for cell in cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
