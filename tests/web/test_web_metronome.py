"""The metronome in a real browser: what is measured are the samples that are played, not the times that were asked for."""

import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, send_file
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from chromium import needs_chromium, open_chromium
from kiosk import web
from kiosk.web.guard import HEADERS

SPM = 176.0
MOST_JITTER_S = 0.010
"""What the issue asks for."""
BUSY_MS = 80
NO_GESTURE = "--autoplay-policy=no-user-gesture-required"

PAGE = "<!doctype html><title>metronome</title><button>touch</button>"

LISTEN = """
const done = arguments[arguments.length - 1];
(async () => {
  window.m = await import("/static/metronome.js");
  window.states = [];
  m.onSoundChange(() => states.push(m.soundState()));
  m.keepBeat(arguments[0]);
  const [context, output] = m.soundParts();
  await context.audioWorklet.addModule("/recorder.js");
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  window.clicks = [];
  recorder.port.onmessage = ({ data }) => clicks.push(data);
  output.connect(recorder);
  done(m.soundState());
})().catch((error) => done(String(error)));
"""

BUSY = """
window.busy = setInterval(() => {
  const until = performance.now() + arguments[0];
  while (performance.now() < until);
}, 1);
"""

WAIT_FOR_CLICKS = """
const [many, done] = [arguments[0], arguments[arguments.length - 1]];
const look = () => (clicks.length >= many ? done(clicks) : setTimeout(look, 50));
look();
"""

SAMPLES_GO_BY = """
const [seconds, done] = [arguments[0], arguments[arguments.length - 1]];
const context = m.soundParts()[0];
const end_s = context.currentTime + seconds;
const look = () => (context.currentTime >= end_s || context.state !== "running" ? done(context.state) : setTimeout(look, 20));
look();
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A page with the station's own headers, so that its Content-Security-Policy holds here too."""
    app = Flask(__name__, static_folder=str(Path(web.__file__).parent / "static"))
    app.after_request(lambda answer: (answer.headers.update(HEADERS), answer)[1])
    app.add_url_rule("/", "page", lambda: Response(PAGE))
    app.add_url_rule("/by-itself", "by_itself", lambda: Response(PAGE + '<script type="module" src="/by-itself.js"></script>'))
    app.add_url_rule("/by-itself.js", "script", lambda: Response(BY_ITSELF, mimetype="text/javascript"))
    app.add_url_rule("/recorder.js", "recorder", lambda: send_file(Path(__file__).parent / "recorder.js"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(address: str) -> Iterator[Any]:
    with open_chromium(NO_GESTURE) as browser:
        browser.set_script_timeout(60)
        browser.get(address)
        yield browser


def errors(browser: Any) -> list[str]:
    return [m["message"] for m in browser.get_log("browser") if m["level"] == "SEVERE" and "favicon" not in m["message"]]


def jitter_s(clicks: list[float], beat_s: float) -> float:
    """The farthest that one pause between two clicks is from the beat."""
    return max(abs((b - a) - beat_s) for a, b in pairwise(clicks))


@needs_chromium
def test_the_beat_is_even_while_the_page_is_busy(browser: Any, record_property: Any) -> None:
    """Thirty beats while the page's thread is taken for 80 ms at a time: no pause is 10 ms off, none is missing or double."""
    assert browser.execute_async_script(LISTEN, SPM) == "playing"
    browser.execute_script(BUSY, BUSY_MS)
    clicks = browser.execute_async_script(WAIT_FOR_CLICKS, 30)
    worst_s = jitter_s(clicks, 60 / SPM)
    record_property("jitter_ms", 1e3 * worst_s)
    print(f"jitter of {len(clicks)} clicks: {1e3 * worst_s:.3f} ms")
    assert worst_s < MOST_JITTER_S
    assert errors(browser) == []


@needs_chromium
def test_a_page_that_was_away_leaves_beats_out_and_stays_in_step(browser: Any) -> None:
    """After a second without the page's thread the clicks go on at their old times; none comes in a burst."""
    browser.execute_async_script(LISTEN, SPM)
    browser.execute_async_script(WAIT_FOR_CLICKS, 4)
    browser.execute_script("const until = performance.now() + 1000; while (performance.now() < until);")
    clicks = browser.execute_async_script(WAIT_FOR_CLICKS, 10)
    beats = [(b - a) * SPM / 60 for a, b in pairwise(clicks)]
    assert max(abs(n - round(n)) for n in beats) < MOST_JITTER_S * SPM / 60
    assert min(beats) > 0.9
    assert max(beats) > 1.9


@needs_chromium
def test_a_new_rate_is_reached_smoothly(browser: Any) -> None:
    """From 160 to 176: no beat differs from the one before by more than 2 a minute (and what a sample rounds), the last ones are 176."""
    browser.execute_async_script(LISTEN, 160)
    browser.execute_async_script(WAIT_FOR_CLICKS, 4)
    browser.execute_script("m.keepBeat(arguments[0])", SPM)
    clicks = browser.execute_async_script(WAIT_FOR_CLICKS, 20)
    rates = [60 / (b - a) for a, b in pairwise(clicks)]
    assert max(abs(b - a) for a, b in pairwise(rates)) < 2.2
    assert [round(rates[0]), round(rates[-1])] == [160, round(SPM)]


@needs_chromium
def test_the_beat_ends_at_once_and_begins_again(browser: Any) -> None:
    """null: clicks that were handed out already are not played, the sound rests; a later beat clicks again."""
    browser.execute_async_script(LISTEN, SPM)
    browser.execute_async_script(WAIT_FOR_CLICKS, 3)
    before, state = browser.execute_script("m.keepBeat(null); return [clicks.length, m.soundState()]")
    assert browser.execute_async_script(SAMPLES_GO_BY, 1.0) == "suspended"
    after = browser.execute_script("return clicks.length")
    browser.execute_script("m.keepBeat(arguments[0])", SPM)
    browser.execute_async_script(WAIT_FOR_CLICKS, after + 3)
    assert state == "off"
    assert after - before <= 1  # the one that was being played
    assert browser.execute_script("return states.at(-1)") == "playing"


WRONG_RATES = """
const done = arguments[arguments.length - 1];
import("/static/metronome.js").then((m) => done([NaN, Infinity, 0, -5, 1000, undefined, "fast"].map((rate) => {
  m.keepBeat(rate);
  return m.soundState();
})));
"""


@needs_chromium
def test_a_rate_that_is_none_is_silence(browser: Any) -> None:
    """Nothing that is not a running cadence makes a click, or an endless loop of them."""
    assert set(browser.execute_async_script(WRONG_RATES)) == {"off"}


BY_ITSELF = """
import * as m from "/static/metronome.js";
m.onSoundChange(() => (document.title = m.soundState()));
m.keepBeat(176);
"""


@needs_chromium
def test_without_the_flag_sound_is_blocked_until_a_touch(address: str) -> None:
    """The state says that the browser waits for a touch, so that the page can; the first touch anywhere starts the clicks.

    The page begins the beat by itself and says its state in its title: a script sent by the driver counts as a touch.
    """
    with open_chromium("--autoplay-policy=document-user-activation-required") as browser:
        browser.get(f"{address}by-itself")
        wait = WebDriverWait(browser, 30)
        wait.until(lambda b: b.title == "blocked")
        browser.find_element("tag name", "button").click()
        wait.until(lambda b: b.title == "playing")
        assert errors(browser) == []


@needs_chromium
def test_with_the_flag_a_page_that_nobody_touched_plays(address: str) -> None:
    """The kiosk's own screen, where only GPIO buttons are pressed."""
    with open_chromium(NO_GESTURE) as browser:
        browser.get(f"{address}by-itself")
        WebDriverWait(browser, 30).until(lambda b: b.title == "playing")
