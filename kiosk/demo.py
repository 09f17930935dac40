"""`kiosk demo`: the station on the bundled clip, told on the terminal."""

from collections.abc import Callable

from kiosk.app import App
from kiosk.config import CameraConfig, Config, PanelConfig, TreadmillConfig, with_values
from kiosk.data import DEMO_CLIP, DEMO_SPEED_KMH, DEMO_VIEW
from kiosk.screen import Command, LiveView, State, Summary

TELL_EVERY_S = 5.0


def demo_config(base: Config, port: int | None) -> Config:
    """The configuration with the bundled clip as its camera."""
    config = base if port is None else with_values(base, "web", port=port)
    return config.model_copy(
        update={
            "camera": CameraConfig(kind="video", path=str(DEMO_CLIP)),
            "treadmill": TreadmillConfig(view=DEMO_VIEW, speed_kmh=DEMO_SPEED_KMH),
            "panel": PanelConfig(enabled=False, shutdown_command=()),
            "session": config.session.model_copy(update={"guided": False}),  # nobody stands there to choose
        }
    )


class Teller:
    """Says what happens, a line each: state, cue changes, and where things stand."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._state: State | None = None
        self._cue = ""
        self._praise = ""
        self._told_s = 0.0

    def __call__(self, view: LiveView) -> bool:
        """Tell what is new; True once the summary is there."""
        if view.state is not self._state:
            self._state = view.state
            self._say(f"[{view.elapsed_s:5.1f} s] {view.state.value}")
        self._tell_cue(view)
        if view.state is State.RUNNING and view.elapsed_s - self._told_s >= TELL_EVERY_S:
            self._told_s = view.elapsed_s
            cadence = "cadence not known yet" if view.cadence_spm is None else f"cadence {view.cadence_spm:.0f} steps/min"
            self._say(f"[{view.elapsed_s:5.1f} s] {cadence}, {view.frames_per_s or 0:.0f} frames/s {view.cannot_judge}".rstrip())
        return view.summary is not None

    def _tell_cue(self, view: LiveView) -> None:
        text = view.cue.text if view.cue else ""
        if text != self._cue:
            self._cue = text
            why = f" ({view.cue.may_come_from})" if view.cue and view.cue.may_come_from else ""
            self._say(f"[{view.elapsed_s:5.1f} s] cue: {text}{why}" if text else f"[{view.elapsed_s:5.1f} s] cue ends")
        if view.praise and view.praise != self._praise:
            self._say(f"[{view.elapsed_s:5.1f} s] praise: {view.praise}")
        self._praise = view.praise


def run_demo(app: App, say: Callable[[str], None]) -> Summary | None:
    """Play the clip once as a visit and return its summary; None when somebody ended the run or the kiosk before."""
    teller = Teller(say)
    app.send(Command.START)
    view = app.wait(lambda v: teller(v) or app.frames.closed)
    if view is not None and view.summary is None:  # the clip is over: the runner steps off
        app.send(Command.STOP)
        view = app.wait(lambda v: teller(v) or v.state is State.IDLE)
    return view.summary if view else None


def summary_lines(summary: Summary) -> list[str]:
    """The summary for a terminal."""
    lines = [f"Session {summary.session_id}: {summary.duration_s:.0f} s, {summary.strides} strides"]
    lines += [f"No verdict: {summary.refusal}"] if summary.refusal else []
    for name, m in summary.metrics.items():
        if m.value is not None:
            digits = 3 if name.endswith("ratio") else 1
            lines.append(f"  {name:22s} {m.value:8.{digits}f} ± {m.spread or 0:.{digits}f}  ({m.n} strides, {m.quality.value})")
    lines += [f"  {'+' if f.good else '-'} {f.text}" + (f" Drill: {f.drill}." if f.drill else "") for f in summary.findings]
    lines.append(f"Cues shown: {', '.join(summary.cues) or 'none'}")
    return [*lines, f"Stored in {summary.stored_in}"]
