"""The same engine over files: a video or a pose recording in, the report of `kiosk analyze` out."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kiosk import __version__
from kiosk.camera import Camera, CameraError
from kiosk.camera.background import Background
from kiosk.coach.chains import choose
from kiosk.coach.rules import find_faults
from kiosk.compare import Bout, WithinSession, within
from kiosk.config import CameraConfig, Config
from kiosk.domain import Fault, Frame, GaitEvent, Metrics, PoseSeries, View
from kiosk.gait.belt import scale_cm_per_leg, scale_warning
from kiosk.gait.geometry import Setting
from kiosk.gait.offsets import network_of
from kiosk.gait.repeats import without_repeats
from kiosk.gait.spans import LONGEST_GAP_S
from kiosk.gait.stance import yaw_of_side_view
from kiosk.gait.stretches import Hole, analyses, most_seen_view, note, of_view
from kiosk.gait.tally import Tally
from kiosk.gait.tilt import Stand, stand_from_lines, warnings_of
from kiosk.gait.upright import upright_from_lines
from kiosk.gait.view import detect_view
from kiosk.pose.identity import only_runner, without_pauses
from kiosk.pose.light import blame
from kiosk.pose.movenet import MoveNet, Network
from kiosk.pose.pictures import Pictures
from kiosk.pose.recording import Recording, load
from kiosk.pose.series import Stack
from kiosk.threads import ahead
from kiosk.words import Phrase

if TYPE_CHECKING:
    from kiosk.camera.video import VideoCamera

PICTURES_AHEAD = 2
"""Decoded pictures that wait for the network. Our choice: decoding takes less than half of a network's time, so one is always there and
one makes up for a slow frame; with the two in work that is 25 MB of Full HD at most."""
SAME_EVENT_S = 0.25
"""Events of one foot and kind closer together are the same one, seen in two spans: the fastest strides take 0.51 s (rhythm.py)."""
LEAST_TOLD_S = 1.0
"""A shorter stretch without numbers is not worth a note (our choice)."""
HOLE = Phrase("From {start_s:.0f} to {end_s:.0f} s nothing was measured: {why}")
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


def read_poses(
    path: Path,
    config: Config,
    progress: Progress | None = None,
    wanted: Callable[[float], bool] | None = None,
    network: Callable[[], Network] | None = None,
    alone: bool = True,
) -> Recording:
    """The runner's poses of a pose recording (.npz), or of a video by running the network over its frames.

    Args:
        path: the file.
        config: network and zone.
        progress: called after each frame of a video.
        wanted: told each frame's time in turn; a frame of a video for which it says False is not looked at, as if it never came.
        network: gives a network that is loaded and tested already; asked for videos only.
        alone: no process beside this one works on another file, as in `opened`.

    Raises:
        CameraError, RecordingError, ModelError: the file or the model cannot be used.
    """
    if not path.exists():
        raise CameraError(f"{path}: no such file.")
    if not path.is_file():  # a pipe would wait for ever
        raise CameraError(f"{path}: is not a file. Give a video file or a pose recording (.npz).")
    if path.suffix.lower() == ".npz":
        stored = load(path)
        series, people = only_runner(stored.series, config.treadmill.zone)
        return replace(stored, series=series, people=people)
    stack, background, pictures = Stack(), Background(), Pictures()
    with opened(path, alone) as (camera, decoded):
        frame: Frame | None = next(decoded)  # what is no video says so before a network is loaded for it
        finder = MoveNet(config.pose, config.treadmill.zone, network=network() if network else None)
        while frame is not None:
            if wanted is None or wanted(frame.t_s):
                pose = finder.estimate(frame)
                stack.add(pose)
                pictures.add(frame, pose)
            background.add(frame.image_bgr)
            if progress is not None:
                progress(len(stack), camera.info.frames or 0)
            frame = next(decoded, None)
    stand = stand_from_lines(upright_from_lines(background.segments_px(), *background.size_px))
    return Recording(
        stack.series(),
        "auto",
        stand.roll_deg,
        f"treadside {__version__} {finder.name}",
        roll_sd_deg=stand.roll_sd_deg,
        roll_source=stand.roll_source,
        warnings=camera.warnings,
        people=finder.people,
        changes=np.array(pictures.changes),
        picture_problem=pictures.problem,
    )


@contextmanager
def opened(path: Path, alone: bool = True) -> Iterator[tuple["VideoCamera", Iterator[Frame]]]:
    """A video and its frames, each once, at most a handful of them in memory; use in a `with`.

    Args:
        path: the file.
        alone: True decodes on threads of its own while the last frame is looked at. False, for a process that has one core and others
            beside it, decodes in between. The frames are the same.

    Raises:
        CameraError: by the first frame; no clip that can be read.
    """
    from kiosk.camera.clip import DECODE_THREADS
    from kiosk.camera.video import VideoCamera  # a seventh of what a start loads, which films and reads no file

    video = CameraConfig(kind="video", path=str(path))
    camera = VideoCamera(video, realtime=False, decode_threads=DECODE_THREADS if alone else 1)
    if alone:
        with ahead("decode", lambda: _all_of(camera), PICTURES_AHEAD) as frames:
            yield camera, frames
    else:
        with closing(_all_of(camera)) as between:
            yield camera, between


def _all_of(camera: Camera) -> Generator[Frame, None, None]:
    """Start the camera, all its frames, stop it: wholly on the thread that iterates."""
    with camera:
        yield from frames_of(camera)


def frames_of(camera: Camera) -> Iterator[Frame]:
    """All frames of a file, one after the other."""
    while not camera.ended:
        frame = camera.read(5.0)
        if frame is not None:
            yield frame


def analyse_recording(path: Path, recording: Recording, request: Request) -> FileReport:
    """Measure a whole recording and name its faults."""
    series, repeats = without_repeats(recording.series, recording.changes)
    view, source = _view(recording, series, request)
    stand = _stand(recording, request, view)
    who = (request.height_cm, network_of(recording.made_by), request.raw)
    setting = Setting(stand.roll_deg, stand.roll_sd_deg, stand.used_yaw_deg, request.incline_pct, *who)
    tally, holes, events, mixed = _measure(series, view, setting) if not recording.people.refusal else (Tally(), [], (), ())
    longest = max(holes, key=lambda hole: hole.end_s - hole.start_s, default=None)
    refusal = recording.people.refusal
    if longest is not None and not tally.strides:
        refusal = blame(longest.why, recording.picture_problem)
    notes = [*recording.warnings, *recording.people.warnings, *([] if refusal else warnings_of(stand, view)), *mixed]
    if refusal and refusal == recording.picture_problem:
        repeats = ""  # encoders leave out what changes in the dark
    elif recording.picture_problem:
        notes.append(recording.picture_problem)
    notes += [repeats] if repeats else []
    if len(holes) > 1 or not refusal:
        notes += _hole_lines(series, holes)
    leg_cm = scale_cm_per_leg(series, view, setting, request.speed_kmh) if request.height_cm else None
    said = scale_warning(leg_cm, request.height_cm, request.speed_kmh)
    notes += [said] if said else []
    metrics = tally.metrics(view, refusal)
    faults = find_faults(metrics, request.speed_kmh)
    session = within(Bout(path.name, series, view, setting, metrics), tally.tracks())
    found = (metrics, events, faults, choose(faults), refusal, tuple(notes), session)
    return FileReport(path, recording, request, view, source, stand, setting, *found)


Measured = tuple[Tally, list[Hole], tuple[GaitEvent, ...], tuple[str, ...]]
"""Strides, what could not be measured, events, and what the analyses warn of."""


def _measure(series: PoseSeries, view: View | None, setting: Setting) -> Measured:
    tally, holes = Tally(), list[Hole]()
    events: list[GaitEvent] = []
    warnings: list[str] = []
    for span, analysis in analyses(without_pauses(series, LONGEST_GAP_S), view, setting):
        tally.update(analysis, analysis.end_s, settle_s=0.0)
        events += _new(analysis.report.events, events)
        warnings += [w for w in analysis.report.warnings if w not in warnings]
        note(holes, span, analysis.report.refusal)
    return tally, holes, tuple(events), tuple(warnings)


def _new(found: Iterable[GaitEvent], known: Sequence[GaitEvent]) -> list[GaitEvent]:
    """The events that are not known from the span before: of one foot and kind, half a fast stride or more after its last one."""
    last_s = {(e.side, e.kind): e.t_s for e in known}
    return [e for e in found if e.t_s > last_s.get((e.side, e.kind), -np.inf) + SAME_EVENT_S]


def _hole_lines(series: PoseSeries, holes: list[Hole]) -> list[Phrase]:
    first_s = float(series.t_s[0]) if len(series.t_s) else 0.0
    told = [h for h in holes if h.end_s - h.start_s >= LEAST_TOLD_S]
    return [HOLE.filled(start_s=h.start_s - first_s, end_s=h.end_s - first_s, why=h.why) for h in told]


def _view(recording: Recording, series: PoseSeries, request: Request) -> tuple[View | None, str]:
    if request.view != "auto":
        return View(request.view), "given"
    if recording.view in tuple(View):
        return View(recording.view), "given"
    return detect_view(series) or most_seen_view(series), "detected"


def _stand(recording: Recording, request: Request, view: View | None) -> Stand:
    """How the camera stands: what is said counts before what is seen."""
    if request.roll_deg is None:
        stand = Stand(recording.roll_deg, recording.roll_sd_deg, recording.roll_source)
    else:
        stand = Stand(request.roll_deg, request.roll_sd_deg, "given")
    seen = of_view(recording.series, view) if view else None
    yaw = yaw_of_side_view(seen, view, stand.roll_deg) if view and seen else None
    return replace(stand, yaw_deg=yaw[0]) if yaw else stand


def bout_of(report: FileReport) -> Bout:
    """The report as one of two bouts to compare."""
    return Bout(report.path.name, report.recording.series, report.view, report.setting, report.metrics)
