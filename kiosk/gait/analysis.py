"""A span of poses in, a report out: the one door into gait."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kiosk.domain import GaitReport, PoseSeries, View
from kiosk.gait.events import foot_phases
from kiosk.gait.geometry import Setting, to_body
from kiosk.gait.legs import tell_apart
from kiosk.gait.metrics import StrideValue, doubts_about, hidden_parts, measure, reasons_against, summarise
from kiosk.gait.offsets import to_joints
from kiosk.gait.playback import falls_wrongly, played_wrongly
from kiosk.gait.quality import refusal_of_frames, refusal_of_gait
from kiosk.gait.strides import Gait, leg_length_px
from kiosk.pose.series import sound
from kiosk.words import Phrase

MIXED_UP = Phrase("The two legs were mixed up in {share_pct:.0f} % of the frames and put right; brighter or lighter clothes help.")
MOST_EXCHANGED = 0.25
"""Beyond this share of exchanged ankles the report warns (our choice)."""


@dataclass(frozen=True, eq=False)
class Analysis:
    """A report and the values of every stride behind it."""

    report: GaitReport
    values: tuple[StrideValue, ...] = ()
    end_s: float = float("-inf")
    """Time of the span's last frame, seconds."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why metrics could not be measured in this span."""
    doubts: Mapping[str, str] = field(default_factory=dict)
    """Why metrics are of low quality, however many strides there are."""
    gait: Gait | None = None
    """What was measured, for `typical_stride`; None when it was refused."""


def analyse(series: PoseSeries, view: View, setting: Setting = Setting()) -> Analysis:  # noqa: B008 (frozen)
    """Measure one span of at most about a minute.

    Args:
        series: poses of one runner.
        view: side that faces the camera.
        setting: camera, belt, runner and network.

    Returns:
        The analysis; `report.refusal` says why when nothing can be said. Nobody in the picture is not an error.
    """
    series = sound(series)
    end_s = float(series.t_s[-1]) if len(series.t_s) else float("-inf")
    refusal = refusal_of_frames(series, view)
    if refusal:
        return refused(view, refusal, end_s)
    body = to_body(series, view, setting.roll_deg)
    found = tell_apart(body)
    leg_px = leg_length_px(found.body) if found else float("nan")
    legs = replace(found, body=to_joints(found.body, leg_px, "" if setting.raw else setting.network)) if found else None
    feet = foot_phases(legs, leg_px) if legs and leg_px > 0 else {}
    refusal = refusal_of_gait(legs, leg_px, feet)
    if view.is_side:
        refusal = played_wrongly(body, setting.height_cm, refusal, found) or refusal
    elif legs and not refusal:
        refusal = falls_wrongly(legs, leg_px, setting.height_cm)
    if refusal or legs is None:
        return refused(view, refusal, end_s)
    gait = Gait(legs, leg_px, feet, setting)
    reasons = {**reasons_against(gait), **hidden_parts(series, view)}
    doubts = doubts_about(gait)
    values = tuple(measure(gait, reasons))
    gait.forget_folded()
    strides = tuple(sorted((s for own in gait.strides.values() for s in own), key=lambda s: s.start_s))
    metrics = summarise(values, view, reasons=reasons, doubts=doubts)
    return Analysis(GaitReport(metrics, gait.events, strides, warnings=_warnings(legs.exchanged)), values, end_s, reasons, doubts, gait)


def refused(view: View | None, refusal: str, end_s: float = float("-inf")) -> Analysis:
    """A report without values, with its reason."""
    return Analysis(GaitReport(summarise((), view, refusal), refusal=refusal), end_s=end_s)


def _warnings(exchanged: float) -> tuple[str, ...]:
    if exchanged <= MOST_EXCHANGED:
        return ()
    return (MIXED_UP.filled(share_pct=100 * exchanged),)
