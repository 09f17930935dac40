"""The screens after the run in a real browser: what a tired runner reads, and what a physiotherapist would check."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from measures import FAINT, MISPLACED, SMALL_BUTTONS, SMALL_WORDS
from page_screen import SIZES, SMALL_SIZES, Screen
from selenium import webdriver
from selenium.webdriver.common.by import By
from summary_fakes import BARE, GERMAN, GOOD, LEAN, OVERSTRIDE, REFUSED, SUMMARY, SummaryKiosk, made_stride, viewed

from chromium import needs_chromium
from kiosk.domain import FloatArray, Side, View
from kiosk.screen import FormScore, Summary
from kiosk.words import NOTHING, Language, Phrase

pytestmark = needs_chromium

SCREENS = ("summary", "replay", "take_home")
AMBER, BLUE = (255, 194, 71), (143, 208, 255)
TEXTS = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility()).map((e) => e.textContent)"
"""Words of the elements that are seen."""


@pytest.fixture(scope="module")
def page(driver: webdriver.Chrome) -> Iterator[Screen]:
    """One page for all tests of this file."""
    kiosk = SummaryKiosk(viewed("summary"))
    yield Screen(driver, kiosk)
    driver.get("about:blank")
    kiosk.close()


@pytest.fixture
def screen(page: Screen) -> Iterator[Screen]:
    """The page at the size of the kiosk's own screen, with movement."""
    page.resize(800, 480)
    motion(page, "no-preference")
    page.errors()
    yield page
    motion(page, "no-preference")


def motion(screen: Screen, wish: str) -> None:
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": wish}]})


def show(screen: Screen, name: str, summary: Summary = SUMMARY, language: Language = Language.EN) -> None:
    """Show it after another screen, so that what is seen is new."""
    other = "replay" if name == "take_home" else "take_home"
    screen.show_view(other, viewed(other, REFUSED))
    screen.show_view(name, viewed(name, summary, language))


def texts(screen: Screen, selector: str) -> list[str]:
    found: list[str] = screen.run(TEXTS, selector)
    return found


def boxes(screen: Screen, selector: str) -> list[dict[str, float]]:
    """Places of the elements, pixels of the screen."""
    script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.getBoundingClientRect().toJSON())"
    found: list[dict[str, float]] = screen.run(script, selector)
    return found


def shot(screen: Screen) -> FloatArray:
    """The screen as it is painted, (height, width, 3) red, green, blue."""
    png = np.frombuffer(screen.driver.get_screenshot_as_png(), np.uint8)
    return np.asarray(cv2.imdecode(png, cv2.IMREAD_COLOR)[..., ::-1], dtype=float)


def painted_near(picture: FloatArray, x: float, y: float, color: tuple[int, int, int], within_px: int = 3) -> bool:
    """A pixel of the colour stands at the place."""
    around = picture[round(y) - within_px : round(y) + within_px + 1, round(x) - within_px : round(x) + within_px + 1]
    return bool((np.abs(around - color).max(axis=2) < 12).any())


def on_screen(screen: Screen, selector: str, x: float, y: float) -> tuple[float, float]:
    """Where a point of a figure (leg lengths from mid-hip) stands on the screen."""
    script = """
    const svg = document.querySelector(arguments[0]);
    const point = new DOMPoint(100 * arguments[1], 100 * arguments[2]).matrixTransform(svg.getScreenCTM());
    return [point.x, point.y];
    """
    a, b = screen.run(script, selector, float(x), float(y))
    return a, b


# ---- all screens ----


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_and_is_readable(screen: Screen, name: str, language: Language, width: int, height: int) -> None:
    """No scrolling, nothing cut or overlapping, 7:1 contrast, letters of 3.5 %, buttons for fingers, nothing for axe, a quiet console."""
    screen.resize(width, height)
    show(screen, name, GERMAN if language is Language.DE else SUMMARY, language)
    screen.until(lambda: screen.run(MISPLACED) == [], f"nothing misplaced, but {screen.run(MISPLACED)}")
    screen.picture(f"after_{name}_{language}_{width}x{height}")
    assert screen.run(FAINT) == []
    assert screen.run(SMALL_WORDS) == []
    assert screen.run(SMALL_BUTTONS) == []
    assert screen.violations() == []
    assert screen.errors() == []


@pytest.mark.parametrize("name", SCREENS)
def test_a_refused_run_says_why_and_claims_nothing(screen: Screen, name: str) -> None:
    """One plain card with the reason, no replay, no code; nothing is cut and axe is content."""
    show(screen, name, REFUSED)
    reason = "No verdict: Two people are in the picture: only the runner may stand in the treadmill's zone."
    assert (reason in screen.visible_words()) is (name == "summary")
    assert ("No replay" in screen.visible_words()) is (name == "replay")
    assert (screen.run("return document.querySelectorAll('.figure, .qr').length"), screen.run(MISPLACED), screen.errors()) == (0, [], [])
    assert screen.violations() == []


def test_all_words_are_german_in_german(screen: Screen) -> None:
    """Band, evidence, drill, moments, legend, code and numbers with a comma."""
    show(screen, "summary", GERMAN, Language.DE)
    assert [
        word
        for word in ("0,34", "± 0,02", "über dem Üblichen 0,20 bis 0,31", "Beleg A", "Daran arbeiten")
        if word not in screen.visible_words()
    ] == []
    show(screen, "replay", GERMAN, Language.DE)
    assert [word for word in ("Linker Fuß", "Durchgezogen", "Ohne Hinweise", "Selbsttest") if word not in screen.visible_words()] == []
    show(screen, "take_home", GERMAN, Language.DE)
    assert [word for word in ("Dein Code", "Nächstes Mal", "Kein medizinischer Rat.") if word not in screen.visible_words()] == []


# ---- what was found ----


def test_cards_stand_in_the_given_order_good_first(screen: Screen) -> None:
    """Three findings are three cards with their kind in words, from top to bottom."""
    show(screen, "summary")
    tops = [box["top"] for box in boxes(screen, ".card")]
    assert (texts(screen, ".card .mark"), texts(screen, ".card .label")) == (
        ["Good", "Work on", "Work on"],
        ["Cadence", "Foot ahead of hip", "Forward lean"],
    )
    assert tops == sorted(tops)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_card_says_number_band_side_why_and_drill(screen: Screen, width: int, height: int) -> None:
    """0.342 ± 0.021 with two decimals is 0.34 ± 0.02, above typical 0.20 to 0.31 on the left; at every size all of it is seen."""
    screen.resize(width, height)
    show(screen, "summary")
    screen.until(lambda: texts(screen, ".card:nth-child(2) .change"), "the line about last time")
    card = texts(screen, ".card:nth-child(2) :is(.value, .where, .why, .change, .drill, .grade)")
    assert card == [
        "0.34 ± 0.02 leg lengths",
        "above typical 0.20 to 0.31",
        "left side",
        "Evidence A",
        "A foot that lands far ahead brakes every step.",
        "Last time 0.38: closer by more than noise.",
        "Drill: Cadence +5 %, standing cycle",
    ]
    assert "You stepped off the belt." in screen.visible_words()


def test_change_is_told_only_when_it_is_given(screen: Screen) -> None:
    """Without a change there is no line about last time."""
    show(screen, "summary", replace(SUMMARY, findings=(GOOD, replace(OVERSTRIDE, change=NOTHING))))
    assert texts(screen, ".change") == []


@pytest.mark.parametrize(
    ("grade", "words"), [("C", "above our guide 0.20 to 0.31"), ("D", "above our guide 0.20 to 0.31"), ("B", "above typical 0.20 to 0.31")]
)
def test_bands_of_our_own_choice_are_not_called_typical(screen: Screen, grade: str, words: str) -> None:
    """Grades C and D are guides."""
    show(screen, "summary", replace(SUMMARY, findings=(replace(OVERSTRIDE, grade=grade, side=None),)))
    assert texts(screen, ".where") == [words]


def test_the_pointer_stands_where_the_value_is(screen: Screen) -> None:
    """The pointer is above the band's upper end by (0.342 - 0.305) / (0.305 - 0.195) of the band's width."""
    show(screen, "summary")
    band, pointer = (boxes(screen, f".card:nth-child(2) .{name}")[0] for name in ("band", "pointer"))
    part = ((pointer["left"] + pointer["right"]) / 2 - band["right"]) / (band["right"] - band["left"])
    assert part == pytest.approx((0.342 - 0.305) / (0.305 - 0.195), abs=0.04)


def test_a_tap_shows_one_card_with_its_source_and_another_shows_all(screen: Screen) -> None:
    """What it may come from, what the grade means and the source come on demand and fit."""
    show(screen, "summary")
    assert texts(screen, ".fact") == []
    screen.driver.find_elements(By.CSS_SELECTOR, ".card")[1].click()
    words = screen.visible_words()
    assert [
        part
        for part in ("May come from slow steps", "Evidence A: measured. Source: Fukuchi 2017", "above typical 0.20 to 0.31")
        if part not in words
    ] == []
    assert (texts(screen, ".card .label"), texts(screen, ".caption")) == (["Foot ahead of hip"], ["Landing"])
    assert (screen.run(MISPLACED), screen.run(SMALL_WORDS), screen.run(FAINT), screen.violations()) == ([], [], [], [])
    screen.picture("after_summary_open")
    screen.driver.find_elements(By.CSS_SELECTOR, ".card")[1].click()
    assert len(texts(screen, ".card .label")) == 3


@pytest.mark.parametrize(("view", "facing"), [(View.LEFT, -1), (View.RIGHT, 1)])
def test_the_figure_shows_the_moment_and_marks_its_lines(screen: Screen, view: View, facing: int) -> None:
    """At the left foot's contact the marked thigh and shank are painted amber from hip to foot, ahead as the camera saw it."""
    stride = made_stride(view)
    screen.resize(1920, 1080)
    show(screen, "summary", replace(SUMMARY, stride=stride))
    hip, knee, ankle = (stride.xy[0, joint] for joint in (11, 13, 15))
    assert np.sign(ankle[0]) == facing
    picture = shot(screen)
    for middle in ((hip + knee) / 2, (knee + ankle) / 2):
        assert painted_near(picture, *on_screen(screen, ".card:nth-child(2) .figure", *middle), AMBER)
    assert not painted_near(picture, *on_screen(screen, ".card:nth-child(2) .figure", -facing * 0.25, 0.5), AMBER)


def test_the_band_is_drawn_where_the_foot_should_land(screen: Screen) -> None:
    """0.195 to 0.305 leg lengths ahead of the hip, to the left for a runner who faces left."""
    show(screen, "summary")
    zone = boxes(screen, ".card:nth-child(2) rect.zone")[0]
    left, right = (on_screen(screen, ".card:nth-child(2) .figure", -ahead, 0)[0] for ahead in (0.305, 0.195))
    assert (zone["left"], zone["right"]) == pytest.approx((left, right), abs=1.5)


def test_at_one_foots_moment_the_other_leg_is_not_marked(screen: Screen) -> None:
    """Both sides are out: the picture shows the near leg's landing, so only the near leg is marked."""
    both = replace(OVERSTRIDE, side=None, marks=((11, 13), (13, 15), (12, 14), (14, 16)))
    show(screen, "summary", replace(SUMMARY, findings=(both,)))
    assert screen.run("return document.querySelectorAll('.marked').length") == 2


def test_without_a_stride_there_is_no_figure(screen: Screen) -> None:
    """The numbers stay; nothing is drawn that was not seen. A finding of words alone is told in words."""
    show(screen, "summary", replace(SUMMARY, stride=None, findings=(GOOD, BARE)))
    assert (screen.run("return document.querySelectorAll('.figure').length"), screen.run(MISPLACED)) == (0, [])
    assert "Arms 42 degrees: inside our guide; opinions differ." in screen.visible_words()


# ---- slow motion ----

PATHS = """
const paths = (svg) => [...svg.querySelectorAll("path")].map((path) => path.getAttribute("d")).join(" ");
return [...document.querySelectorAll(".mover")].map(paths);
"""


def figures(screen: Screen) -> Any:
    return screen.run(PATHS)


def test_the_replay_moves_and_a_tap_holds_it(screen: Screen) -> None:
    """Both figures move by themselves; after a tap they stand; after another they go on."""
    show(screen, "replay")
    first = figures(screen)
    screen.until(lambda: all(a != b for a, b in zip(first, figures(screen), strict=True)), "both figures to move")
    film = screen.driver.find_element(By.CSS_SELECTOR, ".film")
    film.click()
    held = figures(screen)
    drawn = "return new Promise((done) => setTimeout(() => requestAnimationFrame(() => done(true)), 200))"
    assert screen.run(drawn)
    assert figures(screen) == held
    assert "Paused" in screen.visible_words()
    film.click()
    screen.until(lambda: figures(screen) != held, "the film to go on")


def test_left_and_right_start_at_their_own_landing(screen: Screen) -> None:
    """Half a stride apart: the made runner's legs do the same, so the left figure's left leg is the right figure's right leg."""
    show(screen, "replay")
    screen.driver.find_element(By.CSS_SELECTOR, ".film").click()
    near, far = screen.run("""
        const ends = (svg, name) => [...svg.querySelectorAll(`path.${name}`)].at(-1).getAttribute("d").split(/[ML]/).slice(1);
        const [left, right] = document.querySelectorAll(".mover");
        return [ends(left, "near"), ends(right, "far")];
    """)
    points = np.array([[float(number) for number in end.split()] for end in (*near, *far)])
    assert points[:2] == pytest.approx(points[2:], abs=1.5)
    screen.driver.find_element(By.CSS_SELECTOR, ".film").click()


def test_sides_differ_by_more_than_colour(screen: Screen) -> None:
    """The near leg is solid and thick, the far leg dashed and thin."""
    show(screen, "replay")
    style = """
    const style = getComputedStyle(document.querySelector(`.mover .${arguments[0]}`));
    return [style.strokeDasharray, parseFloat(style.strokeWidth)];
    """
    (near_dash, near_width), (far_dash, far_width) = screen.run(style, "near"), screen.run(style, "far")
    assert (near_dash, far_dash != "none", near_width > far_width) == ("none", True, True)


def test_with_reduced_motion_moments_stand_side_by_side(screen: Screen) -> None:
    """Six still figures: landing, midstance and toe off of both feet; none moves, nothing is cut, axe is content."""
    motion(screen, "reduce")
    show(screen, "replay")
    assert texts(screen, ".stills figcaption") == ["Landing", "Midstance", "Toe off"] * 2
    held = figures(screen)
    assert screen.run("return new Promise((done) => setTimeout(() => requestAnimationFrame(() => done(true)), 200))")
    assert (figures(screen) == held, len(held), len(set(held))) == (True, 6, 6)
    assert (screen.run(MISPLACED), screen.run(SMALL_WORDS), screen.violations()) == ([], [], [])
    screen.picture("after_replay_still")


def test_one_foot_without_events_leaves_one_figure(screen: Screen) -> None:
    """Only the foot whose landing is known is shown."""
    stride = made_stride()
    show(screen, "replay", replace(SUMMARY, stride=replace(stride, contact={Side.LEFT: 0.0}, toe_off={Side.LEFT: 0.35})))
    assert texts(screen, ".side-name") == ["Left footLanding"]


def test_a_view_from_the_front_names_sides_not_near_and_far(screen: Screen) -> None:
    """From the front no side is nearer."""
    show(screen, "replay", replace(SUMMARY, stride=made_stride(View.FRONT)))
    assert "Solid: your left. Dashed: your right." in screen.visible_words()
    assert texts(screen, ".mover:first-child .foot-name, .runner:first-child .foot-name") == ["L", "R"]
    screen.picture("after_replay_front")


def test_a_runner_seen_from_behind_has_no_face(screen: Screen) -> None:
    """The line to the nose is drawn from the front only; each figure's name says its moment."""
    lines = {}
    for view in (View.FRONT, View.REAR):
        show(screen, "replay", replace(SUMMARY, stride=made_stride(view)))
        lines[view] = screen.run("return document.querySelector('.mover').querySelectorAll('.middle').length")
        screen.picture(f"after_replay_{view}")
    assert lines[View.FRONT] - lines[View.REAR] == 1
    assert screen.run("return document.querySelector('.mover').getAttribute('aria-label')").startswith("Left foot: ")


def test_form_with_and_without_feedback_are_two_bars(screen: Screen) -> None:
    """82 % and 64 % of the bar's width, in two patterns; an unknown share says so."""
    show(screen, "replay")
    bars = zip(boxes(screen, ".fill"), boxes(screen, ".share .track"), strict=True)
    shares = [fill["width"] / (track["width"] - 4) for fill, track in bars]
    assert shares == pytest.approx([0.82, 0.64], abs=0.03)
    assert texts(screen, ".share b") == ["82 %", "64 %"]
    show(screen, "replay", replace(SUMMARY, score=FormScore(0.82, None, Phrase("No silent block was long enough."))))
    assert texts(screen, ".share b") == ["82 %", "not known"]


def test_self_test_and_drift_are_told(screen: Screen) -> None:
    """The verdict in words beside its shape, and what changed within the run."""
    show(screen, "replay")
    words = screen.visible_words()
    assert [part for part in ("Self-test: confirmed", "52 to 40 degrees", "fell by 2.1 degrees") if part not in words] == []


# ---- take home ----


def test_the_code_and_the_next_step_are_large(screen: Screen) -> None:
    """Take-away code twice as tall as other words; next time, drill, advice and the safety line are there."""
    show(screen, "take_home")
    words = screen.visible_words()
    expected = (
        "482 913",
        "4 minutes of focus",
        "Standing cycle",
        "ask a professional",
        "Stop if it hurts. Ask a professional.",
        "Not medical advice.",
    )
    assert [part for part in expected if part not in words] == []
    assert boxes(screen, ".home-code")[0]["height"] > 0.07 * 480


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_qr_code_is_large_enough_for_a_phone(screen: Screen, width: int, height: int) -> None:
    """At least 3 px a module of a real summary's code: 0.5 mm on a screen of 7 inches and 800x480 (0.19 mm a pixel)."""
    screen.resize(width, height)
    show(screen, "take_home")
    screen.until(lambda: screen.run("const i = document.querySelector('.qr'); return i.complete && i.naturalWidth > 0"), "the code")
    box = boxes(screen, ".qr")[0]
    assert min(box["width"], box["height"]) / SummaryKiosk.modules >= 3


def test_in_lan_mode_a_second_code_leads_to_the_report(screen: Screen) -> None:
    """Both codes fit with their words; without LAN mode there is one."""
    show(screen, "take_home")
    assert len(boxes(screen, ".qr")) == 1
    screen.run("document.body.dataset.link = 'yes'")
    try:
        show(screen, "take_home")
        screen.until(lambda: len(boxes(screen, ".qr")) == 2 and boxes(screen, ".qr")[0]["height"] > 0, "two codes")
        assert (screen.run(MISPLACED), screen.violations()) == ([], [])
        assert boxes(screen, ".qr")[0]["width"] / SummaryKiosk.modules >= 2.7
        screen.picture("after_take_home_link")
    finally:
        screen.run("delete document.body.dataset.link")


CROWDED = replace(
    GERMAN,
    advice=Phrase("Lauf nicht, solange es weh tut, und frag eine Fachperson. Der nächste Lauf hier ist locker, ohne Schwerpunkt."),
    next_time=Phrase("Nächster Lauf: locker, ohne Schwerpunkt. Wenn es noch weh tut, lauf nicht."),
    drill=Phrase("Mach einen Schritt vor, sink ab und drück dich aus der Hüfte hoch, acht je Seite."),
)
"""The longest words of every line that the kiosk has for this screen."""


@pytest.mark.parametrize(("width", "height"), [*SIZES, *SMALL_SIZES])
@pytest.mark.parametrize("link", ["yes", "no"])
def test_code_next_time_and_drill_always_stay(screen: Screen, link: str, width: int, height: int) -> None:
    """The longest words, a notice, with and without a second code: explanations and headings give way, never these three."""
    screen.resize(width, height)
    screen.run("document.body.dataset.link = arguments[0]", link)
    notice = "Die Festplatte ist fast voll: Exportiere oder lösche Läufe, sonst wird bald nichts mehr gespeichert."
    try:
        show(screen, "take_home", CROWDED, Language.DE)
        screen.kiosk.show(replace(viewed("take_home", CROWDED, Language.DE), notice=notice))
        screen.until(lambda: not screen.hidden("notice") and screen.run(MISPLACED) == [], f"nothing misplaced, but {screen.run(MISPLACED)}")
        words = screen.visible_words()
        screen.picture(f"after_take_home_crowded_{link}_{width}x{height}")
        kept = ("482 913", CROWDED.next_time, CROWDED.drill, "Lauf nicht, solange es weh tut, und frag eine Fachperson.")
        assert [part for part in kept if str(part) not in words] == []
    finally:
        screen.run("delete document.body.dataset.link")


def test_nothing_to_take_home_leaves_no_empty_code(screen: Screen) -> None:
    """Without lines no QR code, without progress no take-away code; the safety line stays."""
    show(screen, "take_home", replace(SUMMARY, take_home=(), code=""))
    assert (boxes(screen, ".qr"), boxes(screen, ".home-code")) == ([], [])
    assert "Not medical advice." in screen.visible_words()


def test_lean_is_drawn_as_a_wedge(screen: Screen) -> None:
    """The band of an angle opens at its joint."""
    show(screen, "summary", replace(SUMMARY, findings=(LEAN,)))
    assert len(boxes(screen, "path.zone")) == 1
