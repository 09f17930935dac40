"""What the benchmark found as text, as JSON, in the document, and against its bars."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from made_results import FACTS, GOOD, LIGHTNING, LOOP, ROWS, live

from kiosk.bench.bars import BARS, judged_json, verdicts
from kiosk.bench.document import BEGIN, END, markdown, write
from kiosk.bench.results import BenchError, Spread, as_json, spread
from kiosk.bench.text import lines

ROOT = Path(__file__).parents[2]


def test_a_spread_is_of_all_values() -> None:
    """Median, p95 and p99 of 1 to 100; none of nothing."""
    assert spread([float(n) for n in range(1, 101)]) == Spread(50.5, 95.05, 99.01, 100)
    assert spread([]) is None


def test_the_text_names_machine_ratio_stages_and_who_watched() -> None:
    """A person reads all figures of a result, each with what it is."""
    said = "\n".join(lines(GOOD))
    assert said.startswith(
        "Made Board 5, 4 cores, 4.0 GB, Debian 13, aarch64, Python 3.13.5, Treadside 1.2.3, load 0.1\nmedians of 5 turns"
    )
    assert "lightning, ai-edge-litert, 1 thread: nobody watches" in said
    assert "pipeline        150.0 frames/s, ratio 0.750" in said
    assert "  invoke                5.00      5.50      6.00" in said
    assert "station as fast as it goes, 3 browsers with the picture (Chromium)" in said
    assert "190.0 poses/s, ratio to bare 0.900; the network alone takes 5.0 ms" in said
    assert "stamp to event        8.00     10.00     12.00" in said
    assert "page served after 1.50 s (4.00 s)" in said


def test_plain_readers_are_called_so() -> None:
    """Without Chromium the output says that nothing was drawn, and has no row of the page's script."""
    said = "\n".join(lines(replace(GOOD, live=(live(1, 30.0, watchers="readers", handler_ms=None, undrawn=None),))))
    assert "plain readers, which draw nothing" in said
    assert "page's script" not in said


@pytest.mark.parametrize(("load", "noted"), [(0.1, False), (3.0, True)])
def test_a_busy_machine_is_noted(load: float, noted: bool) -> None:
    """Times of a machine with other programs at work are called too long."""
    busy = replace(GOOD, facts=replace(FACTS, load=load))
    assert [("other programs" in line.lower()) for line in lines(busy)].count(True) == noted
    assert ("Other programs" in markdown(busy)) == noted


def test_the_json_has_a_schema_and_no_nan() -> None:
    """Programs get every field by its name; what was not measured is null."""
    found = json.loads(json.dumps(as_json(replace(GOOD, live=(live(1, None, resident_mb=math.nan),))), allow_nan=False))
    assert found["schema"] == 1
    assert found["facts"]["board"] == "Made Board 5"
    assert found["loops"][0]["setup"] == {"model": "lightning", "runtime": "ai-edge-litert", "threads": 1}
    assert found["loops"][0]["stages_ms"]["invoke"] == {"median": 5.0, "p95": 5.5, "p99": 6.0, "n": 100}
    assert (found["live"][0]["pace_hz"], found["live"][0]["resident_mb"], found["live"][0]["ratio"]) == (None, None, 0.95)
    assert found["start"]["page_s"] == 1.5


def test_a_good_result_keeps_every_bar() -> None:
    """Each bar has one verdict for the one setup that was measured in the station."""
    found = list(verdicts(GOOD))
    assert [v.bar for v in found] == list(BARS)
    assert [v.bar.what for v in found if not v.kept] == []


MISSED = {
    "one browser": (2, {"ratio": 0.92}, "station to bare network, one browser", 0.92),
    "three browsers": (3, {"ratio": 0.87}, "station to bare network, three browsers", 0.87),
    "late": (
        0,
        {"latency_ms": Spread(9.0, 11.1, 12.0, 9)},
        "frame stamp to event, p95, beyond the mean of the network alone, one browser",
        6.1,
    ),
    "late with three": (1, {"latency_ms": Spread(9.0, 11.2, 12.0, 9)}, "the same, beyond the mean, three browsers", 6.2),
    "late for a steady network": (
        0,
        {"bare_calls_ms": Spread(3.5, 3.9, 4.0, 9)},
        "frame stamp to event, p95, beyond p95 of the network alone, one browser",
        6.1,
    ),
    "the same with three": (1, {"bare_calls_ms": Spread(3.5, 3.8, 4.0, 9)}, "the same, beyond p95, three browsers", 6.2),
    "slow page": (0, {"handler_ms": Spread(2.0, 4.5, 6.0, 9)}, "page's script an event, p95", 4.5),
    "undrawn": (0, {"undrawn": 1}, "events at the clip's pace that were not drawn", 1.0),
    "few events": (0, {"events_per_s": 20.0}, "events a second at the clip's pace of 30, one browser", 20.0),
    "much memory": (1, {"resident_mb": 230.0}, "resident memory of the station, three browsers", 230.0),
}


@pytest.mark.parametrize(("n", "worse", "what", "value"), MISSED.values(), ids=MISSED)
def test_a_bar_that_is_missed_is_named(n: int, worse: dict[str, object], what: str, value: float) -> None:
    """One number beyond its bar is one bar missed, with that number."""
    rows = tuple(replace(row, **worse) if i == n else row for i, row in enumerate(ROWS))  # type: ignore[arg-type]
    (missed,) = [v for v in verdicts(replace(GOOD, live=rows)) if not v.kept]
    assert (missed.setup, missed.bar.what) == (LIGHTNING, what)
    assert missed.value == pytest.approx(value)
    assert f"MISSED {what}" in "\n".join(lines(replace(GOOD, live=rows)))


def test_what_was_not_measured_has_no_verdict() -> None:
    """Without a page and without starts their bars are left out, neither kept nor missed."""
    rows = tuple(replace(row, handler_ms=None, undrawn=None) for row in ROWS)
    found = {v.bar.what for v in verdicts(replace(GOOD, live=rows, start=None))}
    assert len(found) == len(BARS) - 5
    assert not [what for what in found if "page" in what or "drawn" in what or "kiosk run" in what]


def test_the_json_judges() -> None:
    """Programs get every bar with what was found, and need not know the bars themselves."""
    rows = (replace(ROWS[0], undrawn=2), *ROWS[1:])
    bars = json.loads(json.dumps(judged_json(replace(GOOD, live=rows)), allow_nan=False))["bars"]
    setup = {"model": "lightning", "runtime": "ai-edge-litert", "threads": 1}
    assert [bar for bar in bars if not bar["kept"]] == [
        {"setup": setup, "what": "events at the clip's pace that were not drawn", "found": 2.0, "bar": "at most 0", "kept": False}
    ]
    assert len(bars) == len(BARS)


def test_gait_beyond_its_bar() -> None:
    """A p99 of gait and coach above 3 ms is missed although the median is fine."""
    (missed,) = [v for v in verdicts(replace(GOOD, loops=(replace(LOOP, gait_coach_ms=Spread(0.3, 1.0, 3.2, 9)),))) if not v.kept]
    assert (missed.bar.what, missed.value) == ("gait and coach a frame, p99", 3.2)


def test_the_document_keeps_its_words(tmp_path: Path) -> None:
    """Only what stands between the markers is replaced, also the second time."""
    document = tmp_path / "speed.md"
    document.write_text(f"# Speed\nwords before\n{BEGIN}\nold figures\n{END}\nwords after\n")
    write(document, GOOD)
    write(document, replace(GOOD, turns=7))
    text = document.read_text()
    assert text.startswith(f"# Speed\nwords before\n{BEGIN}\nMeasured 2026-11-21T20:00:00+00:00, medians of 7 turns: Made Board 5")
    assert text.endswith(f"{END}\nwords after\n")
    assert "old figures" not in text
    assert text.count(BEGIN) == text.count(END) == 1


def test_the_tables_of_the_document() -> None:
    """Every table has as many cells in each row as in its head, and the figures stand in them."""
    tables = [block.splitlines() for block in markdown(GOOD).split("\n\n") if block.startswith("|")]
    assert len(tables) == 6
    assert [{row.count("|") for row in table} for table in tables] == [{tables[i][0].count("|")} for i in range(6)]
    assert "| lightning, ai-edge-litert, 1 thread | 200.0 | 150.0 | 0.750 | 1.50 / 2.00 / 2.50 | 0.30 / 0.50 / 2.00 |" in markdown(GOOD)


def test_a_document_without_a_place_is_refused(tmp_path: Path) -> None:
    """The sentence names the file and the lines it needs; the file stays."""
    document = tmp_path / "other.md"
    document.write_text("# Something else\n")
    with pytest.raises(BenchError, match=r"other\.md has no place for the figures.*figures: kiosk bench"):
        write(document, GOOD)
    assert document.read_text() == "# Something else\n"


def test_our_document_has_its_place() -> None:
    """docs/speed.md holds both markers in their order."""
    text = (ROOT / "docs" / "speed.md").read_text()
    assert 0 < text.index(BEGIN) < text.index(END)
