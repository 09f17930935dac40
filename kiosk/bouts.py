"""A bout of the clinic's protocol from its pose recording, by the engine of `kiosk analyze`: one door, one number.

What must not go in: the engine (batch.py), whether a bout may be used (gait/bout_quality.py), comparing bouts (gait/retest.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from kiosk.batch import FileReport, Request, analyse_recording, bout_of
from kiosk.clinic import BoutOrder, BoutResult
from kiosk.compare import blocks_of
from kiosk.config import TreadmillConfig
from kiosk.domain import EventKind, FloatArray, GaitEvent, PoseSeries, Side, View
from kiosk.gait.belt import scale_of, scale_warning
from kiosk.gait.bout_quality import BoutFacts, judge_bout
from kiosk.gait.drift import Track, Tracks, block_length_s
from kiosk.gait.framing import foot_seen, torso_seen
from kiosk.gait.geometry import Setting
from kiosk.gait.landing import landing_change, landing_summary, landings
from kiosk.gait.spans import LONGEST_GAP_S
from kiosk.gait.stretches import analyses, most_seen_view
from kiosk.gait.strides import LONGEST_STRIDE, Gait
from kiosk.gait.typical import typical_stride
from kiosk.gait.view import detect_view
from kiosk.pose.identity import NOBODY, only_runner, without_pauses
from kiosk.pose.recording import Recording

Zone = tuple[float, float, float, float]
WHOLE: Zone = TreadmillConfig().zone
"""The whole picture, as the settings begin."""
NAME = "bout"
"""What the engine calls the input; no file name, no pseudonym."""


Levels = tuple[FloatArray, FloatArray]
"""(t_s, level_db), both (n,): what a microphone heard, on the clock of the poses (kiosk.sound)."""


def measure_bout(
    recording: Recording,
    order: BoutOrder,
    zone: Zone = WHOLE,
    levels: Levels | None = None,
    camera: Mapping[str, str] = MappingProxyType({}),
) -> BoutResult:
    """Measure one bout.

    The numbers are exactly those of analysing the stored recording: points are rounded as the file rounds them, and what a file
    does not keep (how the pictures changed, who else was seen) is not used.

    Args:
        recording: the poses of the bout, live or loaded.
        order: what was ordered; its view, speed, incline and height are those of the analysis.
        zone: the treadmill's place in the picture, as in the settings; outside it nobody is the runner.
        levels: sound of the bout; None without a microphone.
        camera: what is known of the camera beside what the poses tell: "kind", "name", "library".
    """
    stored = as_stored(recording)
    series, people = only_runner(stored.series, zone)
    request = Request(view=order.view.value, height_cm=order.height_cm, speed_kmh=order.speed_kmh, incline_pct=order.incline_pct)
    report = analyse_recording(Path(NAME), replace(stored, series=series, people=people), request)
    heard = landing_summary(landing_change(landings(*levels, report.events))) if levels is not None else {}
    found = bout_of_report(report, order)
    return replace(found, landing=heard, camera={**camera, **found.camera})


def as_stored(recording: Recording) -> Recording:
    """The recording as it is after it was written and read: points and scores in single precision, nothing that files do not keep."""
    s = recording.series
    xy_px, score = (np.asarray(np.asarray(a, np.float32), float) for a in (s.xy_px, s.score))
    series = PoseSeries(np.asarray(s.t_s, float), xy_px, score, s.width, s.height)
    return replace(recording, series=series, warnings=(), people=NOBODY, changes=None, picture_problem="")


def bout_of_report(report: FileReport, order: BoutOrder | None = None) -> BoutResult:
    """The bout that a file of `kiosk analyze` is; without an order it is taken to be what was ordered, whole and in its view."""
    bout = bout_of(report)
    block_s = block_length_s(bout.seconds)
    gaits = _gaits(report.recording.series, report.view, report.setting)
    leg_cm = scale_of(gaits, report.request.speed_kmh)
    blocks = blocks_of(bout, block_s) if block_s is not None else {}
    asked = order or BoutOrder(0, report.view or View.RIGHT, bout.seconds, report.request.speed_kmh, report.request.incline_pct)
    return BoutResult(
        view=report.view,
        seconds=bout.seconds,
        strides=max((m.n for m in report.metrics.values()), default=0),
        metrics=report.metrics,
        blocks={metric: tuple(value for _, value in rows) for metric, rows in blocks.items()},
        block_s=block_s,
        quality=judge_bout(_facts(report, asked, bout.seconds)),
        model=report.recording.made_by,
        camera={**_camera(report), "leg_by_belt_cm": leg_cm},
        refusal=report.refusal,
        warnings=(*report.warnings, *_scale_warning(report, leg_cm)),
        stride=typical_stride(next(iter(gaits), None)),
    )


def _camera(report: FileReport) -> dict[str, float | str | None]:
    series, stand = report.recording.series, report.stand
    stands: dict[str, float | str | None] = {name: getattr(stand, name) for name in ("roll_deg", "roll_sd_deg", "roll_source", "yaw_deg")}
    return {**stands, "width": series.width, "height": series.height, "fps": fps_of(series)}


def _scale_warning(report: FileReport, leg_cm: float | None) -> tuple[str, ...]:
    """The belt against the height, unless the report has said it already."""
    said = scale_warning(leg_cm, report.request.height_cm, report.request.speed_kmh)
    return (said,) if said and said not in report.warnings else ()


def fps_of(series: PoseSeries) -> float:
    """Frames a second that were looked at, lost ones not counted; 0 when unknown."""
    span_s = float(series.t_s[-1] - series.t_s[0]) if len(series.t_s) > 1 else 0.0
    return (len(series.t_s) - 1) / span_s if span_s > 0 else 0.0


def _facts(report: FileReport, order: BoutOrder, seconds: float) -> BoutFacts:
    series, stand = report.recording.series, report.stand
    whole = torso_seen(series) & foot_seen(series) if len(series.t_s) else np.zeros(0, bool)
    return BoutFacts(
        ordered=order.view,
        ordered_s=order.seconds,
        seen=detect_view(series) or most_seen_view(series),
        seconds=seconds,
        whole_share=float(whole.mean()) if whole.size else 0.0,
        fps=fps_of(series),
        longest_gap_s=float(np.diff(_seen_s(series.t_s, whole)).max(initial=0.0)),
        refusal=report.refusal,
        metrics=report.metrics,
        tracks=cadence_tracks(report.events),
        roll_source=stand.roll_source,
        roll_sd_deg=stand.roll_sd_deg,
    )


def _seen_s(t_s: FloatArray, whole: NDArray[np.bool_]) -> FloatArray:
    """Times of the frames with the whole runner, and of both ends."""
    return np.concatenate([t_s[:1], t_s[whole], t_s[-1:]])


def cadence_tracks(events: Sequence[GaitEvent]) -> Tracks:
    """Cadence stride by stride from the contacts of the foot that has more of them; strides with missed contacts are left out."""
    times: Mapping[Side, list[float]] = {side: [e.t_s for e in events if e.side is side and e.kind is EventKind.CONTACT] for side in Side}
    starts = np.array(max(times.values(), key=len))
    lasts_s = np.diff(starts)
    if not lasts_s.size:
        return {}
    whole = lasts_s < LONGEST_STRIDE * np.median(lasts_s)
    return {("cadence_spm", None): Track(starts[:-1][whole], 120.0 / lasts_s[whole])}


def _gaits(series: PoseSeries, view: View | None, setting: Setting) -> list[Gait]:
    """Of the stretches that could be measured, the longest first."""
    found = [a.gait for _, a in analyses(without_pauses(series, LONGEST_GAP_S), view, setting) if a.gait is not None]
    return sorted(found, key=lambda gait: -len(gait.body.t_s))
