"""The whole kiosk without a browser: the clip as a camera, commands, the stored session."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from at_once import AtOnce
from kiosk.app import App
from kiosk.camera import Camera, CameraError
from kiosk.config import CameraConfig, Config, PanelConfig, SessionConfig, StoreConfig, TreadmillConfig, WebConfig
from kiosk.data import DEMO_CLIP
from kiosk.demo import demo_config, run_demo
from kiosk.domain import Frame, ImageBgr, Pose, PoseSeries, View
from kiosk.gait.analysis import Analysis, analyse
from kiosk.gait.geometry import Setting
from kiosk.parts import Parts
from kiosk.pipeline import Pipeline
from kiosk.pose.light import LightWatch
from kiosk.screen import Command, LiveView, Press, State
from kiosk.store import SessionStore, sessions
from logs import Log
from runner import make_runner, times


def config(tmp_path: Path, **parts: object) -> Config:
    base = Config(store=StoreConfig(folder=str(tmp_path / "store")), web=WebConfig(port=0), panel=PanelConfig(enabled=False))
    return base.model_copy(update=parts)


def test_demo_ends_with_the_truth_of_its_clip(tmp_path: Path, data: Path) -> None:
    """The bundled clip as if live: cadence within 1, lean within 3 degrees, a hip drive or overstride cue, stored."""
    truth = json.loads((data / "demo.json").read_text())["truth"]
    app = App(demo_config(config(tmp_path), 0)).start()
    told: list[str] = []
    try:
        summary = run_demo(app, told.append)
    finally:
        app.stop()
    assert summary is not None
    assert summary.metrics["cadence_spm"].value == pytest.approx(truth["cadence_spm"]["value"], abs=1)
    assert summary.metrics["trunk_lean_deg"].value == pytest.approx(truth["trunk_lean_deg"]["value"], abs=3)
    cues = [line for line in told if "cue:" in line]
    assert len(cues) >= 1
    assert "Push the ground behind" in cues[0] or "Land closer" in cues[0]
    assert "May come from" in cues[0]
    (stored,) = sessions(tmp_path / "store")
    assert stored.state == "done"
    assert stored.metrics["cadence_spm"] == summary.metrics["cadence_spm"]
    assert stored.cues == summary.cues


def test_kill_9_in_the_middle_of_a_run_keeps_the_session(tmp_path: Path) -> None:
    """The station is killed while somebody runs: the session is there, interrupted, up to its last second."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text(
        f'[store]\nfolder = "{tmp_path / "store"}"\n[web]\nport = 0\n[panel]\nenabled = false\n[treadmill]\nview = "right"\n'
        f'[session]\nguided = false\ncountdown_s = 0\n[camera]\nkind = "video"\nloop = true\npath = "{DEMO_CLIP}"\n'
    )
    command = [sys.executable, "-u", "-m", "kiosk", "run", "--config", str(toml)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as kiosk:
        assert kiosk.stdout is not None
        url = kiosk.stdout.readline().split("serving ")[1].split()[0]
        post = urllib.request.Request(f"{url}command/start", method="POST")
        with urllib.request.urlopen(post, timeout=10) as answer:
            assert answer.status == 202
        time.sleep(9)
        kiosk.kill()

    SessionStore.open(tmp_path / "store").close()
    (stored,) = sessions(tmp_path / "store")
    assert stored.state == "interrupted"
    assert stored.duration_s > 6.5
    assert stored.metrics["cadence_spm"].value == pytest.approx(162.2, abs=2)


PICTURE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
CLIP = Path(__file__).parent / "data" / "p02_side_left_overstride.mp4"


class Finder:
    """Gives the poses of a made-up runner in turn."""

    def __init__(self, seconds: float, **runner: float) -> None:
        self.series = make_runner(times(seconds, 30), noise_px=1, **runner)  # type: ignore[arg-type]

    def estimate(self, frame: Frame) -> Pose:
        i = min(round(frame.t_s * 30), len(self.series.t_s) - 1)
        return Pose(frame.t_s, self.series.xy_px[i], self.series.score[i], 640, 480)


def live(finder: Finder, seconds: float, commands: dict[float, Command], view: str = "right") -> tuple[list[LiveView], Log]:
    log = Log()
    parts = Parts(finder, log, AtOnce(), lambda v: None)  # type: ignore[arg-type, return-value]
    pipeline = Pipeline(parts, Config(treadmill=TreadmillConfig(view=view), session=SessionConfig(guided=False)))  # type: ignore[arg-type]
    views, waiting = [], sorted(commands.items())
    for t_s in times(seconds, 30):
        now = [waiting.pop(0)[1]] if waiting and t_s >= waiting[0][0] else []
        views.append(pipeline.step(Frame(float(t_s), PICTURE), now))
    return views, log


def test_a_visit_from_start_to_summary() -> None:
    """Idle, 3-2-1, running with numbers, stop, summary; the log hears of it in this order."""
    views, log = live(Finder(18), 18, {1.0: Command.START, 17.0: Command.STOP})
    states = [v.state for v in views]
    order = [s for i, s in enumerate(states) if i == 0 or s is not states[i - 1]]
    assert order == [State.IDLE, State.COUNTDOWN, State.RUNNING, State.SUMMARY]
    assert [v.countdown_s for v in views if v.countdown_s][::30] == [3, 2, 1]
    running = [v for v in views if v.state is State.RUNNING]
    assert running[-1].cadence_spm == pytest.approx(165, abs=1)
    assert views[-1].summary is not None
    assert views[-1].summary.strides == pytest.approx(13 * 165 / 120, abs=2)  # of one leg
    assert log.said[0] == "begin"
    assert log.said[-1] == "end"


def test_a_cue_after_seven_strides_is_held_and_then_there_is_calm() -> None:
    """The made-up runner's thighs do not go back: one cue, not before seven strides of a leg, for 10 to 20 s, then calm."""
    views, log = live(Finder(34), 34, {0.5: Command.START})
    shown = [v for v in views if v.cue is not None]
    assert {v.cue.text for v in shown if v.cue} == {"Push the ground behind"}
    assert shown[0].elapsed_s > 7 * 120 / 165
    assert 10 <= shown[-1].elapsed_s - shown[0].elapsed_s <= 20.5
    assert views[-1].cue is None
    assert log.said.count("cue") == 1
    assert {v.gauge.metric for v in shown if v.gauge} == {"thigh_back_deg"}


def test_a_standing_person_is_not_judged() -> None:
    """Somebody who stands on the belt gets the reason, no cadence and no cue."""
    finder = Finder(15)
    finder.series.xy_px[:] = finder.series.xy_px[7]
    views, _ = live(finder, 15, {0.5: Command.START, 14.0: Command.STOP})
    last = next(v for v in reversed(views) if v.state is State.RUNNING)
    assert last.cannot_judge
    assert (last.cue, last.cadence_spm) == (None, None)
    assert views[-1].summary is not None
    assert views[-1].summary.refusal


def test_view_is_found_by_itself() -> None:
    """With view = "auto" the side is told from the runner."""
    views, _ = live(Finder(12), 12, {0.5: Command.START}, view="auto")
    assert views[-1].view == "right"
    assert views[-1].cadence_spm == pytest.approx(165, abs=1)


@pytest.mark.parametrize("fps", [10, 21, 30])
def test_view_is_found_when_the_runner_comes_late(fps: int) -> None:
    """An empty treadmill for five seconds, then a runner, at frame rates of all kinds."""
    finder = Finder(16)
    finder.series.score[:150] = 0.05
    log = Log()
    parts = Parts(finder, log, AtOnce(), lambda v: None)  # type: ignore[arg-type, return-value]
    pipeline = Pipeline(parts, Config(session=SessionConfig(guided=False, countdown_s=0)))
    view = pipeline.step(Frame(0.0, PICTURE), [Command.START])
    for t_s in times(16, fps)[1:]:
        view = pipeline.step(Frame(float(t_s), PICTURE))
    assert view.view == "right"


def test_next_runner_may_face_the_other_way() -> None:
    """With view = "auto" a second visitor who runs the other way is seen as such."""
    there, back = Finder(14), make_runner(times(14, 30), noise_px=1, facing=-1)
    there.series = type(back)(
        np.concatenate([there.series.t_s, back.t_s + 14]),
        np.concatenate([there.series.xy_px, back.xy_px]),
        np.concatenate([there.series.score, back.score]),
        640,
        480,
    )
    commands = {0.2: Command.START, 12.5: Command.STOP, 13.5: Command.STOP, 14.5: Command.START}
    views, _ = live(there, 28, commands, view="auto")
    assert {v.view for v in views if v.state is State.RUNNING and v.cadence_spm} == {"right", "left"}


def test_demo_that_is_stopped_ends(tmp_path: Path) -> None:
    """Somebody presses stop during the countdown of the demo: it ends without a summary when the clip is over."""
    short = demo_config(config(tmp_path), 0)
    app = App(short.model_copy(update={"camera": CameraConfig(kind="video", path=str(CLIP))})).start()
    told: list[str] = []

    def say(line: str) -> None:
        told.append(line)
        if "countdown" in line:
            time.sleep(0.7)
            app.send(Command.STOP)

    try:
        assert run_demo(app, say) is None
    finally:
        app.stop()


def test_a_view_does_not_wait_for_gait_and_light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever learns after a view, or never asks for it, gets the same views; light and gait are looked at in `learn` alone."""

    def visit(learn: bool) -> tuple[list[LiveView], list[str]]:
        order, finder, views = list[str](), Finder(9), list[LiveView]()

        def look(series: PoseSeries, view: View, setting: Setting) -> Analysis:
            order.append("look")
            return analyse(series, view, setting)

        def light(self: LightWatch, t_s: float, image_bgr: ImageBgr, pose: Pose) -> None:
            order.append("light")

        monkeypatch.setattr(LightWatch, "update", light)
        parts = Parts(finder, Log(), AtOnce(), lambda v: None, analyse=look)  # type: ignore[arg-type, return-value]
        pipeline = Pipeline(parts, Config(treadmill=TreadmillConfig(view="right"), session=SessionConfig(guided=False, countdown_s=0)))
        for t_s in times(9, 30):
            frame = Frame(float(t_s), PICTURE)
            views.append(pipeline.step_with(frame, finder.estimate(frame), [] if t_s else [Command.START]))
            order.append("view")
            if learn:
                pipeline.learn()
                order.append("learned")
                pipeline.learn()  # there is nothing left
        pipeline.close()
        return views, order

    (views, order), (late_views, late_order) = visit(learn=True), visit(learn=False)
    assert [(v.cadence_spm, v.cannot_judge, v.cue) for v in views] == [(v.cadence_spm, v.cannot_judge, v.cue) for v in late_views]
    assert views[-1].cadence_spm == pytest.approx(165, abs=1)
    assert order.count("look") == late_order.count("look") > 5
    assert order.count("light") == late_order.count("light") == len(views)
    assert {order[i - 1] for i, what in enumerate(order) if what == "light"} == {"view"}
    assert {order[i - 1] for i, what in enumerate(order) if what == "look"} == {"light"}


def test_a_cue_that_begins_with_the_last_look_is_stored() -> None:
    """The runner stops with the frame after it: what the summary tells is in the store as well."""
    whole, _ = live(Finder(14), 14, {0.0: Command.START})
    first = next(i for i, v in enumerate(whole) if v.cue)
    views, log = live(Finder(14), 14, {0.0: Command.START, float(times(14, 30)[first]): Command.STOP})
    summary = views[-1].summary
    assert summary is not None
    assert len(summary.cues) == log.said.count("cue") == 1
    assert not [v for v in views if v.cue]


def test_the_station_shows_a_view_before_it_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each frame, and before the next one comes: the other order would make events milliseconds late."""
    app = App(config(tmp_path, camera=CameraConfig(kind="video", path=str(DEMO_CLIP))))
    order = list[tuple[str, float | None]]()
    step, show, take_in = app.pipeline.step_with, app._showing.show, app.pipeline._take_in

    def stepped(frame: Frame, pose: Pose, presses: Sequence[Press]) -> LiveView:
        order.append(("step", frame.t_s))
        return step(frame, pose, presses)

    def shown(view: LiveView) -> None:
        order.append(("show", view.frame_t_s))
        show(view)

    def learned(frame: Frame, pose: Pose) -> None:
        order.append(("learn", frame.t_s))
        take_in(frame, pose)

    monkeypatch.setattr(app.pipeline, "step_with", stepped)
    monkeypatch.setattr(app._showing, "show", shown)
    monkeypatch.setattr(app.pipeline, "_take_in", learned)
    try:
        app.start()
        app.wait(lambda view: len(order) > 60)
    finally:
        app.stop()
    frames = [row for row in order[:60] if row[1] is not None]
    first = frames.index(next(row for row in frames if row[0] == "step"))
    whole = frames[first : first + (len(frames) - first) // 3 * 3]
    assert len(whole) > 12
    assert [what for what, _ in whole] == ["step", "show", "learn"] * (len(whole) // 3)
    assert all(len({t_s for _, t_s in whole[i : i + 3]}) == 1 for i in range(0, len(whole), 3))


def test_a_lost_camera_is_said_and_commands_still_work(tmp_path: Path) -> None:
    """No frames for two seconds: the page says so; stop still stops."""
    finder = Finder(10)
    parts = Parts(finder, Log(), AtOnce(), lambda v: None)  # type: ignore[arg-type, return-value]
    pipeline = Pipeline(parts, Config(treadmill=TreadmillConfig(view="right"), session=SessionConfig(guided=False, countdown_s=0)))
    pipeline.step(Frame(0.0, PICTURE), [Command.START])
    for t_s in times(5, 30):
        pipeline.step(Frame(float(t_s) + 0.1, PICTURE))
    assert "no picture" in pipeline.without_frame(7.5).cannot_judge
    assert pipeline.without_frame(7.6, [Command.STOP]).state is State.SUMMARY


def test_clip_that_ends_leaves_the_page_alive(tmp_path: Path) -> None:
    """After the last frame the kiosk still answers and stops in good order."""
    clip = CameraConfig(kind="synthetic")
    app = App(config(tmp_path, camera=clip, treadmill=TreadmillConfig(view="right"))).start()
    try:
        assert app.wait(lambda v: v.pose is not None) is not None
        with urllib.request.urlopen(f"{app.server.url}live.json", timeout=10) as answer:
            assert json.load(answer)["state"] == "idle"
    finally:
        started = time.monotonic()
        app.stop()
    assert time.monotonic() - started < 8


class Flaky:
    """A camera that is pulled out once and comes back."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._left = 20

    def read(self, timeout_s: float) -> Frame | None:
        self._left -= 1
        if self._left == 0:
            raise CameraError("camera 0 was unplugged. Push its cable in.")
        return self._camera.read(timeout_s)

    def __getattr__(self, name: str) -> object:
        return getattr(self._camera, name)


def test_a_camera_that_is_pulled_out_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows the camera's sentence, and after it is back the poses go on and the sentence goes."""
    monkeypatch.setattr("kiosk.filming.RETRY_S", 2.0)
    app = App(config(tmp_path, camera=CameraConfig(kind="synthetic"), treadmill=TreadmillConfig(view="right")))
    app.camera = Flaky(app.camera)  # type: ignore[assignment]
    app.start()
    try:
        lost = app.wait(lambda v: "unplugged" in v.notice and "no picture" in v.cannot_judge)
        assert lost is not None
        assert lost.pose is None
        back = app.wait(lambda v: v.notice == "" and v.pose is not None and not v.cannot_judge)
        assert back is not None
    finally:
        app.stop()


def test_a_dark_room_is_named_when_nobody_is_seen() -> None:
    """The pipeline says that the picture is too dark, not that nobody stands there."""
    finder = Finder(20)
    finder.series.score[:] = 0.05
    parts = Parts(finder, Log(), AtOnce(), lambda v: None)  # type: ignore[arg-type, return-value]
    pipeline = Pipeline(parts, Config(treadmill=TreadmillConfig(view="right"), session=SessionConfig(guided=False)))
    dark = PICTURE // 20
    pipeline.step(Frame(0.0, dark), [Command.START])
    view = [pipeline.step(Frame(float(t_s) + 0.1, dark)) for t_s in times(14, 10)][-1]
    assert "too dark" in view.cannot_judge
