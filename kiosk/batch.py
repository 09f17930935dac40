"""The same engine over files: a video or a pose recording in, the report of `kiosk analyze` out."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from kiosk import __version__
from kiosk.camera import CameraError
from kiosk.camera.background import Background
from kiosk.camera.video import VideoCamera, probe
from kiosk.coach.chains import choose
from kiosk.coach.rules import find_faults
from kiosk.compare import Bout, Comparison, WithinSession, change_json, drift_lines, session_json, within
from kiosk.config import CameraConfig, Config
from kiosk.domain import Fault, Frame, GaitEvent, Metrics, Pose, View
from kiosk.gait.analysis import Analysis, analyse, refused
from kiosk.gait.geometry import Setting
from kiosk.gait.offsets import network_of
from kiosk.gait.repair import put_right
from kiosk.gait.spans import LONGEST_GAP_S, spans
from kiosk.gait.stance import yaw_of_side_view
from kiosk.gait.tally import Tally
from kiosk.gait.tilt import Stand, stand_from_lines, warnings_of
from kiosk.gait.upright import upright_from_lines
from kiosk.gait.view import detect_view
from kiosk.pose.identity import only_runner, without_pauses
from kiosk.pose.keypoints import SEEN_SCORE
from kiosk.pose.movenet import MoveNet
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
    roll_sd_deg: float | None = None
    raw: bool = False
    """Points as the network gives them, without the corrections of kiosk/gait/offsets.py."""


@dataclass(frozen=True, eq=False)
class FileReport:
    """Everything known about one analysed file."""

    path: Path
    recording: Recording
    request: Request
    view: View | None
    view_source: str
    stand: Stand
    setting: Setting
    metrics: Metrics
    events: tuple[GaitEvent, ...]
    faults: tuple[Fault, ...]
    cue: tuple[Fault, str] | None
    refusal: str
    warnings: tuple[str, ...]
    session: WithinSession
    """What changed while it was recorded."""


def read_poses(path: Path, config: Config, progress: Progress | None = None, wanted: Callable[[float], bool] | None = None) -> Recording:
    """The runner's poses of a pose recording (.npz), or of a video by running the network over its frames.

    Args:
        path: the file.
        config: network and zone.
        progress: called after each frame of a video.
        wanted: told each frame's time in turn; a frame of a video for which it says False is not looked at, as if it never came.

    Raises:
        CameraError, RecordingError, ModelError: the file or the model cannot be used.
    """
    if not path.exists():
        raise CameraError(f"{path}: no such file.")
    if path.suffix.lower() == ".npz":
        stored = load(path)
        series, people = only_runner(stored.series, config.treadmill.zone)
        return replace(stored, series=series, people=people)
    info = probe(path)
    finder = MoveNet(config.pose, config.treadmill.zone)
    poses: list[Pose] = []
    background = Background()
    camera = VideoCamera(CameraConfig(kind="video", path=str(path)), realtime=False)
    with camera:
        for frame in frames_of(camera):
            if wanted is None or wanted(frame.t_s):
                poses.append(finder.estimate(frame))
            background.add(frame.image_bgr)
            if progress is not None:
                progress(len(poses), info.frames or 0)
    made_by = f"treadside {__version__} {finder.name}"
    stand = stand_from_lines(upright_from_lines(background.segments_px(), *background.size_px))
    return Recording(
        to_series(poses), "auto", stand.roll_deg, made_by, stand.roll_sd_deg, stand.roll_source, camera.warnings, finder.people
    )


def frames_of(camera: VideoCamera) -> Iterator[Frame]:
    """All frames of a file, one after the other."""
    while not camera.ended:
        frame = camera.read(5.0)
        if frame is not None:
            yield frame


def analyse_recording(path: Path, recording: Recording, request: Request) -> FileReport:
    """Measure a whole recording and name its faults."""
    series = recording.series
    view, source = _view(recording, request)
    stand = _stand(recording, request, view)
    network = "" if request.raw else network_of(recording.made_by)
    setting = Setting(stand.roll_deg, stand.roll_sd_deg, stand.used_yaw_deg, request.incline_pct, request.height_cm, network)
    tally, warnings = Tally(), [*recording.warnings, *recording.people.warnings, *warnings_of(stand, view)]
    events: list[GaitEvent] = []
    refusals: list[tuple[float, str]] = []
    for start_s, analysis in _analyses(recording, view, setting):
        taken_until = events[-1].t_s if events else -np.inf
        tally.update(analysis, analysis.end_s, settle_s=0.0)
        events += [e for e in analysis.report.events if e.t_s > taken_until]
        warnings += [w for w in analysis.report.warnings if w not in warnings]
        if analysis.report.refusal:
            refusals.append((start_s, analysis.report.refusal))
    refusal = refusals[0][1] if refusals and not tally.strides else ""
    warnings += [] if refusal else [f"From {start_s - series.t_s[0]:.0f} s: {why}" for start_s, why in refusals]
    metrics = tally.metrics(view, refusal)
    faults = find_faults(metrics, request.speed_kmh)
    cue = choose(faults)
    session = within(Bout(path.name, series, view, setting, metrics), tally.tracks())
    return FileReport(
        path, recording, request, view, source, stand, setting, metrics, tuple(events), faults, cue, refusal, tuple(warnings), session
    )


def _view(recording: Recording, request: Request) -> tuple[View | None, str]:
    if request.view != "auto":
        return View(request.view), "given"
    if recording.view in tuple(View):
        return View(recording.view), "given"
    return detect_view(recording.series), "detected"


def _stand(recording: Recording, request: Request, view: View | None) -> Stand:
    """How the camera stands: what is said counts before what is seen."""
    if request.roll_deg is None:
        stand = Stand(recording.roll_deg, recording.roll_sd_deg, recording.roll_source)
    else:
        stand = Stand(request.roll_deg, request.roll_sd_deg, "given")
    yaw = yaw_of_side_view(recording.series, view, stand.roll_deg) if view else None
    return replace(stand, yaw_deg=yaw[0]) if yaw else stand


def _analyses(recording: Recording, view: View | None, setting: Setting) -> Iterator[tuple[float, Analysis]]:
    """(start, analysis) of each span of the recording."""
    series, why = recording.series, recording.people.refusal
    if why:
        yield 0.0, refused(view, why)
        return
    if view is None:
        empty = len(series.t_s) == 0 or float((series.score > SEEN_SCORE).mean()) < 0.3  # our choice: less than a third of a body
        why = (
            "No runner is seen."
            if empty
            else "The view cannot be told: nobody runs, or the body is not seen from one side. Give it with --view."
        )
        yield 0.0, refused(None, why)
        return
    for span in spans(without_pauses(series, LONGEST_GAP_S)):
        yield (float(span.t_s[0]) if len(span.t_s) else 0.0), analyse(span, view, setting)


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


def write_json(path: Path, reports: list[FileReport], comparison: Comparison | None = None) -> None:
    """One object for one input, a list for several; the last one says what changed since the first, when they were compared."""
    data = [to_json(r) for r in reports]
    if comparison is not None:
        data[-1]["change"] = change_json(comparison)
    path.write_text(json.dumps(data[0] if len(data) == 1 else data, indent=1) + "\n", encoding="utf-8")


def bout_of(report: FileReport) -> Bout:
    """The report as one of two bouts to compare."""
    return Bout(report.path.name, report.recording.series, report.view, report.setting, report.metrics)


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
    yield f"  Points: {report.recording.made_by}{', as the network gives them' if report.request.raw else ''}"
    if report.stand.roll_deg and report.stand.roll_source != "given":
        yield f"  Camera rolled by {report.stand.roll_deg:.1f}° ({report.stand.roll_source}), put upright."
    if report.refusal:
        yield f"  No verdict: {report.refusal}"
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
    yield from drift_lines(report.session)
    yield from (f"  Note: {w}" for w in report.warnings)


def captions(report: FileReport) -> tuple[str, ...]:
    """The few numbers that are drawn into an annotated video."""
    if report.refusal:
        return (report.refusal,)
    shown = [f"{name} {m.value:.{3 if name.endswith('ratio') else 0}f}" for name, m in report.metrics.items() if m.value is not None]
    return (*shown[:6], *((f"cue: {report.cue[0].cue}",) if report.cue else ()))


def annotate(report: FileReport, out: Path) -> None:
    """Write the input video again with skeleton and numbers."""
    series = put_right(report.recording.series, report.view) if report.view else report.recording.series
    annotator = Annotator(out, captions(report), series, report.view)
    try:
        with VideoCamera(CameraConfig(kind="video", path=str(report.path)), realtime=False) as camera:
            for frame in frames_of(camera):
                annotator.add(frame)
    finally:
        annotator.close()
