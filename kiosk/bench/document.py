"""A result as Markdown, and its place in docs/speed.md. What must not go in: the words around it, which stand in the document."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kiosk.bench.bars import verdicts
from kiosk.bench.results import BenchError, Live, Loop, Measured, Spread
from kiosk.bench.stages import STAGES
from kiosk.bench.text import BUSY_LOAD, browsers, machine, number, pace
from kiosk.settings import write_whole

BEGIN, END = "<!-- figures: kiosk bench -->", "<!-- end of figures -->"


def place(document: Path) -> tuple[str, str]:
    """What stands before and after the figures of a document, with the markers.

    Raises:
        BenchError: it has no such place.
        OSError: it cannot be read.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise BenchError(f"{document} has no place for the figures: it must hold the lines {BEGIN} and {END}.")
    return before + begin, end + after


def write(document: Path, found: Measured) -> None:
    """Put the figures between the markers of a document; everything else stays.

    Raises:
        BenchError: it has no such place.
        OSError: it cannot be read or written.
    """
    before, after = place(document)
    write_whole(document, f"{before}\n{markdown(found)}\n{after}".encode())


def markdown(found: Measured) -> str:
    """The figures."""
    watchers = found.live[0].watchers if found.live else ""
    parts = [
        f"Measured {found.at}, medians of {found.turns} turns{', --quick' if found.quick else ''}: {machine(found.facts)}.",
        *(["**Other programs were at work on this machine**: times are too long, ratios hold."] if found.facts.load > BUSY_LOAD else []),
        *(["No Chromium watched, but plain readers of the same streams."] if watchers == "readers" else []),
        *_section("What it must show", _bars(found)),
        *_section("The network alone and the whole pipeline, one thread, nobody watching", _loops(found.loops)),
        *_section("Milliseconds of each stage (median / p95 / p99)", _stages(found.loops)),
        *_section("The station with its browsers", _live(found.live)),
        *_section("Milliseconds of each stage in the station with three browsers", _live_stages(found.live)),
        *_section("Start", _start(found)),
    ]
    return "\n\n".join(parts)


def _section(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """A heading and a table whose first row is its head; nothing when it has no rows."""
    if len(rows) < 2:
        return []
    line = "| " + " | ".join("---" for _ in rows[0]) + " |"
    table = [f"| {' | '.join(row)} |" for row in rows]
    return [f"### {title}", "\n".join([table[0], line, *table[1:]])]


def _bars(found: Measured) -> list[list[str]]:
    rows = [[str(v.setup), v.bar.what, f"{v.value:.3g}{v.bar.unit}", v.bar.words, "yes" if v.kept else "**no**"] for v in verdicts(found)]
    return [["setup", "", "found", "bar", "kept"], *rows]


def _loops(rows: Sequence[Loop]) -> list[list[str]]:
    head = ["setup", "network alone /s", "pipeline frames/s", "ratio", "a frame without the network, ms", "gait + coach, ms"]
    return [head, *([str(r.setup), *_loop(r)] for r in rows)]


def _loop(row: Loop) -> list[str]:
    return [
        number(row.bare_per_s),
        number(row.pipeline_per_s),
        number(row.ratio, 3),
        cell(row.other_ms),
        cell(row.gait_coach_ms),
    ]


def _stages(rows: Sequence[Loop]) -> list[list[str]]:
    return _by_stage([(str(r.setup), r.stages_ms) for r in rows])


def _live_stages(rows: Sequence[Live]) -> list[list[str]]:
    most = max((r.browsers for r in rows), default=0)
    return _by_stage([(f"{r.setup}, {pace(r)}", r.stages_ms) for r in rows if r.browsers == most])


def _by_stage(columns: Sequence[tuple[str, Mapping[str, Spread]]]) -> list[list[str]]:
    """A row a setup, a column a stage that any of them has."""
    stages = [stage for stage in STAGES if any(stage in spans for _, spans in columns)]
    return [["setup", *stages], *([name, *(cell(spans.get(stage)) for stage in stages)] for name, spans in columns)]


def _live(rows: Sequence[Live]) -> list[list[str]]:
    head = ["setup", "camera", "watched by", "poses/s", "network alone, ms: mean, p95", "ratio", "stamp to event, ms", "page's script, ms"]
    head += ["events/s (not drawn)", "cores: station, browsers", "MB resident, proportional"]
    return [head, *(list(_live_row(r)) for r in rows)]


def _live_row(row: Live) -> Iterator[str]:
    alone = f"{number(row.bare_ms)}, {number(row.bare_calls_ms.p95 if row.bare_calls_ms is not None else None)}"
    yield from (str(row.setup), pace(row), browsers(row), number(row.poses_per_s), alone, number(row.ratio, 3))
    yield from (cell(row.latency_ms), cell(row.handler_ms))
    yield f"{number(row.events_per_s)} ({row.undrawn})" if row.undrawn is not None else number(row.events_per_s)
    yield f"{row.station_cores:.2f}, {row.browser_cores:.2f}"
    yield f"{number(row.resident_mb, 0)}, {number(row.proportional_mb, 0)}"


def _start(found: Measured) -> list[list[str]]:
    row = found.start
    head = ["`kiosk run`, median of its starts (the first in brackets)", ""]
    if row is None:
        return [head]
    return [
        head,
        ["page served after", f"{row.page_s:.2f} s ({row.first_page_s:.2f} s)"],
        ["first pose after", f"{row.pose_s:.2f} s ({row.first_pose_s:.2f} s)"],
        ["memory at the first pose", f"{number(row.resident_mb, 0)} MB resident, {number(row.proportional_mb, 0)} MB proportional"],
    ]


def cell(value: Spread | None) -> str:
    """Median, p95 and p99; a dash for none."""
    return "-" if value is None else f"{value.median:.2f} / {value.p95:.2f} / {value.p99:.2f}"
