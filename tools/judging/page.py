"""The page docs/accuracy.md: rows in, Markdown out. Measures nothing."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from judging.judge import ChangeRow, EventRow, Row, event_misses, misses
from judging.published import SOURCES, figures_for


@dataclass(frozen=True)
class SetKind:
    """A set of cases, and what it can tell."""

    name: str
    """Folder, and section of bars.json."""
    title: str
    about: str


SETS: tuple[SetKind, ...] = (
    SetKind(
        "rendered",
        "Rendered runners, network in the loop",
        "Rendered clips of 10 s at 30 frames/s: exact 3-D joints and contacts are known.",
    ),
    SetKind("demo", "The clip that ships with the product", "A rendered side view of 20 s that served for no offset and no lag."),
    SetKind(
        "mocap60",
        "Real runners with force plates, ideal keypoints, 60 frames/s",
        "The network's errors are not in it: what the gait part alone does.",
    ),
    SetKind("mocap30", "The same at 30 frames/s", "The belt moves 11 cm between two frames."),
    SetKind("mocap15", "The same at 15 frames/s", "Fewer than 11 frames a stride."),
    SetKind("real", "Real videos, labelled by eye", "One treadmill clip (labels ± 3) and one clip without a runner."),
    SetKind("retest", "The same rendered runner again", "Twice unchanged and once with 4° more trunk lean, 12 s each."),
)


LIVE = SetKind(
    "rendered",
    "Rendered runners, the smaller network of the live screen",
    "The same clips with MoveNet Lightning, which a Pi can run in time.",
)
"""A second look at the first set."""


INTRODUCTION = """# How far off the numbers are

Treadside measured runners whose true values are known, with the same code that runs beside the treadmill. This page says how far
off each number was. It is written by one command and not edited by hand:

```
python tools/accuracy.py --validation FOLDER
```

FOLDER holds the sets named below, each case a video or pose recording with its truth in a `.json`, and `bars.json`. The motion
capture and the real videos may not be passed on, so the folder is not part of the project.

Made on {about.date} with Treadside {about.version}; poses of the videos by {about.model}; {about.machine}.

**n** cases with a value, **refused** cases in which the kiosk gave a reason instead of a number, **bias** the mean of (measured -
true), **MAE** the mean absolute error, **worst** the largest. In side views a metric with sides is judged on the leg or arm that
faces the camera. An event is found when one of the same foot is reported within 60 ms. The **bar** was set beforehand; it is
missed when the MAE is above it or more than a quarter of the cases is refused. Other runners, cameras and rooms than these are
kept aside to check that nothing was fitted to them. What each number means: [metrics.md](metrics.md).
"""


@dataclass(frozen=True)
class SetResult:
    """Everything about one set."""

    kind: SetKind
    cases: int
    rows: Sequence[Row]
    events: Sequence[EventRow]
    bars: Mapping[str, float]
    wrong: Sequence[str] = ()
    """Sentences: inputs that could not be read, values reported in vain."""
    silent: Sequence[str] = ()
    """Cases of which nothing can be known, and of which nothing was reported."""


@dataclass(frozen=True)
class ChangeResult:
    """Two bouts of one runner."""

    first: str
    second: str
    rows: Sequence[ChangeRow]


@dataclass(frozen=True)
class RateResult:
    """The same cases at several frame rates."""

    title: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[Row]]
    """Metric -> its row at each rate (all views together)."""


@dataclass(frozen=True)
class About:
    """How the page was made."""

    date: str
    version: str
    model: str
    machine: str
    rates: Sequence[RateResult] = ()
    changes: Sequence[ChangeResult] = ()


def page(results: Sequence[SetResult], about: About) -> str:
    """The whole page."""
    lines = [INTRODUCTION.format(about=about)]
    for result in results:
        lines += _section(result)
    lines += _changes(about.changes)
    lines += _rates(about.rates)
    lines += ["## Figures of others", ""]
    lines += [f"- [{source.key}] {source.text}" for source in SOURCES]
    return "\n".join(lines) + "\n"


def _section(result: SetResult) -> Iterator[str]:
    yield from (f"## {result.kind.title}", "", f"Set `{result.kind.name}`, {result.cases} cases. {result.kind.about}", "")
    yield from (
        "| metric | view | n | refused | bias | MAE | worst | worst case | bar | | others |",
        "|---|---|--:|--:|--:|--:|--:|---|--:|---|---|",
    )
    overall = {row.metric: row for row in result.rows}  # the last row of a metric is over all its views
    for row in result.rows:
        bar = result.bars.get(row.metric) if overall[row.metric] is row else None
        yield _line(row, bar, figures_for(row.metric) if overall[row.metric] is row else "")
    yield ""
    if result.events:
        yield from ("| event | F1 | found | known | reported | bias ms | SD ms | bars | others |", "|---|--:|--:|--:|--:|--:|--:|---|---|")
        yield from (_event_line(row, result.bars) for row in result.events)
        yield ""
    if result.silent:
        yield from (f"Rightly no value where nothing can be known: {', '.join(result.silent)}.", "")
    if result.wrong:
        yield from (*(f"- **Wrong**: {sentence}" for sentence in result.wrong), "")


def _line(row: Row, bar: float | None, others: str) -> str:
    met = "" if bar is None else "**missed**" if misses(row, bar) else "met"
    numbers = [shown(row.metric, v) for v in (row.bias, row.mae, row.worst)]
    cells = [row.metric, row.view, str(row.n), str(row.refused), *numbers, row.worst_case, "" if bar is None else f"{bar:g}", met, others]
    return _cells(cells)


def _event_line(row: EventRow, bars: Mapping[str, float]) -> str:
    missed = event_misses(row, bars)
    known = any(name.startswith(f"{row.kind}_") for name in bars)
    met = f"**missed**: {', '.join(missed)}" if missed else "met" if known else ""
    counts = [str(row.found), str(row.known), str(row.reported)]
    spread = [f"{v:.1f}" if math.isfinite(v) else "-" for v in (row.bias_ms, row.sd_ms)]
    return _cells([row.kind, f"{row.f1:.3f}", *counts, *spread, met, figures_for(row.kind)])


def _changes(results: Sequence[ChangeResult]) -> Iterator[str]:
    if not any(result.rows for result in results):
        return
    yield from (
        "## Changed or not",
        "",
        "Two bouts of one runner, as `kiosk analyze A B` compares them ([metrics.md](metrics.md)). In its truth a runner who runs",
        "again is not quite the same either.",
        "",
    )
    for result in results:
        yield from (f"### {result.first} to {result.second}", "")
        yield from ("| metric | true change | measured | smallest detectable | called |", "|---|--:|--:|--:|---|")
        for row in result.rows:
            numbers = [shown(row.metric, v) for v in (row.known, row.measured, row.detectable)]
            yield _cells([row.metric, *numbers, "**changed**" if row.called else "not more than noise"])
        yield ""


def _rates(rates: Sequence[RateResult]) -> Iterator[str]:
    if not rates:
        return
    yield from (
        "## Fewer frames a second",
        "",
        "MAE with frames left out before the network sees them (rendered) or before gait does (mocap60): evenly, or irregularly, each",
        "frame up to 45 % of a frame's time early or late. The true time stamps stay. In brackets the cases that were refused.",
        "",
    )
    for result in rates:
        yield from (f"### {result.title}", "", _cells(["metric", *result.columns]), _cells(["---", *["--:"] * len(result.columns)]))
        for metric, rows in result.rows.items():
            yield _cells([metric, *(shown(metric, row.mae) + (f" ({row.refused})" if row.refused else "") for row in rows)])
        yield ""


def shown(metric: str, value: float) -> str:
    """A number with the digits that its unit deserves; a dash for NaN."""
    if not math.isfinite(value):
        return "-"
    return f"{value:.3f}" if metric.endswith("ratio") else f"{value:.1f}" if metric.endswith("ms") else f"{value:.2f}"


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
