"""The kiosk's nouns -> the API's models, field by field, so that nothing new leaves by accident. Pure.

Left out on purpose: the runner's take-away code, answers about soreness, the name of the camera or file (it may be a path), the whole
pose. What must not go in: asking, deciding.
"""

from collections.abc import Mapping
from typing import Literal

from kiosk import clinic, screen
from kiosk.domain import Cue, MetricValue, View
from kiosk.stored import StoredSession
from kiosk.web import api_models as models


def live(view: screen.LiveView) -> models.Live:
    """What the screen shows."""
    return models.Live(
        state=view.state,
        language=view.language,
        elapsed_s=view.elapsed_s,
        countdown_s=view.countdown_s,
        view=view.view,
        cadence_spm=view.cadence_spm,
        metrics=(_shown(view.gauge),) if view.gauge else (),
        cue=_cue(view.cue) if view.cue else None,
        bout_left_s=view.bout_left_s,
        belt=belt(view.belt) if view.belt else None,
        session_id=view.summary.session_id if view.summary else None,
        frames_per_s=view.frames_per_s,
        problems=_problems(view),
        fault=view.fault,
    )


def _problems(view: screen.LiveView) -> tuple[str, ...]:
    wrong = view.check if view.check and not view.check.ok else None
    said = (view.cannot_judge, *((wrong.text, wrong.more) if wrong else ()), view.notice)
    return tuple(str(text) for text in said if text)


def _shown(gauge: screen.Gauge) -> models.Shown:
    return models.Shown(
        metric=gauge.metric,
        label=str(gauge.label),
        unit=str(gauge.unit),
        value=gauge.value,
        low=gauge.low,
        high=gauge.high,
        grade=gauge.grade,
    )


def _cue(cue: Cue) -> models.CueShown:
    fault = cue.fault
    return models.CueShown(text=str(cue.text), metric=fault.metric, value=fault.value, low=fault.low, high=fault.high, grade=fault.grade)


def belt(found: clinic.Belt) -> models.Belt:
    """Speed and incline."""
    return models.Belt(speed_kmh=found.speed_kmh, incline_pct=found.incline_pct, source=found.source)


def page(found: tuple[StoredSession, ...], limit: int) -> models.SessionPage:
    """A page of the list; a full one has a next one."""
    return models.SessionPage(sessions=tuple(_line(row) for row in found), next_before=found[-1].id if len(found) == limit else None)


def _line(row: StoredSession) -> models.SessionLine:
    return models.SessionLine(**_facts(row))


def session(row: StoredSession) -> models.Session:
    """One session with its numbers."""
    return models.Session(
        **_facts(row),
        model=row.model,
        metrics={name: _metric(value) for name, value in row.metrics.items()},
        findings=tuple(_finding(found) for found in row.told.findings),
        cues=tuple(str(cue) for cue in row.cues),
    )


def _facts(row: StoredSession) -> dict[str, object]:
    return {
        "id": row.id,
        "started_utc": row.started_utc,
        "state": row.state,
        "view": View(row.view) if row.view else None,
        "speed_kmh": row.speed_kmh,
        "duration_s": row.duration_s,
        "strides": row.strides,
        "refusal": str(row.refusal),
    }


def _metric(found: MetricValue) -> models.Metric:
    return models.Metric(
        value=found.value,
        left=found.left,
        right=found.right,
        n=found.n,
        spread=found.spread,
        quality=found.quality,
        reason=str(found.reason),
    )


def _finding(found: screen.Finding) -> models.Found:
    return models.Found(
        text=str(found.text),
        metric=found.metric,
        good=found.good,
        value=found.value,
        spread=found.spread,
        low=found.low,
        high=found.high,
        unit=str(found.unit),
        side=found.side,
        grade=found.grade,
        source=found.source,
        drill=str(found.drill),
        may_come_from=str(found.may_come_from),
    )


def removed(found: clinic.Removed) -> models.Removed:
    """Counts."""
    return models.Removed(sessions=found.sessions, files=found.files)


def recorder(found: Mapping[str, object]) -> models.Recorder:
    """The fields that the API has; the folder, a path of this machine, is not one."""
    return models.Recorder.model_validate({name: found[name] for name in models.Recorder.model_fields})


def health(view: screen.LiveView | None, now_s: float, version: str) -> models.Health:
    """From the newest view."""
    stamp = view.frame_t_s if view else None
    status: Literal["ok", "starting"] = "ok" if view else "starting"
    age_s = None if stamp is None else round(now_s - stamp, 3)
    return models.Health(
        status=status, version=version, state=view.state if view else None, frame_age_s=age_s, fault=bool(view and view.fault)
    )
