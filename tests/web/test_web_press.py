"""What a person asks for by finger and by key, and what the page does when the kiosk goes away."""

import json
import queue
from dataclasses import replace

import pytest
from page_screen import Screen
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from web_fakes import FakeKiosk
from web_views import VIEWS, views

from chromium import needs_chromium
from kiosk.screen import Command, Pick
from kiosk.words import Language

pytestmark = needs_chromium


def press(screen: Screen, *keys: str) -> None:
    ActionChains(screen.driver).send_keys(*keys).perform()


def test_keys_send_commands_once(screen: Screen) -> None:
    """Every letter its command; a held key counts once; with Ctrl it is the browser's."""
    screen.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 's', repeat: true}))")
    screen.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 's', ctrlKey: true}))")
    keys = {" ": Command.TOGGLE, "s": Command.START, "x": Command.STOP, "v": Command.SHOW, "t": Command.TEST, "l": Command.LANGUAGE}
    keys |= {"c": Command.SETUP}
    sent = []
    for key in [*keys, Keys.ENTER]:
        press(screen, key)
        sent += screen.asked()
    assert sent == [*keys.values(), Command.START]
    with pytest.raises(queue.Empty):
        screen.kiosk.commands.get(timeout=0.5)


def test_buttons_send_commands(screen: Screen) -> None:
    """Every button of every screen; after a touch the space key is still the toggle."""
    found = views(Language.EN)
    wanted = {
        ("idle", "main"): Command.START,
        ("idle", "language"): Command.LANGUAGE,
        ("idle", "set-up"): Command.SETUP,
        ("check", "main"): Command.START,
        ("check", "done"): Command.STOP,
        ("countdown", "main"): Command.STOP,
        ("calm", "main"): Command.STOP,
        ("silent", "show-me"): Command.SHOW,
        ("cue", "test-this"): Command.TEST,
        ("test", "test-this"): Command.TEST,
        ("summary", "main"): Command.START,
        ("summary", "done"): Command.STOP,
    }
    sent = {}
    for name, button in wanted:
        screen.show_view(name, {**VIEWS, **found}[name])
        screen.driver.find_element(By.ID, button).click()
        sent[name, button] = screen.asked()[0]
    press(screen, " ")
    assert (sent, screen.asked()) == (wanted, [Command.TOGGLE])


def test_a_finger_takes_a_choice_at_once(screen: Screen) -> None:
    """A tap on a choice, also on a switch; which one is marked is said to screen readers, as is what is on."""
    screen.show_view("menu", views(Language.EN)["menu-focus"])
    for n in (3, 7):
        screen.driver.find_elements(By.CSS_SELECTOR, "#options button")[n].click()
    assert screen.asked(2) == [Pick("drive"), Pick("metronome")]
    assert screen.run("return document.querySelector('[aria-current=true]').innerText.split('\\n')[0]") == "Land under you"
    assert screen.run("return [...document.querySelectorAll('[role=switch]')].map((b) => b.getAttribute('aria-checked'))") == [
        "true",
        "false",
    ]


def test_keys_answer_a_menu(screen: Screen) -> None:
    """An arrow marks the next, Enter takes the marked, a digit takes by place, Tab and Enter take natively, Escape leads out."""
    screen.show_view("menu", views(Language.EN)["menu-focus"])
    for key in (Keys.ARROW_DOWN, Keys.ENTER, "3", Keys.ESCAPE):
        press(screen, key)
    press(screen, Keys.TAB)
    press(screen, Keys.ENTER)
    assert screen.asked(5) == [Command.STOP, Command.START, Pick("arms"), Pick("cancel"), Pick("surprise")]


def test_digits_of_a_code_are_typed(screen: Screen) -> None:
    """On the keypad a digit key is that digit, not a place; Backspace deletes one; what was typed is shown."""
    screen.show_view("menu", views(Language.EN)["menu-code"])
    for key in (*"07", Keys.BACKSPACE):
        press(screen, key)
    assert (screen.asked(3), screen.text("typed")) == ([Pick("0"), Pick("7"), Pick("delete")], "40713_")


def test_the_focus_keeps_its_choice_while_the_mark_moves(screen: Screen) -> None:
    """A view that only marks another choice does not make the buttons anew; focus is white, the mark amber."""
    view = views(Language.EN)["menu-focus"]
    screen.show_view("menu", view)
    press(screen, Keys.TAB)
    screen.kiosk.show(replace(view, menu=replace(view.menu, marked=4)))
    screen.until(lambda: screen.run("return document.querySelector('[aria-current=true]').innerText.startsWith('Lean')"))
    assert screen.run("return document.activeElement.innerText.startsWith('Surprise')")
    colour = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    looks = [screen.run(colour, ":focus", "outlineColor"), screen.run(colour, ".marked", "borderTopColor")]
    assert looks == ["rgb(255, 255, 255)", "rgb(255, 194, 71)"]


def test_evidence_is_shown_on_demand(screen: Screen) -> None:
    """A tap on the cue or the key e shows grade and source in place of the cause, again takes them away."""
    screen.show("cue")
    assert "Evidence" not in screen.visible_words()
    press(screen, "e")
    assert screen.text("subline") == "Evidence A: measured. Source: Fukuchi 2017, treadmill, 28 runners"
    screen.driver.find_element(By.ID, "hero").click()
    assert screen.text("subline").startswith("Left side.")


def test_a_command_that_did_not_get_through_is_said(screen: Screen) -> None:
    """A full queue: the notice asks to press again."""
    while screen.kiosk.commands.qsize() < 8:
        screen.kiosk.commands.put_nowait(Command.START)
    screen.driver.find_element(By.ID, "main").click()
    screen.until(lambda: "press again" in screen.text("notice"))


def test_page_recovers_by_itself_when_the_kiosk_restarts(screen: Screen) -> None:
    """Server gone: "Starting…", not an error and no old cue. Server back on the same port: the new state, the picture too."""
    screen.show("cue")
    port = screen.kiosk.server.port
    screen.kiosk.close()
    screen.until(lambda: not screen.hidden("overlay") and screen.text("overlay-title") == "Starting…", "the banner")
    screen.kiosk = FakeKiosk(VIEWS["calm"], port=port)
    try:
        screen.until(lambda: screen.hidden("overlay") and screen.text("headline") == "Run easy", "the new state")
        screen.until(lambda: 'pictures":1' in json.dumps(health(screen), separators=(",", ":")), "the picture")
    finally:
        screen.driver.get("about:blank")
        screen.kiosk.close()


def health(screen: Screen) -> dict[str, object]:
    found: dict[str, object] = screen.run("return fetch('/health').then((answer) => answer.json())")
    return found


def test_new_program_reloads_the_page(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the program's version changed at a restart, the page fetches itself again."""
    screen.run("window.loadedBefore = true")
    port = screen.kiosk.server.port
    screen.kiosk.close()
    monkeypatch.setattr("kiosk.web.live.__version__", "9.9")
    screen.kiosk = FakeKiosk(VIEWS["calm"], port=port)
    try:
        screen.until(lambda: screen.run("return document.body.dataset.version") == "9.9" and screen.text("headline") == "Run easy")
        assert screen.run("return window.loadedBefore") is None
    finally:
        screen.driver.get("about:blank")
        screen.kiosk.close()


def test_a_running_screen_without_news_does_not_keep_an_old_cue(screen: Screen) -> None:
    """The kiosk answers but measures nothing for 5 s while running: the page says it waits for the camera."""
    screen.show("cue")
    assert screen.kiosk.pause()
    screen.until(lambda: not screen.hidden("overlay") and screen.text("overlay-title") == "Waiting for the camera…", "the banner")
