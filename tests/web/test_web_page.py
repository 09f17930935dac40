"""What the page says and draws for a view, in a real browser: what a tired runner sees from 2 m."""

from dataclasses import replace

import pytest
from measures import CAP_HEIGHT, PAINTED
from page_screen import Screen
from selenium import webdriver
from selenium.webdriver.common.by import By
from web_fakes import FakeKiosk
from web_views import CUE, RUNNING, STRIP, VIEWS, views

from chromium import needs_chromium
from kiosk.domain import Side
from kiosk.words import Language, Phrase

pytestmark = needs_chromium


def test_cue_screen_says_cause_gauge_cadence_and_time(screen: Screen) -> None:
    """One cue, what it may come from with the side, one gauge with its band in words, cadence, elapsed time."""
    screen.show("cue")
    words = screen.visible_words()
    expected = [
        "Tip forward from the ankles",
        "Left side. May come from swinging the legs mostly in front of you; may lead to landing far ahead.",
        "Thigh swing behind you",
        "below typical",
        "Lean from the ankles: 2:20 of 3 min left",
    ]
    assert [part for part in [*expected, "14", "19", "29", "171", "12:34", "End run"] if part not in words] == []


def test_right_side_is_named(screen: Screen) -> None:
    """A one-sided fault names the runner's own side."""
    cue = replace(CUE.cue, fault=replace(CUE.cue.fault, side=Side.RIGHT), may_come_from=Phrase("May come from slow steps."))
    screen.kiosk.show(replace(CUE, cue=cue))
    screen.until(lambda: screen.text("subline") == "Right side. May come from slow steps.")


def test_a_cause_too_long_for_two_lines_keeps_what_was_measured(screen: Screen) -> None:
    """The part of a chain that shows too stays, as a sentence; words that say nothing alone keep the part before them."""
    screen.resize(480, 800)
    cause = "May come from holding the arms stiff and high in front of the chest while the trunk turns; may lead to landing far ahead"
    said = {
        f"{cause}, which shows too.": "Right side. May lead to landing far ahead, which shows too.",
        f"{cause} a little; so it shows too.": "Right side. May lead to landing far ahead a little; so it shows too.",
        f"{cause}.": "Right side. May come from holding the arms stiff and high in front of the chest while the trunk turns.",
    }
    found = {}
    fault = replace(CUE.cue.fault, side=Side.RIGHT)
    for sentence, wanted in said.items():
        screen.kiosk.show(replace(CUE, cue=replace(CUE.cue, fault=fault, may_come_from=Phrase(sentence))))
        screen.until(lambda wanted=wanted: screen.text("subline") == wanted, wanted)
        found[sentence] = screen.text("subline")
    assert found == said


def test_gauge_compares_the_numbers_that_are_seen(screen: Screen) -> None:
    """18.6 is written as 19: not below 19."""
    screen.kiosk.show(replace(CUE, gauge=replace(CUE.gauge, value=18.6)))
    screen.until(lambda: (screen.text("gauge-value"), screen.text("gauge-word")) == ("19", "within typical"))


def test_show_me_without_a_cue_says_what_is_shown(screen: Screen) -> None:
    """Asked for, nothing to do: the gauge's name and where the value stands, not "Run easy"."""
    screen.show_view("calm", replace(VIEWS["calm"], asked_for=True, gauge=CUE.gauge))
    screen.until(lambda: (screen.text("headline"), screen.text("subline")) == ("Now: Thigh swing behind you", "below typical"))


def test_gauge_puts_value_and_band_where_they_belong(screen: Screen) -> None:
    """On a scale from 5 to 45 the band 19 to 29 reaches from 35 to 60 %; 14.2 points at 23 %."""
    screen.show("cue")
    places = """
    const [bar, band, pointer] = ["#gauge .bar", "#gauge-band", "#gauge-pointer"].map((name) => document.querySelector(name));
    const { left, width } = bar.getBoundingClientRect();
    const inside = width - 2 * bar.clientLeft;
    const at = (x) => Math.round((100 * (x - left - bar.clientLeft)) / inside);
    const [shown, hand] = [band, pointer].map((part) => part.getBoundingClientRect());
    return [at(shown.left), at(shown.right), at((hand.left + hand.right) / 2)];
    """
    screen.until(lambda: screen.run(places) == [35, 60, 23], "the pointer at its place")


def test_bands_of_our_own_choice_are_not_called_typical(screen: Screen) -> None:
    """Grade D: "our guide", with a cue and without one."""
    guide = replace(CUE, gauge=replace(CUE.gauge, grade="D"))
    for view in (guide, replace(guide, cue=None)):
        screen.kiosk.show(view)
        screen.until(lambda: screen.text("gauge-word") == "below our guide")
        screen.show("idle")


def test_numbers_have_the_digits_of_their_metric_and_the_sign_of_the_language(screen: Screen) -> None:
    """A ratio has two digits; German writes a comma."""
    screen.show_view("cue", views(Language.DE)["cue-long"])
    assert [screen.text(f"gauge-{name}") for name in ("value", "low", "high")] == ["0,34", "0,20", "0,31"]


def test_last_minute_shows_band_gap_and_where_cues_came(screen: Screen) -> None:
    """Two stretches of values are two lines, two stretches of cues two triangles, and the band lies below them."""
    screen.show("cue")
    count = "return ['line', 'mark', 'band'].map((name) => document.querySelectorAll(`.minute-${name}`).length)"
    screen.until(lambda: screen.run(count) == [2, 2, 1], "the plot")
    screen.kiosk.show(replace(CUE, strip=replace(STRIP, metric="cadence_spm")))
    screen.until(lambda: screen.run(count) == [2, 2, 0], "no band of another metric")
    screen.kiosk.show(replace(CUE, strip=None))
    screen.until(lambda: screen.hidden("minute"))


def test_calm_screen_claims_nothing(screen: Screen) -> None:
    """Without a cue the screen says so, and shows cadence; it does not call the run good."""
    screen.show("calm")
    assert (screen.text("headline"), screen.text("subline")) == ("Run easy", "No cue right now.")
    assert screen.text("gauge-label") == "Cadence"


def test_silent_block_says_what_it_is_until_somebody_asks(screen: Screen) -> None:
    """Quiet minute and the way out of it; "show me" brings the cue."""
    silent = views(Language.EN)["silent"]
    screen.show_view("silent", silent)
    assert (screen.text("headline"), screen.text("subline")) == ("Quiet minute", "Your form is measured. Start = show me.")
    assert not screen.hidden("show-me")
    screen.show_view("cue", replace(silent, cue=CUE.cue, asked_for=True))
    assert screen.hidden("show-me")


def test_cannot_judge_wins_over_a_cue(screen: Screen) -> None:
    """While nothing can be judged the reason is the headline, and no gauge pretends to measure."""
    screen.kiosk.show(replace(CUE, cannot_judge="You are walking."))
    screen.until(lambda: screen.text("headline") == "You are walking.")
    assert screen.hidden("gauge")


def test_self_test_shows_part_seconds_and_verdict(screen: Screen) -> None:
    """The part that is on is marked for screen readers too; a verdict has a shape, a word and the runner's numbers."""
    found = views(Language.EN)
    screen.show_view("test", found["test"])
    assert screen.run("return document.querySelector('[aria-current=step]').textContent") == "2 Changed"
    assert (screen.text("headline"), screen.text("test-left")) == ("Only take quicker steps", "14 s")
    screen.kiosk.show(found["test-verdict"])
    screen.until(lambda: screen.text("headline") == "Confirmed" and "from 158 to 167" in screen.text("verdict"))
    assert screen.run("return document.querySelector('#verdict use').getAttribute('href')") == "#shape-praise"


def test_countdown_is_one_giant_digit(screen: Screen) -> None:
    """The digit's height is over half of the screen's."""
    screen.resize(800, 480)
    screen.show("countdown")
    screen.until(lambda: screen.text("headline") == "3" and screen.run(CAP_HEIGHT) > 240)


def test_every_problem_of_the_check_has_its_drawing(screen: Screen) -> None:
    """Each name draws something else; an unknown one the drawing for "something is to be corrected"."""
    drawings = set()
    names = ["too_dark", "too_bright", "blurred", "nobody", "two_people", "step_back", "step_closer", "feet_cut", "feet_hidden", "head_cut"]
    for name in [*names, "move_right", "move_left", "turn", "turn_round", "tilted", "", "something new"]:
        view = views(Language.EN)["check"]
        screen.show_view("check", replace(view, check=replace(view.check, problem=name, text=Phrase(f"Problem {name}."))))
        drawings.add(screen.run("return document.getElementById('sign').innerHTML"))
    assert len(drawings) == len(names) + 7


def test_language_changes_at_once(screen: Screen) -> None:
    """The next view in German turns every word of the page and its lang; the button then offers English by its own name."""
    assert screen.text("language") == "Deutsch"
    screen.show_view("idle", views(Language.DE)["idle"])
    assert (screen.text("headline"), screen.text("main"), screen.text("language")) == ("Drück Start", "Start", "English")
    assert "Kein medizinischer Rat." in screen.visible_words()


def test_attract_screen_moves_only_where_motion_is_welcome(screen: Screen) -> None:
    """Nobody there: a drawn runner runs; with reduced motion it stands still, also in place of a live one."""
    image = "return document.getElementById('skeleton').toDataURL()"
    screen.show_view("idle", views(Language.EN)["idle-empty"])
    first = screen.run(image)
    screen.until(lambda: screen.run(image) != first, "motion")
    reduced = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": reduced})
    try:
        screen.show("idle")
        pictures: list[str] = []
        screen.until(lambda: pictures.append(screen.run(image)) or (len(pictures) >= 8 and len(set(pictures[-8:])) == 1), "no motion")
        still = screen.run(image)
        screen.show_view("idle", replace(VIEWS["idle"], pose=replace(VIEWS["idle"].pose, xy_px=VIEWS["idle"].pose.xy_px + 40)))
        moving = "return [...document.querySelectorAll('*')].filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
        assert (screen.run(image) == still, screen.run(moving)) == (True, 0)
    finally:
        screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_weak_joints_are_not_drawn(screen: Screen) -> None:
    """Joints scored below 0.2 leave no paint; well seen ones do."""
    screen.show("calm")
    screen.until(lambda: screen.run(PAINTED) > 1000, "a skeleton")
    screen.kiosk.show(replace(RUNNING, pose=replace(RUNNING.pose, score=RUNNING.pose.score * 0 + 0.19)))
    screen.until(lambda: screen.run(PAINTED) == 0, "an empty canvas")


def test_nobody_is_filmed_on_the_attract_screen(screen: Screen) -> None:
    """Pictures are asked for from the check on, when somebody has pressed start."""
    seats = "return fetch('/health').then((answer) => answer.json()).then((health) => health.pictures)"
    assert screen.hidden("picture")
    screen.show("check")
    screen.until(lambda: screen.run(seats) == 1, "a picture")
    screen.show("idle")
    screen.until(lambda: screen.run(seats) == 0, "no picture")


def test_picture_and_mirror_are_the_runners_choice_and_kept(screen: Screen) -> None:
    """Both toggles work, survive a reload, and the server encodes pictures only while one is shown."""
    screen.show("check")
    pictures = "return document.getElementById('picture').naturalWidth"
    seats = "return fetch('/health').then((answer) => answer.json()).then((health) => health.pictures)"
    screen.until(lambda: screen.run(pictures) == 640 and screen.run(seats) == 1, "a picture")
    for name in ("picture-toggle", "mirror-toggle"):
        screen.driver.find_element(By.ID, name).click()
    screen.until(lambda: screen.run(seats) == 0, "the picture's seat free again")
    screen.driver.refresh()
    screen.until(lambda: screen.text("picture-toggle") == "Picture: off" and screen.text("mirror-toggle") == "Mirror: off")
    assert screen.run("return document.getElementById('looks').matches('.mirrored')") is False
    screen.show_view("setup", views(Language.EN)["setup-zone"])
    screen.until(lambda: screen.run(pictures) == 640 and screen.run(seats) == 1, "whoever sets up the camera sees its picture all the same")
    screen.show("check")
    screen.until(lambda: screen.run(seats) == 0, "the runner's choice again")
    assert screen.errors() == []


def test_privacy_mode_has_no_picture_and_no_button_for_it(driver: webdriver.Chrome) -> None:
    """[web] picture = false: the skeleton only, nothing asked for that the server refuses."""
    kiosk = FakeKiosk(VIEWS["check"], picture=False)
    try:
        screen = Screen(driver, kiosk)
        screen.until(lambda: screen.run(PAINTED) > 1000, "a skeleton")
        assert (screen.hidden("picture"), screen.hidden("picture-toggle"), screen.errors()) == (True, True, [])
        screen.show_view("setup", views(Language.EN)["setup-zone"])
        assert (screen.hidden("picture"), screen.errors()) == (True, [])
    finally:
        driver.get("about:blank")
        kiosk.close()


def test_the_zone_of_the_guide_leaves_with_it(screen: Screen) -> None:
    """Its drawing lies over the picture on the guide's screen only; a drawing has no property `hidden`."""
    screen.show_view("setup", views(Language.EN)["setup-zone"])
    assert not screen.hidden("drawn")
    screen.show("cue")
    assert screen.hidden("drawn")


WRITES = """
window.writes = [];
new MutationObserver((list) => list.forEach(({ type, target, attributeName }) => writes.push(`${type} ${target.id} ${attributeName}`)))
  .observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
"""


@pytest.mark.parametrize("name", ["idle", "check", "menu-focus", "setup-zone", "cue", "calm", "silent", "test"])
def test_a_view_that_says_the_same_writes_nothing(screen: Screen, name: str) -> None:
    """Views come many times a second: what is written again is laid out again, also when it is the same."""
    screen.show_view(name, replace(views(Language.EN)[name], **({"strip": None} if name == "calm" else {})))
    screen.run("const parse = JSON.parse; window.heard = 0; JSON.parse = (text) => (window.heard += 1, parse(text))")
    screen.until(lambda: screen.run("return heard") > 5, "views")  # by now all is fitted
    screen.run(WRITES)
    screen.until(lambda: screen.run("return heard") > 12, "more views")
    assert screen.run("return writes") == []
