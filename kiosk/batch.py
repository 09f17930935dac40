"""The same engine over files: a video or a pose recording in, the report of `kiosk analyze` out."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from kiosk import __version__
from kiosk.camera import CameraError
from kiosk.camera.video import VideoCamera, probe
from kiosk.coach.chains import choose
from kiosk.coach.rules import find_faults
from kiosk.config import CameraConfig, Config
from kiosk.domain import Fault, Frame, GaitEvent, Metrics, Pose, PoseSeries, View
from kiosk.gait.geometry import Setting
from kiosk.gait.repeats import without_repeats
from kiosk.gait.stretches import Hole, analyses, most_seen_view, note
from kiosk.gait.tally import Tally
from kiosk.gait.view import detect_view
from kiosk.pose.light import blame
from kiosk.pose.movenet import MoveNet
from kiosk.pose.pictures import Pictures
from kiosk.pose.recording import Recording, load
from kiosk.pose.series import to_series
from kiosk.report.annotate import Annotator

SCHEMA = 1
Progress = Callable[[int, int], None]
"""Called with frames done and frames expected (0 when unknown)."""


@dataclass(frozen=True)
class Request:
    """What the person at the command line said about the input."""

    view: str = "auto"
    height_cm: float | None = None
    speed_kmh: float | None = None
    incline_pct: float = 0.0
    roll_deg: float | None = None


@dataclass(frozen=True, eq=False)
class FileReport:
    """Everything known about one analysed file."""

    path: Path
    recording: Recording
    request: Request
    view: View | None
    view_source: str
    metrics: Metrics
    events: tuple[GaitEvent, ...]
    faults: tuple[Fault, ...]
    cue: tuple[Fault, str] | None
    refusal: str
    warnings: tuple[str, ...]


def read_poses(path: Path, config: Config, progress: Progress | None = None) -> Recording:
    """Poses of a pose recording (.npz), or of a video by running the network over every frame.

    Raises:
        CameraError, RecordingError, ModelError: the file or the model cannot be used.
    """
    if not path.exists():
        raise CameraError(f"{path}: no such file.")
    if path.suffix.lower() == ".npz":
        return load(path)
    info = probe(path)
    finder = MoveNet(config.pose, config.treadmill.zone)
    poses: list[Pose] = []
    pictures = Pictures()
    camera = VideoCamera(CameraConfig(kind="video", path=str(path)), realtime=False)
    with camera:
        for frame in frames_of(camera):
            poses.append(finder.estimate(frame))
            pictures.add(frame, poses[-1])
            if progress is not None:
                progress(len(poses), info.frames or 0)
    made_by = f"treadside {__version__} {finder.name}"
    return Recording(to_series(poses), "auto", 0.0, made_by, camera.warnings, np.array(pictures.changes), pictures.problem)


def frames_of(camera: VideoCamera) -> Iterator[Frame]:
    """All frames of a file, one after the other."""
    while not camera.ended:
        frame = camera.read(5.0)
        if frame is not None:
            yield frame


def analyse_recording(path: Path, recording: Recording, request: Request) -> FileReport:
    """Measure a whole recording and name its faults."""
    series, repeats = without_repeats(recording.series, recording.changes)
    view, source = _view(recording, series, request)
    setting = _setting(recording, request)
    tally, warnings = Tally(), [*recording.warnings, *filter(None, [repeats])]
    events: list[GaitEvent] = []
    holes: list[Hole] = []
    for span, analysis in analyses(series, view, setting):
        taken_until = events[-1].t_s if events else -np.inf
        tally.update(analysis, analysis.end_s, settle_s=0.0)
        events += [e for e in analysis.report.events if e.t_s > taken_until]
        warnings += [w for w in analysis.report.warnings if w not in warnings]
        note(holes, span, analysis.report.refusal)
    longest = max(holes, key=lambda hole: hole.end_s - hole.start_s, default=None)
    refusal = blame(longest.why, recording.picture_problem) if longest is not None and not tally.strides else ""
    if refusal and refusal == recording.picture_problem:
        warnings = [w for w in warnings if w != repeats]  # encoders leave out what changes in the dark
    elif recording.picture_problem:
        warnings.append(recording.picture_problem)
    first_s = float(series.t_s[0]) if len(series.t_s) else 0.0
    if len(holes) > 1 or not refusal:
        warnings += [f"From {h.start_s - first_s:.0f} to {h.end_s - first_s:.0f} s nothing was measured: {h.why}" for h in holes]
    metrics = tally.metrics(view, refusal)
    faults = find_faults(metrics, request.speed_kmh)
    return FileReport(path, recording, request, view, source, metrics, tuple(events), faults, choose(faults), refusal, tuple(warnings))


def _view(recording: Recording, series: PoseSeries, request: Request) -> tuple[View | None, str]:
    if request.view != "auto":
        return View(request.view), "given"
    if recording.view in tuple(View):
        return View(recording.view), "given"
    return detect_view(series) or most_seen_view(series), "detected"


def _setting(recording: Recording, request: Request) -> Setting:
    roll_deg = recording.roll_deg if request.roll_deg is None else request.roll_deg
    return Setting(roll_deg=roll_deg, incline_pct=request.incline_pct, height_cm=request.height_cm)


def to_json(report: FileReport) -> dict[str, Any]:
    """The JSON of `kiosk analyze`: times in seconds from the first frame, numbers as measured."""
    series = report.recording.series
    n = len(series.t_s)
    first_s = float(series.t_s[0]) if n else 0.0
    span_s = float(series.t_s[-1] - first_s) if n else 0.0
    return {
        "schema": SCHEMA,
        "input": str(report.path),
        "view": report.view.value if report.view else None,
        "view_source": report.view_source,
        "duration_s": round(span_s, 4),
        "frames": n,
        "fps": round((n - 1) / span_s, 3) if span_s > 0 else None,
        "model": report.recording.made_by,
        "given": asdict(report.request),
        "refusal": report.refusal,
        "events": [{"t_s": round(e.t_s - first_s, 4), "side": e.side.value, "kind": e.kind.value} for e in report.events],
        "metrics": {name: _metric(value) for name, value in report.metrics.items()},
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


def write_json(path: Path, reports: list[FileReport]) -> None:
    """One object for one input, a list for several."""
    data = [to_json(r) for r in reports]
    path.write_text(json.dumps(data[0] if len(data) == 1 else data, indent=1) + "\n", encoding="utf-8")


def write_csv(file: TextIO, reports: list[FileReport]) -> None:
    """One line a metric and input."""
    writer = csv.writer(file)
    numbers = ("value", "left", "right", "n", "spread", "quality", "reason")
    writer.writerow(["input", "view", "metric", *numbers])
    for report in reports:
        for name, value in report.metrics.items():
            row = _metric(value)
            writer.writerow([report.path.name, report.view.value if report.view else "", name, *(row[k] for k in numbers)])


def report_lines(report: FileReport) -> Iterator[str]:
    """The report for a terminal."""
    series = report.recording.series
    seconds = series.t_s[-1] - series.t_s[0] if len(series.t_s) else 0.0
    view = f"{report.view.value} view ({report.view_source})" if report.view else "view unknown"
    yield f"{report.path.name}: {len(series.t_s)} frames, {seconds:.1f} s, {view}"
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
        yield f"  Cue: {fault.cue} ({why}; grade {fault.grade})" if why else f"  Cue: {fault.cue} (grade {fault.grade})"
    yield from (f"  Note: {w}" for w in report.warnings)


def captions(report: FileReport) -> tuple[str, ...]:
    """The few numbers that are drawn into an annotated video."""
    if report.refusal:
        return (report.refusal,)
    shown = [f"{name} {m.value:.{3 if name.endswith('ratio') else 0}f}" for name, m in report.metrics.items() if m.value is not None]
    return (*shown[:6], *((f"cue: {report.cue[0].cue}",) if report.cue else ()))


def annotate(report: FileReport, out: Path) -> None:
    """Write the input video again with skeleton and numbers."""
    annotator = Annotator(out, captions(report), report.recording.series, report.view)
    try:
        with VideoCamera(CameraConfig(kind="video", path=str(report.path)), realtime=False) as camera:
            for frame in frames_of(camera):
                annotator.add(frame)
    finally:
        annotator.close()
