"""Views of the screens after a run: a stride made of numbers, the longest real words, and what home serves beside the page."""

from dataclasses import replace

import numpy as np
import segno
from flask import Response
from web_fakes import FakeKiosk

from kiosk.domain import MetricValue, Moment, Quality, Side, TypicalStride, View
from kiosk.screen import Answer, Finding, FormScore, LiveView, State, Summary, Verdict
from kiosk.web.qr import fitting_text, svg
from kiosk.words import Language, Phrase
from runner import LEG_PX, make_runner

PHASES = 60
CADENCE_SPM = 165.0
DUTY = 0.35
"""Part of the stride that a foot of the made runner is on the belt."""


def made_stride(view: View = View.LEFT) -> TypicalStride:
    """One stride of the made runner, seen from the view; the far wrist is not known."""
    seconds = 120.0 / CADENCE_SPM
    series = make_runner(np.arange(PHASES) / PHASES * seconds, CADENCE_SPM, facing=-1 if view is View.LEFT else 1, duty=DUTY)
    xy = (series.xy_px - series.xy_px[:, [11, 12]].mean(axis=1, keepdims=True)) / LEG_PX
    if view.is_side:
        xy[:, 10 if view is View.LEFT else 9] = np.nan
    else:
        xy[..., 0] = 0.15 * xy[..., 0] + np.where(np.arange(17) % 2, -0.12, 0.12)  # a narrow runner: not human, but every line is seen
    toe_off = {Side.LEFT: DUTY, Side.RIGHT: 0.5 + DUTY}
    return TypicalStride(view, xy, seconds, {Side.LEFT: 0.0, Side.RIGHT: 0.5}, toe_off, 412)


GOOD = Finding(
    Phrase("Cadence 171 ± 1 steps a minute: typical for this speed."),
    "cadence_spm",
    True,
    grade="A",
    label=Phrase("Cadence"),
    unit=Phrase("steps a minute"),
    value=171.2,
    spread=1.2,
    low=145.0,
    high=193.0,
    why=Phrase("Quick, light steps may spare the knees."),
    source="Fukuchi 2017, our analysis; Heiderscheit 2011",
)
OVERSTRIDE = Finding(
    Phrase("Foot ahead of hip 0.34 ± 0.02 leg lengths: above the typical 0.20 to 0.31 for this speed, on the left side only."),
    "overstride_ratio",
    False,
    Phrase("Cadence +5 %, standing cycle"),
    Phrase("May come from slow steps, uneven arms, little hip drive or an upright trunk."),
    "A",
    label=Phrase("Foot ahead of hip"),
    unit=Phrase("leg lengths"),
    value=0.342,
    spread=0.021,
    low=0.195,
    high=0.305,
    decimals=2,
    side=Side.LEFT,
    why=Phrase("A foot that lands far ahead brakes every step."),
    source="Fukuchi 2017, our analysis; direction: Lieberman 2015, Souza 2016",
    change=Phrase("Last time 0.38: closer by more than noise."),
    moment=Moment.CONTACT,
    marks=((11, 13), (13, 15)),
)
LEAN = Finding(
    Phrase("Forward lean -1.4 ± 0.8 degrees: below the typical 0 to 12."),
    "trunk_lean_deg",
    False,
    Phrase("Fall to run"),
    Phrase("May come from looking down; may go with sore thighs."),
    "B",
    label=Phrase("Forward lean"),
    unit=Phrase("degrees"),
    value=-1.4,
    spread=0.8,
    low=0.0,
    high=12.0,
    decimals=1,
    why=Phrase("Leaning from the ankles lets the hips stay above the foot."),
    source="Teng & Powers 2014: 7.3 ± 3.6 degrees",
    moment=Moment.WHOLE,
    marks=((5, 11), (6, 12)),
)
LINES = (
    "Treadside: your run of 12:34, 1043 strides.",
    "+ Cadence 171 ± 1 steps a minute: typical for this speed.",
    "- Foot ahead of hip 0.34 ± 0.02 leg lengths: above the typical 0.20 to 0.31. Drill: cadence +5 %, standing cycle.",
    "- Forward lean -1.4 ± 0.8 degrees: below the typical 0 to 12. Drill: fall to run.",
    "Next time: land closer, 4 minutes of focus. Your code: 482 913",
    "Stop if it hurts. Ask a professional. Not medical advice.",
)
SUMMARY = Summary(
    session_id=7,
    duration_s=754.0,
    strides=1043,
    metrics={"cadence_spm": MetricValue(171.2, n=1043, spread=1.2, quality=Quality.GOOD)},
    findings=(GOOD, OVERSTRIDE, LEAN),
    cues=(Phrase("Land closer beneath you"),),
    stored_in="/var/lib/kiosk/sessions.db",
    reason_ended=Phrase("You stepped off the belt."),
    stride=made_stride(),
    score=FormScore(0.82, 0.64, Phrase("Your form held in part while the screen was quiet.")),
    verdicts=(
        Verdict(
            Answer.CONFIRMED,
            Phrase("Calmer arms (52 to 40 degrees), and your foot landed closer: 0.34 to 0.29 leg lengths."),
            "arm_swing_deg",
            "overstride_ratio",
        ),
    ),
    drift=(Phrase("Forward lean fell by 2.1 degrees between the first and the last fifth of the run."),),
    next_time=Phrase("Land closer, with 4 minutes of focus."),
    drill=Phrase("Standing cycle: 2 x 10 on each leg"),
    advice=Phrase("Sore shins for days: run easy, and ask a professional if it does not get better."),
    code="482913",
    take_home=tuple(Phrase(line) for line in LINES),
)


def viewed(screen: str, summary: Summary = SUMMARY, language: Language = Language.EN) -> LiveView:
    """The view of one of the screens "summary", "replay", "take_home"."""
    return LiveView(State(screen), language, elapsed_s=summary.duration_s, summary=summary)


REFUSED = replace(
    SUMMARY,
    findings=(),
    metrics={},
    stride=None,
    score=None,
    verdicts=(),
    drift=(),
    take_home=(),
    code="",
    drill=Phrase(""),
    advice=Phrase(""),
    refusal=Phrase("Two people are in the picture: only the runner may stand in the treadmill's zone."),
)
GERMAN = replace(
    SUMMARY,
    reason_ended=Phrase("Du bist vom Laufband gestiegen."),
    findings=(
        replace(
            GOOD,
            text=Phrase("Schrittfrequenz 171 ± 1 Schritte pro Minute: üblich bei diesem Tempo."),
            label=Phrase("Schrittfrequenz"),
            unit=Phrase("Schritte/min"),
            why=Phrase("Kurze, leichte Schritte können die Knie schonen."),
        ),
        replace(
            OVERSTRIDE,
            text=Phrase("Fuß vor der Hüfte 0,34 ± 0,02 Beinlängen: über den üblichen 0,20 bis 0,31 bei diesem Tempo, nur links."),
            drill=Phrase("Schrittfrequenz +5 %, Kreisen im Stand"),
            may_come_from=Phrase("Kann von langsamen Schritten, ungleichen Armen oder einem zu aufrechten Rumpf kommen."),
            label=Phrase("Fuß vor der Hüfte"),
            unit=Phrase("Beinlängen"),
            why=Phrase("Ein Fuß, der weit vorn aufsetzt, bremst jeden Schritt."),
            change=Phrase("Letztes Mal 0,38: näher, mehr als Messrauschen."),
        ),
        replace(
            LEAN,
            metric="thigh_back_deg",
            text=Phrase("Oberschenkelschwung nach hinten -1,4 ± 0,8 Grad: unter den üblichen 0 bis 12."),
            drill=Phrase("Brücke, Ausfallschritt, Stufensteigen"),
            may_come_from=Phrase("Kann davon kommen, dass die Beine vor allem vorn schwingen."),
            label=Phrase("Oberschenkelschwung nach hinten"),
            unit=Phrase("Grad"),
            why=Phrase("Der Schwung nach hinten schiebt dich voran."),
            moment=Moment.TOE_OFF,
            marks=((11, 13), (12, 14)),
        ),
    ),
    score=FormScore(0.82, 0.64, Phrase("Deine Form hielt zum Teil, während der Bildschirm still war.")),
    verdicts=(
        replace(
            SUMMARY.verdicts[0],
            text=Phrase("Ruhigere Arme (52 auf 40 Grad), und dein Fuß landete näher: 0,34 auf 0,29 Beinlängen."),
        ),
    ),
    drift=(Phrase("Die Vorlage sank um 2,1 Grad vom ersten zum letzten Fünftel des Laufs."),),
    next_time=Phrase("Näher landen, mit 4 Minuten Fokus."),
    drill=Phrase("Kreisen im Stand: 2 x 10 je Bein"),
    advice=Phrase("Schienbeine seit Tagen gereizt: Lauf locker und frag eine Fachperson, wenn es nicht besser wird."),
)
"""The same in German, with words as long as they get."""

BARE = Finding("Arms 42 degrees: inside our guide; opinions differ.", "arm_swing_deg", True)
"""A finding of the least that a finding can be."""


class SummaryKiosk(FakeKiosk):
    """The fake kiosk, in a network of its own: its second code leads to a report."""

    modules = segno.make(fitting_text(SUMMARY.take_home, Language.EN), error="l", encoding="utf-8", eci=False).symbol_size(border=4)[0]
    """Width of the summary's code with its quiet edge, modules."""

    def __init__(self, view: LiveView) -> None:
        super().__init__(view)
        drawing = svg("http://192.168.1.7:8080/report/Zk3vX9aQ2pLw8dRtZk3vX9")
        self.server._app.view_functions["take_home.link"] = lambda: Response(drawing, mimetype="image/svg+xml")
