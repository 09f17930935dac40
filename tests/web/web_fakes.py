"""One view of every screen with the longest real words, and a whole kiosk's worth of web server around it."""

import math
import queue
from dataclasses import replace

import numpy as np

from kiosk.config import WebConfig
from kiosk.domain import Cue, Fault, Frame, MetricValue, Pose, Quality, Side, View
from kiosk.screen import Command, Finding, Gauge, LiveView, State, Summary
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.web import create_app
from kiosk.web.server import Server

JOINTS = [(352, 92), (346, 84), (347, 86), (322, 88), (326, 90), (318, 142), (306, 144), (282, 186), (352, 190), (318, 226), (392, 172)]
JOINTS += [(296, 250), (290, 252), (348, 312), (262, 324), (330, 392), (196, 300)]
POSE = Pose(1.0, np.array(JOINTS, dtype=float), np.full(17, 0.8), 640, 480)
POSE.xy_px[2] = math.nan
POSE.score[2] = 0.0

FAULT = Fault(
    name="trunk",
    metric="thigh_back_deg",
    value=14.2,
    low=19.0,
    high=29.0,
    excess=2.0,
    side=Side.LEFT,
    cue="Tip forward from the ankles",
    grade="A",
    source="Fukuchi 2017",
    drill="Bridge, lunge, step-up",
    may_come_from="May come from swinging the legs mostly in front of you; may lead to landing far ahead.",
)
GAUGE = Gauge("thigh_back_deg", "Thigh swing behind you", "degrees", 14.2, 19.0, 29.0, 5.0, 45.0)
CADENCE = Gauge("cadence_spm", "Cadence", "steps a minute", 171.0, 145.0, 193.0, 120.0, 220.0)

SUMMARY = Summary(
    session_id=7,
    duration_s=754.0,
    strides=1043,
    metrics={
        "cadence_spm": MetricValue(171.2, n=1043, spread=1.2, quality=Quality.GOOD),
        "trunk_lean_deg": MetricValue(6.4, n=1043, spread=0.8, quality=Quality.GOOD),
        "lateral_lean_deg": MetricValue(reason="Only seen from the front or the rear."),
    },
    findings=(
        Finding("Cadence 171 ± 1 steps a minute: within the typical 145 to 193.", "cadence_spm", True, grade="A"),
        Finding(
            "Foot ahead of hip 0.34 ± 0.02 leg lengths: above the typical 0.20 to 0.31 at 10.0 km/h, on the left side only.",
            "overstride_ratio",
            False,
            "Cadence +5 %, standing cycle",
            "May come from slow steps, uneven arms, little hip drive or an upright trunk.",
            "A",
        ),
        Finding(
            "Left-right arm difference 24 ± 2 degrees: above our guide 0 to 20.",
            "arm_swing_deg",
            False,
            "High knees, arms in sync",
            "May come from a twisting trunk or from uneven legs, or the other way round.",
            "D",
        ),
    ),
    cues=("Land closer beneath you",),
    stored_in="/var/lib/kiosk/sessions.db",
)

RUNNING = LiveView(State.RUNNING, 1.0, elapsed_s=754.0, gauge=CADENCE, cadence_spm=171.0, pose=POSE, view=View.LEFT, frames_per_s=28.0)
CUE = replace(RUNNING, cue=Cue(FAULT, FAULT.cue, FAULT.may_come_from, 1.0), gauge=GAUGE)
VIEWS = {
    "idle": LiveView(State.IDLE, 1.0, pose=POSE, view=View.LEFT, notice="No GPIO on this machine: use the page or the keyboard."),
    "countdown": LiveView(State.COUNTDOWN, 1.0, countdown_s=3, pose=POSE, view=View.LEFT),
    "calm": RUNNING,
    "cue": CUE,
    "praise": replace(RUNNING, praise="Well done: left-right arm difference is on track."),
    "judge": replace(
        RUNNING, cannot_judge="Two people are in the picture: only the runner may stand in the treadmill's zone.", cadence_spm=None
    ),
    "summary": LiveView(State.SUMMARY, 1.0, elapsed_s=754.0, summary=SUMMARY, notice="The disk is nearly full: export or delete sessions."),
}
"""Screen name (data-screen of the page) -> a view that asks for it."""


def picture(level: int = 90, height: int = 480) -> Frame:
    """A frame with a soft gradient, so that it is not one colour."""
    ramp = np.linspace(level / 2, level, height, dtype=np.uint8)[:, None, None]
    return Frame(monotonic_s(), np.broadcast_to(ramp, (height, height * 4 // 3, 3)).copy())


class FakeKiosk:
    """Publishes `view` and a picture ten times a second and serves the page, like the real one."""

    def __init__(self, view: LiveView, port: int = 0, **settings: object) -> None:
        self.views: Latest[LiveView] = Latest()
        self.frames: Latest[Frame] = Latest()
        self.commands: queue.Queue[Command] = queue.Queue(8)
        self.show(view)
        config = WebConfig.model_validate({"port": port, **settings})
        app = create_app(self.views, self.frames, self._send, config, Stop())
        self.server = Server(app, config).start()
        self._publisher = Worker("publisher", self._publish).start()

    def show(self, view: LiveView) -> None:
        """Show this view from now on."""
        self.view = view
        self.views.publish(view)

    def pause(self) -> bool:
        """Publish nothing more, but keep serving."""
        return self._publisher.stop()

    def close(self) -> None:
        """End everything; harmless the second time."""
        assert self.pause()
        assert self.server.stop()

    def _send(self, command: Command) -> bool:
        try:
            self.commands.put_nowait(command)
        except queue.Full:
            return False
        return True

    def _publish(self, stop: Stop) -> None:
        while not stop.wait(0.1):
            self.views.publish(self.view)
            self.frames.publish(picture())
