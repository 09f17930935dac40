"""The results of files: JSON, CSV, lines for a terminal, the annotated video."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from kiosk.batch import FileReport, opened
from kiosk.cli import one_line
from kiosk.compare import Comparison, change_json, drift_lines, session_json
from kiosk.domain import Fault
from kiosk.gait.repair import put_right
from kiosk.report.annotate import Annotator
from kiosk.report.captions import captions, lines_of
from kiosk.report.cells import cells

SCHEMA = 1


def to_json(report: FileReport) -> dict[str, Any]:
    """The JSON of `kiosk analyze`: times in seconds from the first frame, numbers as measured."""
    series = report.recording.series
    n = len(series.t_s)
    first_s = float(series.t_s[0]) if n else 0.0
    span_s = float(series.t_s[-1] - first_s) if n else 0.0
    return {
        "schema": SCHEMA,
        "input": readable(report.path),
        "view": report.view.value if report.view else None,
        "view_source": report.view_source,
        "duration_s": round(span_s, 4),
        "frames": n,
        "fps": round((n - 1) / span_s, 3) if span_s > 0 else None,
        "model": report.recording.made_by,
        "camera": {name: value if isinstance(value, str) else _rounded(value) for name, value in asdict(report.stand).items()},
        "given": asdict(report.request),
        "refusal": report.refusal,
        "events": [{"t_s": round(e.t_s - first_s, 4), "side": e.side.value, "kind": e.kind.value} for e in report.events],
        "metrics": {name: _metric(value) for name, value in report.metrics.items()},
        "session": session_json(report.session),
        "faults": [_fault(f) for f in report.faults],
        "cue": {**_fault(report.cue[0]), "may_come_from": report.cue[1]} if report.cue else None,
        "warnings": list(report.warnings),
    }


def _metric(value: Any) -> dict[str, Any]:
    numbers = {name: _rounded(getattr(value, name)) for name in ("value", "left", "right", "spread")}
    return {**numbers, "n": value.n, "quality": value.quality.value, "reason": value.reason}


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "name": fault.name,
        "metric": fault.metric,
        "value": _rounded(fault.value),
        "band": [_rounded(fault.low), _rounded(fault.high)],
        "side": fault.side.value if fault.side else None,
        "cue": fault.cue,
        "grade": fault.grade,
        "source": fault.source,
        "drill": fault.drill,
        "may_come_from": fault.may_come_from,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 4)


def readable(path: Path) -> str:
    """The path as text that every file can hold: bytes that are no UTF-8 as \\x.. ."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def write_one(file: TextIO, result: Mapping[str, Any]) -> None:
    """The JSON of a `to_json`: one object."""
    file.write(json.dumps(result, indent=1, allow_nan=False) + "\n")


def with_change(result: Mapping[str, Any], comparison: Comparison) -> dict[str, Any]:
    """The `to_json` of the second of two inputs, and what changed since the first."""
    return {**result, "change": change_json(comparison)}


def failed_json(path: Path, failure: str) -> dict[str, Any]:
    """What stands in the list for a file that could not be measured: no metrics, and why."""
    failure = failure.encode("utf-8", "backslashreplace").decode()  # it names the file, as the terminal does
    return {"schema": SCHEMA, "input": readable(path), "view": None, "metrics": {}, "refusal": "", "warnings": [], "failure": failure}


def write_list(file: TextIO, results: Iterable[Mapping[str, Any]]) -> None:
    """A JSON list of `to_json` and `failed_json`, one after the other: they need not fit into memory."""
    file.write("[")
    for k, result in enumerate(results):
        file.write((",\n" if k else "\n") + json.dumps(result, indent=1, allow_nan=False))
    file.write("\n]\n")


NUMBERS = ("value", "left", "right", "n", "spread", "quality", "reason")
COLUMNS = ("input", "view", "metric", *NUMBERS, "path", "refusal", "warnings", "failure")
"""Columns of the CSV; the last four say the same in every line of a file."""


def write_table(file: TextIO, results: Iterable[Mapping[str, Any]]) -> None:
    """The CSV of `to_json` and `failed_json`: one line a file and metric, one line for a file that could not be measured."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for result in results:
        name = Path(result["input"]).name
        about = (result["input"], result["refusal"], " | ".join(result["warnings"]), result.get("failure", ""))
        for metric, row in (result["metrics"] or {"": {}}).items():
            writer.writerow(cells([name, result["view"] or "", metric, *(row.get(k) for k in NUMBERS), *about]))


def short_line(result: Mapping[str, Any]) -> str:
    """One line for a terminal of a `to_json`."""
    start = f"{one_line(result['input'])}: {result['view'] or 'unknown'} view, {result['duration_s']:.1f} s"
    if result["refusal"]:
        return f"{start}, no verdict: {result['refusal']}"
    cadence = result["metrics"]["cadence_spm"]["value"]
    known = sum(m["value"] is not None for m in result["metrics"].values())
    cue = f", cue: {result['cue']['cue']}" if result["cue"] else ""
    return f"{start}, {'no cadence' if cadence is None else f'{cadence:.1f} steps/min'}, {known} metrics{cue}"


def report_lines(report: FileReport) -> Iterator[str]:
    """The report for a terminal."""
    series = report.recording.series
    seconds = series.t_s[-1] - series.t_s[0] if len(series.t_s) else 0.0
    view = f"{report.view.value} view ({report.view_source})" if report.view else "view unknown"
    yield f"{one_line(report.path.name)}: {len(series.t_s)} frames, {seconds:.1f} s, {view}"
    yield f"  Points: {report.recording.made_by}{', as the network gives them' if report.request.raw else ''}"
    if report.stand.roll_deg and report.stand.roll_source != "given":
        yield f"  Camera rolled by {report.stand.roll_deg:.1f}° ({report.stand.roll_source}), put upright."
    if report.refusal:
        yield f"  No verdict: {report.refusal}"
        yield from (f"  Note: {w}" for w in report.warnings)
        return
    for name, m in report.metrics.items():
        digits = 3 if name.endswith("ratio") else 1
        shown = (
            f"{m.value:8.{digits}f} ± {m.spread or 0:.{digits}f}  ({m.n} strides, {m.quality.value})" if m.value is not None else "       -"
        )
        yield f"  {name:22s} {shown} {m.reason}".rstrip()
    if report.cue:
        fault, why = report.cue
        yield f"  Cue: {fault.cue} (grade {fault.grade})" + (f". {why}" if why else "")
    yield from drift_lines(report.session)
    yield from (f"  Note: {w}" for w in report.warnings)


def video_lines(report: FileReport) -> tuple[str, ...]:
    """What is written into an annotated video: why there is no verdict, or a few numbers and the cue."""
    if report.refusal:
        return lines_of(report.refusal)
    return (*captions(report.metrics), *(lines_of(f"Cue: {report.cue[0].cue}") if report.cue else ()))


def annotate(report: FileReport, out: Path) -> None:
    """Write the input video again with skeleton and numbers."""
    series = put_right(report.recording.series, report.view) if report.view else report.recording.series
    annotator = Annotator(out, video_lines(report), series, report.view)
    try:
        with opened(report.path) as (_, frames):
            for frame in frames:
                annotator.add(frame)
    finally:
        annotator.close()
