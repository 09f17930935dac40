"""One view of every screen with long real words, in English and in German: what the page must find room for."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from kiosk.domain import Cue, Fault, MetricValue, Pose, Quality, Side, View
from kiosk.screen import (
    Answer,
    Check,
    Finding,
    Focus,
    Gauge,
    Guide,
    LiveView,
    Menu,
    Option,
    SelfTest,
    State,
    Strip,
    Summary,
    Verdict,
)
from kiosk.words import Language, Phrase

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
    cue=Phrase("Tip forward from the ankles"),
    grade="A",
    source="Fukuchi 2017, treadmill, 28 runners",
    drill=Phrase("Bridge, lunge, step-up"),
    may_come_from=Phrase("May come from swinging the legs mostly in front of you; may lead to landing far ahead."),
)
GAUGE = Gauge("thigh_back_deg", Phrase("Thigh swing behind you"), Phrase("degrees"), 14.2, 19.0, 29.0, 5.0, 45.0)
CADENCE = Gauge("cadence_spm", Phrase("Cadence"), Phrase("steps a minute"), 171.0, 145.0, 193.0, 120.0, 220.0)
STRIP = Strip(
    "thigh_back_deg",
    (*(round(17 + 6 * math.sin(i / 6), 1) for i in range(40)), None, None, *(round(21 + i / 4, 1) for i in range(18))),
    (*(False,) * 12, *(True,) * 15, *(False,) * 20, *(True,) * 8, *(False,) * 5),
)

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
        Finding(Phrase("Cadence 171 ± 1 steps a minute: within the typical 145 to 193."), "cadence_spm", True, grade="A"),
        Finding(
            Phrase("Foot ahead of hip 0.34 ± 0.02 leg lengths: above the typical 0.20 to 0.31 at 10.0 km/h, on the left side only."),
            "overstride_ratio",
            False,
            Phrase("Cadence +5 %, standing cycle"),
            Phrase("May come from slow steps, uneven arms, little hip drive or an upright trunk."),
            "A",
        ),
        Finding(
            Phrase("Left-right arm difference 24 ± 2 degrees: above our guide 0 to 20."),
            "arm_swing_deg",
            False,
            Phrase("High knees, arms in sync"),
            Phrase("May come from a twisting trunk or from uneven legs, or the other way round."),
            "D",
        ),
    ),
    cues=(Phrase("Land closer beneath you"),),
    stored_in="/var/lib/kiosk/sessions.db",
)

RUNNING = LiveView(
    State.RUNNING, frame_t_s=1.0, elapsed_s=754.0, gauge=CADENCE, cadence_spm=171.0, pose=POSE, view=View.LEFT, frames_per_s=28.0
)
CUE = replace(RUNNING, cue=Cue(FAULT, FAULT.cue, FAULT.may_come_from, 1.0), gauge=GAUGE, strip=STRIP, can_test=True)

Words = Callable[[str, str], Phrase]


def views(language: Language) -> dict[str, LiveView]:
    """Name of a picture of the page -> a view that asks for it; the part before a "-" is the page's `data-screen`."""
    german = language is Language.DE

    def w(english: str, other: str) -> Phrase:
        return Phrase(other if german else english)

    found = {**_before(w), **_running(w)}
    return {name: replace(view, language=language) for name, view in found.items()}


def _before(w: Words) -> dict[str, LiveView]:
    there = LiveView(State.IDLE, frame_t_s=1.0, pose=POSE, view=View.LEFT)
    back = Check(False, "step_back", w("Step back", "Geh einen Schritt zurück"), w(*CUT_OFF))
    well = Check(True, "", w("All in the picture", "Alles ist im Bild"), left_s=2)
    notice = w("No GPIO on this machine: use the page or the keyboard.", "Kein GPIO an diesem Rechner: nimm die Seite oder die Tastatur.")
    return {
        "idle": replace(there, notice=notice),
        "idle-empty": replace(there, pose=None),
        "broken": LiveView(State.IDLE, frame_t_s=1.0, cannot_judge=w(*NO_PICTURE), notice=w(*STALLED), fault=True),
        "check": replace(there, state=State.CHECK, check=back),
        "check-well": replace(there, state=State.CHECK, check=well),
        "menu-focus": replace(there, state=State.CHOOSE, menu=focus_menu(w)),
        "menu-focus-notice": replace(there, state=State.CHOOSE, menu=focus_menu(w), notice=notice),
        "menu-code": replace(there, state=State.CODE, menu=code_menu(w), notice=notice),
        "menu-where": replace(there, state=State.ASK, menu=where_menu(w), notice=notice),
        "menu-shutdown": replace(there, state=State.SHUTDOWN, menu=shutdown_menu(w), notice=notice),
        "setup-position": replace(there, state=State.SETUP, menu=setup_menu(w, 2), guide=SETUP),
        "setup-zone": replace(there, state=State.SETUP, menu=setup_menu(w, 7), guide=replace(SETUP, **ZONE)),
        "countdown": replace(there, state=State.COUNTDOWN, countdown_s=3),
        "off": LiveView(State.OFF),
    }


NO_PICTURE = ("The camera gives no picture.", "Die Kamera liefert kein Bild.")
STALLED = (
    "camera 0 (imx708): gave no frame for 5.0 s; it was unplugged or hangs. Check the ribbon cable (power off first) and run: rpicam-hello "
    "--list-cameras",
    "camera 0 (imx708): seit 5,0 s kein Bild; sie ist abgezogen oder hängt. Prüf das Flachbandkabel (vorher ausschalten) und starte: "
    "rpicam-hello --list-cameras",
)
CUT_OFF = ("Head and feet are cut off: move the camera further away.", "Kopf und Füße sind abgeschnitten: stell die Kamera weiter weg.")
CAUSE = (
    "May come from swinging the legs mostly in front of you; may lead to landing far ahead.",
    "Kommt vielleicht davon, dass die Beine vor allem vor dir schwingen; führt vielleicht zum Aufsetzen weit vorn.",
)


def focus_menu(w: Words) -> Menu:
    """The longest menu: ten choices and one line of news."""
    options = (
        Option("surprise", w("Surprise me", "Überrasch mich"), w("What the station finds first.", "Was die Station zuerst findet.")),
        Option("land", w("Land under you", "Unter dir aufsetzen"), w("3 min this time", "Diesmal 3 min")),
        Option("arms", w("Both arms alike", "Beide Arme gleich"), w("1 min this time", "Diesmal 1 min")),
        Option("drive", w("Hip drive", "Kräftiger Hüftabdruck"), w("1 min this time", "Diesmal 1 min")),
        Option("lean", w("Lean from the ankles", "Neige aus den Knöcheln"), w("1 min this time", "Diesmal 1 min")),
        Option("cadence", w("Quicker, lighter steps", "Schnellere, leichtere Schritte"), w("2 min this time", "Diesmal 2 min")),
        Option("code", w("I have a code", "Ich habe einen Code")),
        Option("metronome", w("Metronome", "Metronom"), on=True),
        Option("voice", w("Spoken cues", "Gesprochene Hinweise"), on=False),
        Option("cancel", w("Cancel", "Abbrechen")),
    )
    unknown = w(
        "This code is not known here. Look at its digits again.", "Diesen Code gibt es hier nicht. Schau noch einmal auf die Ziffern."
    )
    return Menu("focus", w("What do you want to work on?", "Woran möchtest du arbeiten?"), options, marked=1, more=unknown)


def code_menu(w: Words) -> Menu:
    """A keypad."""
    digits = tuple(Option(digit, Phrase(digit)) for digit in "1234567890")
    more = (Option("delete", w("Delete", "Löschen")), Option("back", w("Back", "Zurück")))
    return Menu("code", w("Your code", "Dein Code"), digits + more, marked=4, typed="40713")


def where_menu(w: Words) -> Menu:
    """Six plain choices."""
    places = {
        "nothing": ("Nothing", "Nichts"),
        "thigh_sole": ("Front thigh or sole", "Vorderer Oberschenkel oder Fußsohle"),
        "hip": ("Front of the hip", "Vordere Hüfte"),
        "shin_knee": ("Shin or kneecap", "Schienbein oder Kniescheibe"),
        "low_back": ("Low back", "Unterer Rücken"),
        "neck": ("Neck", "Nacken"),
    }
    options = tuple(Option(key, w(*words)) for key, words in places.items())
    return Menu("sore_where", w("Is anything sore?", "Tut etwas weh?"), options)


def shutdown_menu(w: Words) -> Menu:
    """Two choices."""
    options = (Option("no", w("No, go on", "Nein, weiter")), Option("yes", w("Yes, switch off", "Ja, ausschalten")))
    more = w("What was measured is kept.", "Was gemessen wurde, bleibt erhalten.")
    return Menu("shutdown", w("Switch the station off?", "Station wirklich ausschalten?"), options, more=more)


SETUP = Guide("position", 1, 5, sign="turn_counter", frame=(0.15, 0.06, 0.85, 0.94), width=640, height=480)
ZONE: dict[str, Any] = {"step": "zone", "number": 2, "sign": None, "frame": None, "zone": (0.24, 0.07, 0.78, 0.87), "adjustable": True}


def setup_menu(w: Words, n: int) -> Menu:
    """The guide for the camera: a drawing with two choices, or a zone with seven."""
    options = (
        Option("next", w("Go on anyway", "Trotzdem weiter")),
        Option("wider", w("Wider", "Breiter")),
        Option("narrower", w("Narrower", "Schmaler")),
        Option("left", w("To the left", "Nach links")),
        Option("right", w("To the right", "Nach rechts")),
        Option("again", w("Look again", "Noch einmal schauen")),
        Option("quit", w("Cancel", "Abbrechen"), w("Nothing is changed.", "Nichts wird geändert.")),
    )
    more = w("Arms and feet too. Drag the corners, or use the choices.", "Auch Arme und Füße. Zieh die Ecken oder nimm die Tasten.")
    question = w("Turn it counter-clockwise", "Gegen den Uhrzeigersinn drehen")
    return Menu("setup", question, options if n == len(options) else (options[0], options[-1]), marked=1, more=more)


def _running(w: Words) -> dict[str, LiveView]:
    cause = w(*CAUSE)
    cue = Cue(FAULT, w("Tip forward from the ankles", "Kipp aus den Knöcheln vor"), cause, 1.0)
    far = replace(FAULT, metric="overstride_ratio", value=0.34, low=0.2, high=0.31)
    long = replace(cue, fault=far, text=w("Let the ground come closer underneath", "Setz deine Füße näher unter dir"))
    gauge = replace(GAUGE, label=w("Thigh swing behind you", "Oberschenkel hinter dir"), unit=w("degrees", "Grad"))
    cadence = replace(CADENCE, label=w("Cadence", "Schrittfrequenz"), unit=w("steps a minute", "Schritte pro Minute"))
    ratio = replace(
        gauge,
        metric="overstride_ratio",
        label=w("Foot ahead of hip", "Fuß vor der Hüfte"),
        value=0.34,
        low=0.2,
        high=0.31,
        minimum=0.1,
        maximum=0.5,
        decimals=2,
        unit=w("leg lengths", "Beinlängen"),
    )
    running = replace(RUNNING, gauge=cadence)
    cued = replace(running, cue=cue, gauge=gauge, strip=STRIP, can_test=True)
    focus = Focus(w("Lean from the ankles", "Neige aus den Knöcheln"), 3, 140, silent=False, block_left_s=20)
    two = w(
        "Two people are in the picture: only the runner may stand in the treadmill's zone.",
        "Zwei Menschen sind im Bild: nur wer läuft, darf im Bereich des Laufbands stehen.",
    )
    usual = w(
        "A few more steps a minute at the same speed. Nothing else.", "Ein paar Schritte mehr pro Minute, gleiches Tempo. Sonst nichts."
    )
    test = SelfTest(w("Only take quicker steps", "Mach nur schnellere Schritte"), usual, 2, 14)
    said = w(
        "When your cadence rose from 158 to 167, your foot landed 0.05 leg lengths closer. In you one moves the other.",
        "Als deine Schrittfrequenz von 158 auf 167 stieg, setzte dein Fuß 0,05 Beinlängen näher auf. Bei dir bewegt das eine das andere.",
    )
    verdict = replace(test, part=3, left_s=0, verdict=Verdict(Answer.CONFIRMED, said, "cadence_spm", "overstride_ratio"))
    return {
        "cue": replace(cued, focus=focus),
        "cue-long": replace(cued, cue=long, gauge=ratio, strip=None, focus=focus),
        "praise": replace(
            running,
            praise=w("Well done: arms are level now", "Gut so: die Arme sind jetzt gleich"),
            strip=replace(STRIP, metric="cadence_spm"),
        ),
        "calm": running,
        "silent": replace(running, gauge=None, focus=replace(focus, silent=True)),
        "judge": replace(running, cannot_judge=two, cadence_spm=None),
        "bout": replace(running, gauge=None, focus=None, cadence_spm=None, bout_left_s=42),
        "measured": LiveView(State.MEASURED, frame_t_s=1.0),
        "test": replace(running, test=test),
        "test-verdict": replace(running, test=verdict),
    }


AFTER = LiveView(
    State.SUMMARY, frame_t_s=1.0, elapsed_s=754.0, summary=SUMMARY, notice="The disk is nearly full: export or delete sessions."
)

VIEWS = {name: view for name, view in {**views(Language.EN), "summary": AFTER}.items() if "-" not in name}
"""`data-screen` of the page -> an English view that asks for it."""
